import type { KeyOutcome } from './breaks';
import type { FirstSight, OpenKey } from './compare';
import type { CompletenessProof, ControlTotals, ReconciliationReport, RowEnds, SideProof } from './contract';
import { type Sum, Sums, total } from './control-totals';
import type { SideName } from './row-expressions';

const SIDES = ['left', 'right'] as const;
/** Where a row that was compared ends. */
const ENDS = ['matched', 'inBreaks', 'inTransit'] as const;
type Part = keyof RowEnds;

/** Name under which sums over several currencies stand. */
const SEVERAL = '';

/** The figures of a run do not add up: a row is lost, or counted twice. A fault of the comparison, never of a source; nothing of the run is a report. */
export class IncompleteRun extends Error {
  override readonly name = 'IncompleteRun';
}

/** Counts the rows of both sides while they are compared. */
export class CompletenessAccount {
  readonly #sums: Readonly<Record<SideName, Readonly<Record<Part, Sums>>>>;

  /** @param counted rows that were compared, and what of them agreed at first sight, as the comparison counted them */
  constructor(counted: Pick<FirstSight, SideName>) {
    const of = ({ compared, matched }: FirstSight[SideName]) => ({ compared, matched, inBreaks: new Sums(), inTransit: new Sums() });
    this.#sums = { left: of(counted.left), right: of(counted.right) };
  }

  /** Counts a key that was looked at, by what it came to. */
  add({ hash }: Pick<OpenKey, 'hash'>, { matched, breaks, inTransit }: Pick<KeyOutcome, 'matched' | 'breaks' | 'inTransit'>): void {
    const count = (side: SideName, part: Part, currency: string, rows: number, minor: bigint): void =>
      this.#sums[side][part].add(currency, { rows, minor, hash: hash * BigInt(rows) });
    for (const side of SIDES) {
      for (const item of matched[side]) count(side, 'matched', item.currency, item.count, item.minor);
      for (const { [side]: row } of breaks)
        if (row !== undefined) count(side, 'inBreaks', row.currency, row.rows ?? 1, BigInt(row.amountMinor));
    }
    for (const { side, row } of inTransit) count(side, 'inTransit', row.currency, row.rows ?? 1, BigInt(row.amountMinor));
  }

