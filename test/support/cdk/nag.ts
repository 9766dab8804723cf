import { App, type Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/** Findings of both cdk-nag packs, errors and warnings, one line each. */
export function nagFindings(stack: Stack): string[] {
  const app = App.of(stack) as App;
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.map(({ severity, ruleName, violatingResources }) =>
        [severity, ruleName, ...(violatingResources ?? []).map(({ constructPath }) => constructPath)].join(' '),
      ),
  );
}
