import type { CostReport } from '../report';

/** One charge a line, for a spreadsheet (RFC 4180). */
export function presentCsv(report: CostReport): string {
  const rows = report.loads.flatMap((load) =>
    load.charges.map((charge) => [
      load.events,
      charge.stack,
      charge.logicalId,
      charge.kind,
      charge.item,
      charge.amount,
      charge.unit,
      charge.cost,
      charge.because,
    ]),
  );
  return [['events', 'stack', 'resource', 'kind', 'item', 'amount', 'unit', 'usd', 'because'], ...rows]
    .map((row) => `${row.map(field).join(',')}\r\n`)
    .join('');
}

/** A text that a spreadsheet would take for a formula is kept as text. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
