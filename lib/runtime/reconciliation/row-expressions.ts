import type { ColumnName, FieldRule, Normaliser, ReconciliationRules } from './contract';
import { minorUnitsOf } from './currencies';
import { text } from './database';

export type SideName = 'left' | 'right';

export const columnOf = (name: ColumnName, side: SideName): string => (typeof name === 'string' ? name : name[side]);

/** White space at the ends of a field, as people leave it: blank, tab, line breaks, no-break space. */
const OUTER_SPACE = `' \t\r\n\u00a0'`;
const trimmed = (sql: string): string => `trim(${sql}, ${OUTER_SPACE})`;

const NORMALISE: Readonly<Record<Normaliser, (sql: string) => string>> = {
  trim: trimmed,
  lowerCase: (sql) => `lower(${sql})`,
  collapseSpaces: (sql) => `regexp_replace(${sql}, '\\s+', ' ', 'g')`,
  removeSpaces: (sql) => `regexp_replace(${sql}, '\\s+', '', 'g')`,
  removeLeadingZeros: (sql) => `regexp_replace(${sql}, '^0+([^0]|0$)', '\\1')`,
  digitsOnly: (sql) => `regexp_replace(${sql}, '[^0-9]', '', 'g')`,
};

const KEY_NORMALISERS: readonly Normaliser[] = ['trim', 'lowerCase'];

const normalised = (sql: string, normalisers: readonly Normaliser[]): string =>
  // Composed and decomposed letters look the same to everybody but a computer.
  normalisers.reduce((inner, name) => NORMALISE[name](inner), `nfc_normalize(${sql})`);

/** Sums and shares of such amounts still fit 128 bits, however many rows. */
const MOST_DIGITS = 24;

const FORMATS: Readonly<Record<string, { readonly pattern: string; readonly shape: string }>> = {
  'YYYY-MM-DD': { pattern: '%Y-%m-%d', shape: '[0-9]{4}-[0-9]{2}-[0-9]{2}' },
  'DD.MM.YYYY': { pattern: '%d.%m.%Y', shape: '[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}' },
  'DD/MM/YYYY': { pattern: '%d/%m/%Y', shape: '[0-9]{2}/[0-9]{2}/[0-9]{4}' },
  'MM/DD/YYYY': { pattern: '%m/%d/%Y', shape: '[0-9]{2}/[0-9]{2}/[0-9]{4}' },
  YYYYMMDD: { pattern: '%Y%m%d', shape: '[0-9]{8}' },
};

/** What the columns of a source become: SQL over the raw text columns. */
export interface RowExpressions {
  /** Columns of the file that are used, in the order of `raw`. */
  readonly columns: readonly string[];
  /** Parts of the key as they are compared. */
  readonly key: readonly string[];
  /** Key of a row with a batch id: parts, and whether the row has one. */
  readonly batch?: { readonly isBatch: string; readonly key: readonly string[] };
  readonly currency: string;
  readonly amount: string;
  readonly date?: string;
  readonly fields: readonly string[];
  /** Reason for which the row is bad, or NULL. */
  readonly fault: string;
}

