import { table as markdownTable, prose } from '../../markdown';
import type { CostReport } from '../report';
import { dollars, events, parts } from './figures';
import { breakEvens, byKind, byResource, head, sums, type Table } from './tables';

/** For a pull request. */
export function presentMarkdown(report: CostReport): string {
  return [
    presentTables(report),
    table(byResource(report)),
    '',
    ...(report.crossovers.length > 0 ? [table(breakEvens(report)), ''] : []),
    table([
      ['assumed', 'value', 'because'],
      ...report.assumptions.map((one) => [`${one.resource === '*' ? '' : `${one.resource} `}${one.field}`, one.value, one.because]),
    ]),
    ...(report.unpriced.length > 0
      ? ['', table([['not priced', 'because'], ...report.unpriced.map((one) => [one.logicalId, one.reason])])]
      : []),
    '',
  ].join('\n');
}

/** Sums and kinds of charges alone, for a document. */
export function presentTables(report: CostReport): string {
  const last = report.loads.at(-1)!;
  return [
    `${prose(head(report))}.`,
    '',
    table(sums(report)),
    '',
    ...(last.perEvent === undefined ? [] : [`One event of ${events(last)} costs ${dollars(last.perEvent)}: ${parts(last.byKind)}.`, '']),
    table(byKind(report)),
    '',
  ].join('\n');
}

function table([head, ...rows]: Table): string {
  return markdownTable(
    head!.map(prose),
    rows.map((cells) => cells.map(prose)),
    true,
  );
}
