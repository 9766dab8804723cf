import { sideOf } from '../../reconciliation-rules/per-side';
import type { ColumnName, FieldRule, Normaliser, ReconciliationRules, SignRule } from '../../reconciliation-rules/rules';
import { comparedText, faultOfField, isJudged } from './compared-fields';
import { minorUnitsOf } from './currencies';
import { text } from './database';
import { dayOf } from './date-texts';
import { describeStyle, plainNumber } from './number-texts';

export type SideName = 'left' | 'right';

/** A hash of a key: one bit less than the engine's own, so that it fits a signed number, whose sums cost a fraction. */
export const KEY_HASH = '(hash(k) >> 1)::BIGINT';

/** Between the parts of a key; no statement holds it. */
export const KEY_SEPARATOR = '\u001f';

/** White space at the ends of a field, as people leave it: blank, tab, line breaks, no-break space. */
const OUTER_SPACES = [' ', '\t', '\r', '\n', '\u00a0'];
/** Most fields have none, and to look at both ends costs a tenth of trimming. */
const trimmed = (sql: string): string =>
  `CASE WHEN ${sql} >= '!' AND ${sql} < chr(127) AND NOT (${OUTER_SPACES.map((one) => `ends_with(${sql}, '${one}')`).join(' OR ')})
    THEN ${sql} ELSE trim(${sql}, '${OUTER_SPACES.join('')}') END`;

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
/** Of amounts in minor units. Parquet keeps the wide one exactly, which it does not do with HUGEINT; the narrow one costs a fraction. */
export type MinorType = 'BIGINT' | 'DECIMAL(38, 0)';
const MOST_NARROW_DIGITS = 18;

/** How many bytes an amount may have as text so that it fits the narrow type, whatever its currency. */
export function longestNarrowAmount({ amount, minorUnits }: ReconciliationRules): number {
  return MOST_NARROW_DIGITS - (amount.inMinorUnits ? 0 : Math.max(...minorUnitsOf(minorUnits).values()));
}

/** Which of {@link RawRows} the amount is. */
export const amountColumn = (rules: ReconciliationRules, side: SideName): string =>
  `c${columnsOf(rules, side).indexOf(sideOf(rules.amount.column, side))}`;

/** Columns of a side that the rules use, each once. */
export function columnsOf({ key, amount, date, fields = [], group, later = [] }: ReconciliationRules, side: SideName): readonly string[] {
  const names: ColumnName[] = [...key.map(({ column }) => column)];
  if ('column' in amount.currency) names.push(amount.currency.column);
  names.push(amount.column);
  const sign = signOf(amount.sign, side);
  if (sign !== undefined) names.push(sign.column);
  if (date !== undefined) names.push(date.column);
  if (group !== undefined) names.push(group.account);
  if (group !== undefined && hasBatches(group, side)) names.push(group.batch);
  names.push(...fields.map(({ column }) => column));
  for (const { key: own = [] } of later) names.push(...own.map(({ column }) => column));
  return [...new Set(names.map((name) => sideOf(name, side)))];
}

const hasBatches = ({ side: batches = 'both' }: NonNullable<ReconciliationRules['group']>, side: SideName): boolean =>
  batches === 'both' || batches === side;

const signOf = (sign: SignRule | undefined, side: SideName): SignRule | undefined =>
  sign !== undefined && (sign.side ?? 'both') !== (side === 'left' ? 'right' : 'left') ? sign : undefined;

/** Names of columns that hold further values of a row: its fields, and its keys by later rules. */
export const valueColumns = ({ fields = [], later = [] }: Pick<ReconciliationRules, 'fields' | 'later'>) => ({
  fields: fields.map((_, index) => `f${index}` as const),
  laterKeys: later.map((_, index) => `p${index}` as const),
});

export interface RawRows {
  /** What stands behind FROM: `n`, the record's number, and `c0`, `c1` … in the order of {@link columnsOf}, as text and never NULL. */
  readonly relation: string;
  /** Names of columns whose dates are typed, and so written as `YYYY-MM-DD` whatever the rules say. */
  readonly typedDates: ReadonlySet<string>;
}

/**
 * The rows of a source as they are compared: `n`, `k` (the key), `h` (a hash of it), `grouped` (whether the key is that of a batch), `currency`, `minor`, `day`, `f0`, `f1` …, `p0` … (keys by
 * later rules), and `fault`, why the row is bad, or NULL.
 *
 * @param kept columns of the relation to keep as they stand
 */