/** @param columnSql SQL of a column of the source as text, never NULL */
export function rowExpressions(rules: ReconciliationRules, side: SideName, columnSql: (name: string) => string): RowExpressions {
  const used: string[] = [];
  const raw = (name: ColumnName): string => {
    const column = columnOf(name, side);
    if (!used.includes(column)) used.push(column);
    return columnSql(column);
  };
  const compared = ({ column, normalise }: FieldRule, usual: readonly Normaliser[]): string => normalised(raw(column), normalise ?? usual);

  const key = rules.key.map((field) => compared(field, KEY_NORMALISERS));
  const { amount: rule } = rules;
  const currency = 'code' in rule.currency ? text(rule.currency.code) : `upper(${trimmed(raw(rule.currency.column))})`;
  const { amount, faults } = amountOf(rules, side, trimmed(raw(rule.column)), currency);
  const date = rules.date && dateOf(trimmed(raw(rules.date.column)), rules.date.formats ?? ['YYYY-MM-DD']);
  const { group } = rules;
  const account = group && normalised(raw(group.account), KEY_NORMALISERS);
  const batch = group && (group.side ?? 'both') !== other(side) ? normalised(raw(group.batch), KEY_NORMALISERS) : undefined;
  const name = (column: ColumnName): string => text(columnOf(column, side));
  return {
    columns: used,
    key: account === undefined ? key : [...key, account],
    ...(batch !== undefined && account !== undefined && { batch: { isBatch: `${batch} <> ''`, key: [batch, account] } }),
    currency,
    amount,
    ...(date !== undefined && { date }),
    fields: (rules.fields ?? []).map((field) => compared(field, [])),
    fault: `CASE ${[
      `WHEN ${[...(batch === undefined ? [] : [batch]), ...key].map((part) => `${part} = ''`).join(' AND ')} THEN 'the key is empty'`,
      ...faults.map(([when, reason]) => `WHEN ${when} THEN ${name(rule.column)} || ': ' || ${reason}`),
      ...(date === undefined
        ? []
        : [`WHEN (${date}) IS NULL THEN ${name(rules.date!.column)} || ': no date of the calendar in the format asked for'`]),
    ].join(' ')} END`,
  };
}

function amountOf({ amount: rule, minorUnits }: ReconciliationRules, side: SideName, amount: string, currency: string) {
  const sign = rule.negated === side ? '-' : '';
  if (rule.inMinorUnits)
    return {
      amount: `${sign}TRY_CAST(ltrim(${amount}, '+') AS HUGEINT)`,
      faults: [
        [`NOT regexp_full_match(${amount}, '[+-]?[0-9]+')`, `'is no whole number'`],
        [`length(${amount}) > ${MOST_DIGITS}`, `'has too many digits'`],
      ] as const,
    };
  const known = [...minorUnitsOf(minorUnits)];
  const digits =
    'code' in rule.currency
      ? String(known.find(([code]) => code === (rule.currency as { readonly code: string }).code)?.[1] ?? 'NULL')
      : `CASE ${[...new Set(known.map(([, count]) => count))]
          .sort((a, b) => a - b)
          .map(
            (count) =>
              `WHEN ${currency} IN (${known
                .filter((one) => one[1] === count)
                .map(([code]) => text(code))
                .join(', ')}) THEN ${count}`,
          )
          .join(' ')} END`;
  const decimals = `CASE WHEN strpos(${amount}, '.') = 0 THEN 0 ELSE length(${amount}) - strpos(${amount}, '.') END`;
  const minor = `TRY_CAST(replace(ltrim(${amount}, '+'), '.', '') || repeat('0', (${digits}) - (${decimals})) AS HUGEINT)`;
  return {
    amount: `${sign}${minor}`,
    faults: [
      [`(${digits}) IS NULL`, `'the currency ' || ${currency} || ' is not known; name its decimals in minorUnits'`],
      [`NOT regexp_full_match(${amount}, '[+-]?[0-9]+(\\.[0-9]+)?')`, `'is no number'`],
      [`(${decimals}) > (${digits})`, `'has more decimals than ' || ${currency}`],
      [`length(${amount}) > ${MOST_DIGITS}`, `'has too many digits'`],
    ] as const,
  };
}

function dateOf(date: string, formats: readonly string[]): string {
  const each = formats.map((name) => {
    const { pattern, shape } = FORMATS[name]!;
    return `CASE WHEN regexp_full_match(${date}, ${text(shape)}) THEN CAST(try_strptime(${date}, ${text(pattern)}) AS DATE) END`;
  });
  return each.length === 1 ? each[0]! : `coalesce(${each.join(', ')})`;
}

export const other = (side: SideName): SideName => (side === 'left' ? 'right' : 'left');
