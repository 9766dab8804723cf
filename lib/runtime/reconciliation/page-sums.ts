import { currencyOf } from './amounts';
import type { ControlTotals, SideProof } from './contract';
import { Sums, total } from './control-totals';
import { AGES, ageOf, daysBetween } from './figures';
import { money, type Page } from './page-context';
import { table, told, whole } from './page-tables';

const SIDES = ['left', 'right'] as const;

export function sidesSection(page: Page): string {
  const { totals } = page.report;
  return table(
    [['side'], ['rows', 'number'], ['bad rows', 'number'], ['sum', 'number']],
    SIDES.map((side) => [
      side,
      whole(totals[side].rows),
      whole(totals[side].badRows),
      Object.entries(totals[side].byCurrency)
        .map(([currency, minor]) => money(page, minor, currency))
        .join('<br>'),
    ]),
  );
}

export function classesSection(page: Page): string {
  const { breaks } = page.report;
  if (breaks.length === 0) return '<p>There is none.</p>';
  const classes = new Map<string, { count: number; readonly sums: Map<string, bigint> }>();
  for (const one of breaks) {
    const known = classes.get(one.class) ?? { count: 0, sums: new Map() };
    known.count += 1;
    if (one.differenceMinor !== undefined)
      known.sums.set(currencyOf(one), (known.sums.get(currencyOf(one)) ?? 0n) + BigInt(one.differenceMinor));
    classes.set(one.class, known);
  }
  return table(
    [['class'], ['breaks', 'number'], ['right less left', 'number']],
    [...classes]
      .sort(([a, { count: first }], [b, { count: second }]) => second - first || (a < b ? -1 : 1))
      .map(([name, { count, sums }]) => [
        `<code>${told(name)}</code>`,
        whole(count),
        [...sums]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([currency, minor]) => money(page, String(minor), currency))
          .join('<br>'),
      ]),
  );
}

/** How old breaks and rows in transit are by their value date, and how long breaks have been open. */
export function ageingSection({ report, register }: Page): string {
  const { breaks, inTransit, date } = report;
  const columns: ReadonlyArray<readonly [name: string, ages: readonly (number | undefined)[]]> = [
    ['breaks, by value date', breaks.map((one) => ageOf(one, date))],
    ['in transit, by value date', inTransit.map(({ ageDays }) => ageDays)],
    ...(register === undefined
      ? []
      : ([
          ['breaks, since they opened', register.filter(({ state }) => state === 'open').map(({ opened }) => daysBetween(opened, date))],
        ] as const)),
  ];
  const within = (age: number | undefined): number => (age === undefined ? -1 : AGES.findIndex(({ upTo }) => age <= upTo));
  const row = (name: string, index: number): readonly string[] => [
    name,
    ...columns.map(([, ages]) => whole(ages.filter((age) => within(age) === index).length)),
  ];
  const undated = columns.some(([, ages]) => ages.includes(undefined));
  return table(
    [['age'], ...columns.map(([name]) => [name, 'number'] as const)],
    [...AGES.map(({ name }, index) => row(name, index)), ...(undated ? [row('without a date', -1)] : [])],
  );
}

const ENDS = [
  ['compared', 'compared'],
  ['matched', 'matched'],
  ['inBreaks', 'in breaks'],
  ['inTransit', 'in transit'],
] as const;

/** That every row of both sources ended somewhere. */
export function proofSection(page: Page): string {
  const { proof } = page.report;
  if (proof === undefined) return '';
  return SIDES.map((side) => sideProof(page, side, proof[side])).join('\n');
}

function sideProof(page: Page, side: string, proof: SideProof): string {
  const currencies = [...new Set(ENDS.flatMap(([end]) => Object.keys(proof[end])))].sort();
  const cell = (totals: ControlTotals, currency: string): string => {
    const { rows, minor } = Sums.of(totals).get(currency);
    return `${whole(rows)} ${rows === 1 ? 'row' : 'rows'}<br>${money(page, String(minor), currency)}`;
  };
  return [
    `<h3>${side}: ${whole(proof.read)} read${proof.carried ? ` (${whole(proof.carried.read)} ${told(proof.carried.file)})` : ''} = ${whole(total(proof.compared).rows)} compared + ${whole(proof.bad)} bad</h3>`,
    table(
      [['currency'], ...ENDS.map(([, name]) => [name, 'number'] as const)],
      [
        ...currencies.map((currency) => [currency === '' ? 'several' : told(currency), ...ENDS.map(([end]) => cell(proof[end], currency))]),
        ['hash total of keys', ...ENDS.map(([end]) => `<code>${total(proof[end]).hash}</code>`)],
      ],
    ),
  ].join('\n');
}
