const PAGES = 'https://github.com/cdk-breakwater/cdk-breakwater/blob/main/docs/rules';

/** Address of the page that explains a rule. */
export function pageOf(rule: string): string {
  return `${PAGES}/${rule}.md`;
}