export function comparableRows(
  rules: ReconciliationRules,
  side: SideName,
  { relation, typedDates }: RawRows,
  minorType: MinorType,
  kept: readonly string[] = [],
): string {
  const columns = columnsOf(rules, side);
  const raw = (name: ColumnName): string => `c${columns.indexOf(sideOf(name, side))}`;
  const compared = ({ column, normalise }: FieldRule, usual: readonly Normaliser[]): string => normalised(raw(column), normalise ?? usual);
  const { amount: rule, date, group, fields = [], later = [] } = rules;
  const sign = signOf(rule.sign, side);
  const batch = group !== undefined && hasBatches(group, side) ? normalised(raw(group.batch), KEY_NORMALISERS) : undefined;
  const parts = rules.key.map((_, index) => `k${index}`);
  const key = group === undefined ? parts : [...parts, 'account'];

  const isPlain = plainNumber('', rule, side) === '';
  const amount = isPlain ? trimmed('written') : 'written';
  const trimmedRows = `SELECT n, ${[
    ...kept,
    ...rules.key.map((field, index) => `${compared(field, KEY_NORMALISERS)} AS k${index}`),
    `${'code' in rule.currency ? text(rule.currency.code) : `upper(${trimmed(raw(rule.currency.column))})`} AS currency`,
    `${isPlain ? raw(rule.column) : plainNumber(trimmed(raw(rule.column)), rule, side)} AS written`,
    ...(sign === undefined ? [] : [`upper(${trimmed(raw(sign.column))}) AS signed`]),
    ...(date === undefined ? [] : [`${trimmed(raw(date.column))} AS dated`]),
    ...(group === undefined ? [] : [`${normalised(raw(group.account), KEY_NORMALISERS)} AS account`]),
    ...(batch === undefined ? [] : [`${batch} AS batch`]),
    ...fields.map((field, index) => {
      const isTypedDate = typedDates.has(sideOf(field.column, side));
      const compare = isJudged(field) ? trimmed(compared(field, [])) : compared(field, []);
      return `${comparedText(field, side, compare, isTypedDate)} AS f${index}`;
    }),
    ...later.map(({ key: own = [] }, index) => `${laterKey(own.map((field) => compared(field, KEY_NORMALISERS)))} AS p${index}`),
  ].join(', ')} FROM ${relation}`;
  const quick = `SELECT *, ${rule.inMinorUnits ? `NULL::${minorType}` : quickAmount(minorType)} AS quick
    FROM (SELECT *, ${digitsOf(minorUnitsOf(rules.minorUnits))} AS digits FROM (${trimmedRows}))`;
  const valued = `SELECT *, ${amountOf(rules, side, minorType)} AS minor, ${date === undefined ? 'NULL::DATE' : dayOf('dated', date.formats, typedDates.has(sideOf(date.column, side)))} AS day
    FROM (SELECT *, ${sign === undefined ? `CASE WHEN quick IS NULL THEN ${amount} END` : amount} AS amount FROM (${quick}))`;

  const isKeyEmpty = [...(batch === undefined ? [] : ['batch']), ...parts].map((part) => `${part} = ''`).join(' AND ');
  const reasons = [
    [isKeyEmpty, `'the key is empty'`],
    ...amountFaults(rule, side).map(([when, reason]) => [when, `${text(`${sideOf(rule.column, side)}: `)} || ${reason}`]),
    ...(date === undefined ? [] : [['day IS NULL', text(`${sideOf(date.column, side)}: no date of the calendar in the format asked for`)]]),
    ...fields.flatMap((field, index) => (isJudged(field) ? [[`f${index} IS NULL`, faultOfField(field, side)]] : [])),
  ];
  const judged = fields.flatMap((field, index) => (isJudged(field) ? [` OR f${index} IS NULL`] : [])).join('');
  // Reasons are many expressions: only a bad row pays for them.
  return `SELECT *, ${KEY_HASH} AS h FROM (SELECT n,
    CASE WHEN (${isKeyEmpty}) OR minor IS NULL ${date === undefined ? '' : 'OR day IS NULL'}${judged} THEN CASE ${reasons.map(([when, reason]) => `WHEN ${when} THEN ${reason}`).join(' ')} END END AS fault,
    ${batch === undefined ? 'false' : `batch <> ''`} AS grouped,
    ${batch === undefined ? joined(key) : `CASE WHEN batch <> '' THEN ${joined(['batch', 'account'])} ELSE ${joined(key)} END`} AS k,
    currency, minor, day${[...Object.values(valueColumns(rules)).flat(), ...kept].map((column) => `, ${column}`).join('')}
    FROM (${valued}))`;
}

const joined = (texts: readonly string[]): string => texts.join(` || '${KEY_SEPARATOR}' || `);

/** Empty when all of its columns are. */
const laterKey = (texts: readonly string[]): string =>
  texts.length === 0 ? `''` : `CASE WHEN concat(${texts.join(', ')}) = '' THEN '' ELSE ${joined(texts)} END`;

