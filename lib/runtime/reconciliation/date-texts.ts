import type { DATE_FORMATS } from '../../reconciliation-rules/rules-schema';

type DateFormat = (typeof DATE_FORMATS)[number];

const inFormat =
  (shape: string, pattern: string) =>
  (sql: string): string =>
    `CASE WHEN regexp_full_match(${sql}, '${shape}') THEN CAST(try_strptime(${sql}, '${pattern}') AS DATE) END`;

/** Years of two digits are those from 2000 on: nobody reconciles older ones, and the engine would take 69 for 1969. */
const inThisCentury =
  (shape: string, year: 'first' | 'last', pattern: string) =>
  (sql: string): string => {
    const whole = year === 'first' ? `'20' || ${sql}` : `left(${sql}, -2) || '20' || right(${sql}, 2)`;
    return `CASE WHEN regexp_full_match(${sql}, '${shape}') THEN CAST(try_strptime(${whole}, '${pattern}') AS DATE) END`;
  };

/** The engine's own form, which it reads several times faster; it would take signs and other separators. */
const isoDay = (sql: string): string => `CASE WHEN ${sql} LIKE '____-__-__' AND ${sql} >= '0' THEN TRY_CAST(${sql} AS DATE) END`;

const ISO: DateFormat = 'YYYY-MM-DD';

const FORMATS: Readonly<Record<DateFormat, (sql: string) => string>> = {
  'YYYY-MM-DD': isoDay,
  'YYYY/MM/DD': inFormat('[0-9]{4}/[0-9]{2}/[0-9]{2}', '%Y/%m/%d'),
  'DD.MM.YYYY': inFormat('[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}', '%d.%m.%Y'),
  'DD/MM/YYYY': inFormat('[0-9]{2}/[0-9]{2}/[0-9]{4}', '%d/%m/%Y'),
  'DD-MM-YYYY': inFormat('[0-9]{2}-[0-9]{2}-[0-9]{4}', '%d-%m-%Y'),
  'MM/DD/YYYY': inFormat('[0-9]{2}/[0-9]{2}/[0-9]{4}', '%m/%d/%Y'),
  'MM-DD-YYYY': inFormat('[0-9]{2}-[0-9]{2}-[0-9]{4}', '%m-%d-%Y'),
  'DD MMM YYYY': inFormat('[0-9]{2} [A-Za-z]{3} [0-9]{4}', '%d %b %Y'),
  'DD-MMM-YYYY': inFormat('[0-9]{2}-[A-Za-z]{3}-[0-9]{4}', '%d-%b-%Y'),
  YYYYMMDD: inFormat('[0-9]{8}', '%Y%m%d'),
  DDMMYYYY: inFormat('[0-9]{8}', '%d%m%Y'),
  'DD.MM.YY': inThisCentury('[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}', 'last', '%d.%m.%Y'),
  'DD/MM/YY': inThisCentury('[0-9]{2}/[0-9]{2}/[0-9]{2}', 'last', '%d/%m/%Y'),
  'MM/DD/YY': inThisCentury('[0-9]{2}/[0-9]{2}/[0-9]{2}', 'last', '%m/%d/%Y'),
  YYMMDD: inThisCentury('[0-9]{6}', 'first', '%Y%m%d'),
  // The day as it is written there, whatever the offset: a value date is a day of its source.
  'YYYY-MM-DDTHH:mm:ss': (sql) =>
    `CASE WHEN regexp_full_match(${sql}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)([.,][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?')
      THEN TRY_CAST(left(${sql}, 10) AS DATE) END`,
};

/**
 * SQL of a day, NULL for a text that is none in any of the formats.
 *
 * @param sql of the text
 * @param isTyped whether the column holds dates, and so is written as ISO 8601 has it, whatever the formats
 */
export function dayOf(sql: string, formats: readonly string[] = [ISO], isTyped = false): string {
  const days = (isTyped ? [ISO] : formats).map((name) => FORMATS[name as DateFormat](sql));
  return days.length === 1 ? days[0]! : `coalesce(${days.join(', ')})`;
}
