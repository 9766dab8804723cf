import { currencyOf, decimalText } from './amounts';
import type { Break, ReconciliationReport, ReportedRow } from './contract';
import { minorUnitsOf } from './currencies';

/** What a spreadsheet takes for the beginning of a formula. https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u;

interface Column {
  readonly name: string;
  readonly isText: boolean;
  readonly of: (one: Break) => string | number | undefined;
}

/**
 * The breaks of a report as CSV (RFC 4180, lines end with CRLF), a line at a time. Each amount stands in minor units, and as a decimal where the currency is known.
 *
 * Texts are quoted, and one that a spreadsheet would take for a formula has an apostrophe before it; numbers stand as they are.
 *
 * @param minorUnits decimals of currencies that the rules add or change
 */
export function* breaksCsv(
  { breaks }: Pick<ReconciliationReport, 'breaks'>,
  minorUnits?: Readonly<Record<string, number>>,
): Generator<string> {
  const columns = columnsOf(
    breaks.reduce((most, { key }) => Math.max(most, key.length), 1),
    minorUnitsOf(minorUnits),
    (['left', 'right'] as const).filter((side) => breaks.some(({ [side]: row }) => row?.file !== undefined)),
  );
  yield `${columns.map(({ name }) => name).join(',')}\r\n`;
  for (const one of breaks) yield `${columns.map(({ of, isText }) => (isText ? quoted(of(one)) : (of(one) ?? ''))).join(',')}\r\n`;
}

/** @param ofSeveralFiles sides whose rows name their file */
function columnsOf(
  keyParts: number,
  digits: ReadonlyMap<string, number>,
  ofSeveralFiles: ReadonlyArray<'left' | 'right'>,
): readonly Column[] {
  const text = (name: string, of: Column['of']): Column => ({ name, of, isText: true });
  const number = (name: string, of: Column['of']): Column => ({ name, of, isText: false });
  const decimal = (minor: string | undefined, currency: string | undefined): string | undefined => {
    const known = digits.get(currency ?? '');
    return minor === undefined || known === undefined ? undefined : decimalText(minor, known);
  };
  const side = (name: 'left' | 'right'): readonly Column[] => {
    const of = (value: (row: ReportedRow) => string | number | undefined) => (one: Break) => one[name] && value(one[name]);
    return [
      number(
        `${name}_record`,
        of(({ record }) => record),
      ),
      number(
        `${name}_rows`,
        of(({ rows = 1 }) => rows),
      ),
      number(
        `${name}_amount`,
        of(({ amountMinor, currency }) => decimal(amountMinor, currency)),
      ),
      number(
        `${name}_amount_minor`,
        of(({ amountMinor }) => amountMinor),
      ),
      text(
        `${name}_currency`,
        of(({ currency }) => currency),
      ),
      text(
        `${name}_date`,
        of(({ date }) => date),
      ),
    ];
  };
  return [
    text('id', ({ id }) => id),
    text('class', (one) => one.class),
    ...Array.from({ length: keyParts }, (_, index) => text(`key_${index + 1}`, ({ key }) => key[index])),
    number('count', ({ count }) => count),
    ...side('left'),
    ...side('right'),
    number('difference', (one) => decimal(one.differenceMinor, currencyOf(one))),
    number('difference_minor', ({ differenceMinor }) => differenceMinor),
    number('days', ({ days }) => days),
    text('also', ({ also }) => also?.join(' ')),
    text('fields', ({ fields }) => fields?.join(' ')),
    ...ofSeveralFiles.map((name) => text(`${name}_file`, (one) => one[name]?.file)),
  ];
}

function quoted(value: string | number | undefined): string {
  if (value === undefined || value === '') return '';
  const text = String(value);
  return `"${FORMULA.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;
}
