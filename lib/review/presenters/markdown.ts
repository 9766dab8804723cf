import type { Finding, PathReport, Presenter, Report } from '../report';
import { SEVERITIES } from '../report';
import { pageOf } from '../rule-page';

/** A comment on GitHub holds 65,536 characters; what doesn't fit is counted and stands in the JSON report. */
const MOST_CHARACTERS = { findings: 30_000, paths: 15_000, rest: 5_000 } as const;

type Row = readonly string[];

/** For a comment on a pull request: what to change first, the rest folded away. */
export const presentMarkdown: Presenter = ({ report }) =>
  [
    `### breakwater review: ${counts(report)}`,
    ...section(table(['', 'rule', 'finding', 'fix', 'where'], report.findings.map(findingRow), MOST_CHARACTERS.findings)),
    ...folded(
      `${report.paths.length} paths of an event`,
      table(
        ['path', 'ends', 'handler runs', 'hand-over attempts', 'seconds until parked'],
        report.paths.map(pathRow),
        MOST_CHARACTERS.paths,
      ),
    ),
    ...folded(
      'Checklist',
      table(
        ['question', 'answer', 'evidence'],
        report.checklist.map((line) => [prose(line.question), prose(line.answer), line.evidence.map(prose).join('<br>')]),
        MOST_CHARACTERS.rest,
      ),
    ),
    ...folded(
      `${report.ignored.length} ignored with a reason`,
      table(
        ['rule', 'finding', 'because'],
        report.ignored.map((one) => [rule(one.rule), prose(one.message), prose(one.because)]),
        MOST_CHARACTERS.rest,
      ),
    ),
    ...folded(
      `${report.unmatchedIgnores.length} ignored, but no such finding is left`,
      table(
        ['rule', 'resource', 'because'],
        report.unmatchedIgnores.map((one) => [code(one.rule), code(one.resource), prose(one.because)]),
        MOST_CHARACTERS.rest,
      ),
    ),
    ...folded(
      `${report.unknowns.length} not followed, so that nothing is said about them`,
      table(
        ['resource', 'property', 'reason'],
        report.unknowns.map((one) => [code(one.resource.logicalId), code(one.property), prose(one.reason)]),
        MOST_CHARACTERS.rest,
      ),
    ),
    ...(report.truncated === undefined ? [] : section([prose(report.truncated)])),
    '',
  ].join('\n');

function counts({ findings, stacks }: Report): string {
  const each = SEVERITIES.map((severity) => `${findings.filter((one) => one.severity === severity).length} ${severity}`);
  return `${each.join(', ')} in ${stacks.length} ${stacks.length === 1 ? 'stack' : 'stacks'}`;
}

function findingRow(one: Finding): Row {
  const where = one.locations.map(
    ({ template, line, constructPath, logicalId }) =>
      `${code(constructPath ?? logicalId)} ${code(`${template}${line === undefined ? '' : `:${line}`}`)}`,
  );
  return [one.severity, rule(one.rule), `${way(one.path)}<br>${prose(one.message)}`, prose(one.fix), where.join('<br>')];
}

function pathRow(path: PathReport): Row {
  const product = path.factors.length > 1 ? ` = ${path.factors.map(prose).join(' × ')}` : '';
  return [
    way(path.resources),
    path.ends,
    `${path.handlerRuns}${product}`,
    String(path.handOverAttempts),
    typeof path.secondsUntilParked === 'number' ? String(Math.round(path.secondsUntilParked)) : path.secondsUntilParked,
  ];
}

function rule(id: string): string {
  return `[${prose(id)}](${pageOf(id)})`;
}

function way(labels: readonly string[]): string {
  return labels.map(code).join(' → ');
}

function table(head: Row, rows: readonly Row[], most: number): string[] {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  let room = most;
  const shown = lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
  if (lines.length === 0) return [];
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- |').join('')}`,
    ...shown,
    ...(shown.length < lines.length ? ['', `and ${lines.length - shown.length} more, all in the JSON report`] : []),
  ];
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function folded(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', '<details>', `<summary>${title}</summary>`, '', ...lines, '', '</details>'];
}

/** Text from a template is a stranger's: it makes no markup, no link, no cell of its own, and calls nobody. */
function prose(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$]/g, (character) => `\\${character}`)
    .replace(/@/g, '@&#8203;');
}

function code(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  if (line !== '' && !/[`|\\]/.test(line)) return `\`${line}\``;
  // A cell can't hold these in backticks, whatever stands around them.
  return `<code>${line.replace(/[^A-Za-z0-9 ]/gu, (character) => `&#${character.codePointAt(0)};`)}</code>`;
}
