import { xml } from '../../markup/xml';
import { currencyOf } from './amounts';
import type { Break, ReportedRow } from './contract';
import { ageOf } from './figures';
import { annotation, keyOf, money, type Page } from './page-context';
import { more, table, told, whole } from './page-tables';

const MOST_OF_A_CURRENCY = 10;
const MOST_CURRENCIES = 4;
const MOST_ROWS = 20;

/** Breaks with the largest amounts, each currency by itself: amounts of two can't be compared. */
export function largestSection(page: Page): string {
  const { breaks } = page.report;
  if (breaks.length === 0) return '';
  const byCurrency = new Map<string, Break[]>();
  for (const one of breaks) {
    const known = byCurrency.get(currencyOf(one));
    if (known === undefined) byCurrency.set(currencyOf(one), [one]);
    else known.push(one);
  }
  const groups = [...byCurrency].sort(([a, { length: first }], [b, { length: second }]) => second - first || (a < b ? -1 : 1));
  const shown = groups.slice(0, MOST_CURRENCIES).map(([currency, all]) => [currency, all, largest(all)] as const);
  const count = shown.reduce((sum, [, , { length }]) => sum + length, 0);
  return [
    ...shown.map(([currency, all, some]) =>
      [
        groups.length === 1 ? '' : `<h3>${currency === '' ? 'Several currencies' : told(currency)} (${whole(all.length)})</h3>`,
        breakTable(page, some),
      ].join('\n'),
    ),
    more(breaks.length, count, 'breaks'),
  ].join('\n');
}

function largest(breaks: readonly Break[]): readonly Break[] {
  const sized = breaks.map((one) => ({ one, size: sizeOf(one) }));
  return sized
    .sort((a, b) => (a.size === b.size ? (a.one.id < b.one.id ? -1 : 1) : a.size > b.size ? -1 : 1))
    .slice(0, MOST_OF_A_CURRENCY)
    .map(({ one }) => one);
}

/** By its difference; one without is as large as its larger side. */
function sizeOf({ differenceMinor, left, right }: Break): bigint {
  const sizes = (differenceMinor === undefined ? [left?.amountMinor, right?.amountMinor] : [differenceMinor]).map((minor) =>
    magnitude(BigInt(minor ?? 0)),
  );
  return sizes.reduce((a, b) => (a > b ? a : b), 0n);
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

function breakTable(page: Page, breaks: readonly Break[]): string {
  const entries = new Map(page.register?.map((entry) => [entry.id, entry]));
  const amount = (row: ReportedRow | undefined): string =>
    row === undefined ? '-' : `${money(page, row.amountMinor, row.currency)}<br><small>${where(row)}</small>`;
  return table(
    [
      ['break'],
      ['class'],
      ['left', 'number'],
      ['right', 'number'],
      ['difference', 'number'],
      ['age', 'number'],
      ...(page.register === undefined ? [] : ([['open since'], ['owner and note']] as const)),
    ],
    breaks.map((one) => {
      const entry = entries.get(one.id);
      const age = ageOf(one, page.report.date);
      return [
        `${keyOf(one.key)}<br><small><code>${told(one.id)}</code></small>`,
        `<code>${told(one.class)}</code>${one.count > 1 ? ` ${whole(one.count)} rows` : ''}${differs(one)}`,
        amount(one.left),
        amount(one.right),
        one.differenceMinor === undefined ? '-' : money(page, one.differenceMinor, currencyOf(one)),
        age === undefined ? '-' : days(age),
        ...(page.register === undefined ? [] : [xml(entry?.opened ?? page.report.date), annotation(entry)]),
      ];
    }),
  );
}

function differs({ also = [], fields = [], days: shift = 0 }: Break): string {
  const parts = [
    ...(also.length === 0 ? [] : [`also ${also.join(', ')}`]),
    ...(fields.length === 0 ? [] : [fields.join(', ')]),
    ...(shift === 0 ? [] : [`${shift > 0 ? '+' : ''}${days(shift)}`]),
  ];
  return parts.map((part) => `<br><small>${told(part)}</small>`).join('');
}

const days = (count: number): string => `${whole(count)} ${Math.abs(count) === 1 ? 'day' : 'days'}`;

const where = ({ file, record, rows = 1, date }: ReportedRow): string =>
  [
    ...(file === undefined ? [] : [xml(file)]),
    `record ${record}`,
    ...(rows > 1 ? [`${whole(rows)} rows`] : []),
    ...(date === undefined ? [] : [xml(date)]),
  ].join(', ');

export function inTransitSection(page: Page): string {
  const { inTransit } = page.report;
  if (inTransit.length === 0) return '<p>There is none.</p>';
  const shown = inTransit.slice(0, MOST_ROWS);
  return [
    '<p class="muted">Rows that are too young to be missing on the other side.</p>',
    table(
      [['key'], ['side'], ['amount', 'number'], ['date'], ['age', 'number']],
      shown.map(({ side, key, row, ageDays }) => [
        keyOf(key),
        side,
        money(page, row.amountMinor, row.currency),
        xml(row.date ?? '-'),
        days(ageDays),
      ]),
    ),
    more(inTransit.length, shown.length, 'rows'),
  ].join('\n');
}

export function badRowsSection({ report: { badRows } }: Page): string {
  if (badRows.length === 0) return '<p>There is none.</p>';
  const shown = badRows.slice(0, MOST_ROWS);
  const hasFiles = badRows.some(({ file }) => file !== undefined);
  return [
    '<p class="muted">They stand in no total and match nothing.</p>',
    table(
      [['side'], ...(hasFiles ? ([['file']] as const) : []), ['record', 'number'], ['line', 'number'], ['reason']],
      shown.map(({ side, file, record, line, reason }) => [
        side,
        ...(hasFiles ? [told(file ?? '')] : []),
        whole(record),
        whole(line),
        told(reason),
      ]),
    ),
    more(badRows.length, shown.length, 'bad rows'),
  ].join('\n');
}
