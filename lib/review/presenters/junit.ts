import type { Category, Finding, IgnoredFinding, Presenter, Report } from '../report';
import { CATEGORIES } from '../report';
import { RULES } from '../rules';

type Case = { readonly name: string } & (
  | { readonly kind: 'clean' }
  | { readonly kind: 'found'; readonly finding: Finding }
  | { readonly kind: 'ignored'; readonly finding: IgnoredFinding }
);

/**
 * JUnit XML that keeps to the strictest of its readers, the schema of Jenkins' xUnit plugin: a suite for each category, a test case for each finding and for each
 * rule that found nothing. Errors fail, ignored findings are skipped. Jenkins shows the message of an element, GitLab its text.
 */
export const presentJunit: Presenter = ({ report }) => {
  const suites = CATEGORIES.map((category) => ({ category, cases: casesOf(report, category) }));
  const all = suites.flatMap(({ cases }) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="breakwater review" tests="${all.length}" failures="${all.filter(fails).length}" errors="0" time="0">`,
    ...suites.flatMap(({ category, cases }) => [
      `  <testsuite name="${category}" tests="${cases.length}" failures="${cases.filter(fails).length}" errors="0" skipped="${cases.filter(({ kind }) => kind === 'ignored').length}" time="0">`,
      ...cases.map((one) => testcase(category, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
};

function casesOf(report: Report, category: Category): Case[] {
  const seen = new Map<string, number>();
  /** GitLab leaves out all but the first of a name. */
  const unique = (name: string): string => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  };
  const nameOf = (finding: Finding) => unique(`${finding.rule}: ${finding.path.join(' -> ')}`);
  return RULES.filter((rule) => rule.category === category).flatMap((rule): Case[] => {
    const cases: Case[] = [
      ...report.findings
        .filter((finding) => finding.rule === rule.id)
        .map((finding): Case => ({ kind: 'found', name: nameOf(finding), finding })),
      ...report.ignored
        .filter((finding) => finding.rule === rule.id)
        .map((finding): Case => ({ kind: 'ignored', name: nameOf(finding), finding })),
    ];
    return cases.length > 0 ? cases : [{ kind: 'clean', name: unique(rule.id) }];
  });
}

function fails(one: Case): boolean {
  return one.kind === 'found' && one.finding.severity === 'error';
}

function testcase(category: Category, one: Case): string {
  const head = `    <testcase classname="${category}" name="${escaped(one.name)}" time="0"`;
  if (one.kind === 'clean') return `${head}/>`;
  return [`${head}>`, `      ${outcome(one)}`, '    </testcase>'].join('\n');
}

function outcome(one: Exclude<Case, { readonly kind: 'clean' }>): string {
  const { finding } = one;
  if (one.kind === 'ignored') return `<skipped message="${escaped(one.finding.because)}">${escaped(told(finding))}</skipped>`;
  if (!fails(one)) return `<system-out>${escaped(`${finding.severity}: ${told(finding)}`)}</system-out>`;
  return `<failure type="${escaped(finding.rule)}" message="${escaped(finding.message)}">${escaped(told(finding))}</failure>`;
}

function told({ message, path, fix, locations }: Finding): string {
  const places = locations.map(({ template, line, logicalId, constructPath }) =>
    [`${template}${line === undefined ? '' : `:${line}`}`, constructPath ?? logicalId].join(' '),
  );
  return [message, `path: ${path.join(' -> ')}`, `fix: ${fix}`, ...places.map((place) => `at: ${place}`)].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** Characters that XML 1.0 can't hold, not even escaped, are replaced. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/\r\n?/g, '\n')
    .replace(/[&<>"\n]/g, (character) => ENTITIES[character]!);
}