/** SQL of a currency's decimals, NULL when it is not known. A join would cost more, and put the rows of a chunk that find none behind those that do. */
function digitsOf(known: ReadonlyMap<string, number>): string {
  const byDigits = [...known].sort(([, a], [, b]) => a - b);
  const place = `enum_code(TRY_CAST(currency AS ENUM(${byDigits.map(([code]) => text(code)).join(', ')})))`;
  const ends = byDigits.flatMap(([, digits], index) => (byDigits[index + 1]?.[1] === digits ? [] : [[digits, index] as const]));
  return `CASE ${ends.map(([digits, last]) => `WHEN ${place} <= ${last} THEN ${digits}`).join(' ')} END`;
}

const NUMBER = `regexp_full_match(amount, '[+-]?[0-9]+(\\.[0-9]+)?')`;
const WHOLE_NUMBER = `regexp_full_match(amount, '[+-]?[0-9]+')`;
const DECIMALS = `CASE WHEN strpos(amount, '.') = 0 THEN 0 ELSE length(amount) - strpos(amount, '.') END`;
const HUNDREDTHS = 'TRY_CAST(written AS DECIMAL(18, 2))';
/** As most amounts are written: to read one and to see that it is written back the same takes a third of looking at its shape, and none is left to trim. */
const quickAmount = (type: MinorType): string =>
  `CASE WHEN digits = 2 AND ${HUNDREDTHS}::VARCHAR = written THEN (${HUNDREDTHS} * 100)::${type} END`;
const IS_SHORT = `strlen(amount) <= ${MOST_DIGITS}`;

function amountOf({ amount: { negated, inMinorUnits, sign } }: ReconciliationRules, side: SideName, type: MinorType): string {
  // Text becomes a wide decimal a hundred times faster by way of a whole number.
  const minorOf = (digits: string): string =>
    type === 'BIGINT' ? `TRY_CAST(${digits} AS BIGINT)` : `TRY_CAST(TRY_CAST(${digits} AS HUGEINT) AS ${type})`;
  const value = inMinorUnits
    ? `CASE WHEN ${WHOLE_NUMBER} AND ${IS_SHORT} THEN ${minorOf(`ltrim(amount, '+')`)} END`
    : `CASE WHEN quick IS NOT NULL THEN quick
        WHEN ${NUMBER} AND ${IS_SHORT} THEN CASE
        WHEN strpos(amount, '.') > 0 AND strlen(amount) - strpos(amount, '.') = digits AND NOT starts_with(amount, '+') THEN ${minorOf(`replace(amount, '.', '')`)}
        WHEN (${DECIMALS}) <= digits THEN ${minorOf(`replace(ltrim(amount, '+'), '.', '') || repeat('0', digits - (${DECIMALS}))`)} END END`;
  const turned = negated === side ? '-' : '';
  const own = signOf(sign, side);
  if (own === undefined) return `${turned}${value}`;
  return `CASE WHEN ${HAS_SIGN} THEN NULL WHEN signed IN (${list(own.negative)}) THEN ${turned === '-' ? '' : '-'}(${value})
    WHEN signed IN (${list(own.positive)}) THEN ${turned}(${value}) END`;
}

/** Below zero by its own sign; minus zero is zero. */
const HAS_SIGN = `(starts_with(amount, '-') AND regexp_matches(amount, '[1-9]'))`;
const list = (texts: readonly string[]): string => texts.map((one) => text(one.trim().toUpperCase())).join(', ');

function amountFaults(
  { inMinorUnits = false, sign, ...rule }: ReconciliationRules['amount'],
  side: SideName,
): ReadonlyArray<readonly [when: string, reason: string]> {
  const own = signOf(sign, side);
  const style = text(describeStyle(rule, side));
  const signFaults =
    own === undefined
      ? []
      : ([
          [`signed NOT IN (${list([...own.negative, ...own.positive])})`, `'its sign ' || signed || ' is in neither list of amount.sign'`],
          [HAS_SIGN, text(`has a sign of its own beside that of ${sideOf(own.column, side)}`)],
        ] as const);
  const number: ReadonlyArray<readonly [string, string]> = inMinorUnits
    ? [[`NOT ${WHOLE_NUMBER}`, `'is no whole number' || ${style}`]]
    : [
        ['digits IS NULL', `'the currency ' || currency || ' is not known; name its decimals in minorUnits'`],
        [`NOT ${NUMBER}`, `'is no number' || ${style}`],
        [`(${DECIMALS}) > digits`, `'has more decimals than ' || currency`],
      ];
  return [...number, ...signFaults, ['minor IS NULL', `'has too many digits'`]];
}
