import type { ChecklistAnswer, Finding, Presenter, Report } from '../report';
import { SEVERITIES } from '../report';

const MARK: Readonly<Record<ChecklistAnswer['answer'], string>> = {
  yes: 'yes',
  no: 'no',
  partly: 'partly',
  'cannot be told from a template': "can't be told",
};
const MOST_UNKNOWNS = 20;

/** For a person at a terminal. */
export const presentText: Presenter = ({ report }) =>
  [...report.findings.map(finding), ...checklist(report), ...unmatched(report), ...unknowns(report), summary(report)]
    .map((block) => `${block}\n`)
    .join('\n');

function finding(one: Finding): string {
  const [first] = one.locations;
  const where = first ? `  ${first.template}${first.line === undefined ? '' : `:${first.line}`}` : '';
  return [
    `${one.severity.padEnd(7)} ${one.rule}${where}`,
    `  ${one.path.join(' -> ')}`,
    `  ${one.message}`,
    `  fix: ${one.fix}`,
    ...one.locations.map(
      (location) => `  at: ${location.logicalId}${location.constructPath === undefined ? '' : ` (${location.constructPath})`}`,
    ),
  ].join('\n');
}

function checklist(report: Report): string[] {
  if (report.checklist.length === 0) return [];
  return [
    [
      'Checklist',
      ...report.checklist.flatMap((line) => [
        `  ${MARK[line.answer].padEnd(13)} ${line.question}`,
        ...line.evidence.map((evidence) => `                - ${evidence}`),
      ]),
    ].join('\n'),
  ];
}

function unmatched({ unmatchedIgnores }: Report): string[] {
  if (unmatchedIgnores.length === 0) return [];
  const lines = unmatchedIgnores.map(({ rule, resource, because }) => `  ${rule}@${resource}: ${because}`);
  return [['Ignored, but no such finding is left: take these out', ...lines].join('\n')];
}

function unknowns(report: Report): string[] {
  const shown = report.unknowns
    .slice(0, MOST_UNKNOWNS)
    .map(({ resource, property, reason }) => `  ${resource.logicalId} ${property}: ${reason}`);
  const more = report.unknowns.length - shown.length;
  const lines = [
    ...shown,
    ...(more > 0 ? [`  and ${more} more, all in the JSON report`] : []),
    ...(report.truncated === undefined ? [] : [`  ${report.truncated}`]),
  ];
  return lines.length === 0 ? [] : [['Not followed, so that nothing is said about it', ...lines].join('\n')];
}

function summary({ findings, ignored, paths, stacks }: Report): string {
  const counts = SEVERITIES.map((severity) => `${findings.filter((one) => one.severity === severity).length} ${severity}`);
  const resources = stacks.reduce((total, stack) => total + stack.resources, 0);
  const set = ignored.length === 0 ? '' : `, ${ignored.length} ignored with a reason`;
  return `${counts.join(', ')}${set}; ${paths.length} paths through ${resources} resources in ${stacks.length} ${stacks.length === 1 ? 'stack' : 'stacks'}`;
}