  /** Where the rows ended. */
  ends(): Readonly<Record<SideName, RowEnds>> {
    const of = (side: SideName): RowEnds => writtenBy((part) => this.#sums[side][part]);
    return { left: of('left'), right: of('right') };
  }
}

export type SourceCount = Pick<SideProof, 'read' | 'bad' | 'carried'>;

/**
 * The proof of a run whose parts were compared one by one.
 *
 * @param sources records that each source holds, and how many of them are bad, as its reader counted them
 * @param parts where the rows of each part ended
 */
export function proofOf(
  sources: Readonly<Record<SideName, SourceCount>>,
  parts: ReadonlyArray<Readonly<Record<SideName, RowEnds>>>,
): CompletenessProof {
  const of = (side: SideName): SideProof => {
    const { read, bad, carried } = sources[side];
    const ends = writtenBy((name) => {
      const sums = new Sums();
      for (const part of parts) sums.addAll(part[side][name]);
      return sums;
    });
    return { read, bad, ...(carried && { carried: { file: carried.file, read: carried.read } }), ...ends };
  };
  return { left: of('left'), right: of('right') };
}

function writtenBy(sums: (part: Part) => Sums): RowEnds {
  const of = (part: Part): ControlTotals => sums(part).written();
  return { compared: of('compared'), matched: of('matched'), inBreaks: of('inBreaks'), inTransit: of('inTransit') };
}

/**
 * Sees that every row of both sources stands in the report, by number, amount and hash of the key, for each side and currency.
 *
 * @throws IncompleteRun that names the numbers which do not add up
 */
export function checkCompleteness(report: ReconciliationReport, proof: CompletenessProof): void {
  const faults = SIDES.flatMap((side) => [...faultsOf(side, proof[side]), ...faultsOfReport(side, report, proof[side])]);
  if (faults.length > 0) throw new IncompleteRun(`${report.name}, ${report.date}: the run is not complete. ${faults.join('; ')}`);
}

function faultsOf(side: SideName, proof: SideProof): string[] {
  const faults: string[] = [];
  const whole = total(proof.compared);
  if (proof.read !== proof.bad + whole.rows)
    faults.push(`${side}: ${proof.read} records were read, but ${whole.rows} were compared and ${proof.bad} are bad`);
  const ends = ENDS.map((end) => ({ end, sums: Sums.of(proof[end]) }));
  const compared = Sums.of(proof.compared);
  const currencies = [...new Set([compared, ...ends.map(({ sums }) => sums)].flatMap((sums) => sums.currencies()))].sort();
  // What a break sums up over several currencies can't be told apart: then only the sums over all of them must agree, and no currency may have too many rows.
  const isMixed = ends.some(({ sums }) => sums.get(SEVERAL).rows > 0);
  if (isMixed)
    for (const currency of currencies.filter((name) => name !== SEVERAL)) {
      const rows = ends.reduce((sum, { sums }) => sum + sums.get(currency).rows, 0);
      if (rows > compared.get(currency).rows)
        faults.push(`${side} ${currency}: ${compared.get(currency).rows} rows compared, but ${rows} have ended somewhere`);
    }
  const names = isMixed ? [undefined] : currencies;
  for (const currency of names)
    for (const [figure, unit] of FIGURES) {
      const of = (sums: Sums): Sum => (currency === undefined ? sums.total() : sums.get(currency));
      const expected = BigInt(of(compared)[figure]);
      const found = ends.map(({ end, sums }) => [END_NAME[end], BigInt(of(sums)[figure])] as const);
      if (found.reduce((sum, [, value]) => sum + value, 0n) !== expected)
        faults.push(
          `${side}${currency === undefined ? '' : ` ${currency}`}: ${expected} ${unit} compared, but ${found.map(([name, value]) => `${value} ${name}`).join(', ')}`,
        );
    }
  return faults;
}

/** What the report shows against what was counted while it was made. */
function faultsOfReport(side: SideName, { breaks, inTransit, totals, badRows }: ReconciliationReport, proof: SideProof): string[] {
  const shown = { inBreaks: new Sums(), inTransit: new Sums() };
  const add = (sums: Sums, row: { readonly rows?: number; readonly amountMinor: string; readonly currency: string }): void =>
    sums.add(row.currency, { rows: row.rows ?? 1, minor: BigInt(row.amountMinor), hash: 0n });
  for (const { [side]: row } of breaks) if (row !== undefined) add(shown.inBreaks, row);
  for (const one of inTransit) if (one.side === side) add(shown.inTransit, one.row);
  const listed = badRows.filter((row) => row.side === side).length;
  const rows = total(proof.compared).rows;
  const compared = Sums.of(proof.compared);
  return [
    ...(listed === proof.bad ? [] : [`${side}: ${proof.bad} bad rows were found, but the report lists ${listed}`]),
    ...(totals[side].rows === rows ? [] : [`${side}: ${rows} rows were compared, but the totals say ${totals[side].rows}`]),
    ...[...new Set([...compared.currencies(), ...Object.keys(totals[side].byCurrency)])].sort().flatMap((currency) => {
      const [found, told] = [String(compared.get(currency).minor), totals[side].byCurrency[currency] ?? '0'];
      return found === told ? [] : [`${side} ${currency}: ${found} minor units were compared, but the totals say ${told}`];
    }),
    ...(['inBreaks', 'inTransit'] as const).flatMap((end) => {
      const counted = Sums.of(proof[end]);
      return [...new Set([...counted.currencies(), ...shown[end].currencies()])].sort().flatMap((currency) => {
        const [a, b] = [counted.get(currency), shown[end].get(currency)];
        if (a.rows === b.rows && a.minor === b.minor) return [];
        return [
          `${side} ${currency}: ${a.rows} rows of ${a.minor} minor units are ${END_NAME[end]}, but the report shows ${b.rows} rows of ${b.minor}`,
        ];
      });
    }),
  ];
}

const END_NAME: Readonly<Record<(typeof ENDS)[number], string>> = { matched: 'matched', inBreaks: 'in breaks', inTransit: 'in transit' };
const FIGURES = [
  ['rows', 'rows'],
  ['minor', 'minor units'],
  ['hash', 'hash total'],
] as const;
