import { Decimal } from 'decimal.js';
import { isRecord } from '../../topology/record';
import { ZERO } from './amounts';
import { CostInputError, parseJson } from './input-error';
import type { ChargeLine, CostReport, LoadReport } from './report';

/** What one charge costs more or less than before. */
export interface Change {
  readonly stack: string;
  readonly logicalId: string;
  readonly item: string;
  readonly difference: Decimal;
  /** What the old and the new amount stand on; absent where the charge wasn't or isn't there. */
  readonly before?: string;
  readonly after?: string;
}

export interface LoadComparison {
  readonly events: string;
  readonly before: Decimal;
  readonly after: Decimal;
  /** The largest first. */
  readonly changes: readonly Change[];
}

export interface Comparison {
  readonly loads: readonly LoadComparison[];
  /** What differs beside the stacks, so that nobody takes it for their doing. */
  readonly notes: readonly string[];
}

/** Differences below this are noise of rounding. */
const LEAST = new Decimal('0.000001');

/**
 * Compares two reports, load by load.
 *
 * @throws CostInputError when they have no load in common
 */
export function compareReports(before: CostReport, after: CostReport): Comparison {
  const pairs = after.loads.flatMap((load, index) => {
    const same =
      load.eventsPerMonth === undefined ? before.loads[index] : before.loads.find((one) => one.eventsPerMonth === load.eventsPerMonth);
    return same && (same.eventsPerMonth === undefined) === (load.eventsPerMonth === undefined) ? [{ before: same, after: load }] : [];
  });
  if (pairs.length === 0)
    throw new CostInputError('cost diff: the reports have no load in common; make both with the same --load or --profile');
  const notes = [
    ...(before.prices.date !== after.prices.date || before.prices.region !== after.prices.region
      ? [`prices: ${before.prices.region} of ${before.prices.date} before, ${after.prices.region} of ${after.prices.date} now`]
      : []),
    ...(before.prices.freeTier !== after.prices.freeTier ? ['the free tier is taken off in one of them alone'] : []),
    ...differentAssumptions(before, after),
  ];
  return { loads: pairs.map((pair) => compareLoads(pair.before, pair.after)), notes };
}

function compareLoads(before: LoadReport, after: LoadReport): LoadComparison {
  const old = byCharge(before);
  const now = byCharge(after);
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((key): Change[] => {
    const was = old.get(key);
    const is = now.get(key);
    const difference = (is?.cost ?? ZERO).minus(was?.cost ?? ZERO);
    if (difference.abs().lt(LEAST)) return [];
    const { stack, logicalId, item } = (is ?? was)!.line;
    return [{ stack, logicalId, item, difference, ...(was ? { before: was.because } : {}), ...(is ? { after: is.because } : {}) }];
  });
  return {
    events: after.events,
    before: new Decimal(before.total),
    after: new Decimal(after.total),
    changes: changes.sort((a, b) => b.difference.abs().comparedTo(a.difference.abs())),
  };
}

interface Line {
  readonly line: ChargeLine;
  readonly cost: Decimal;
  readonly because: string;
}

function byCharge(load: LoadReport): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>();
  for (const line of load.charges) {
    const key = `${line.stack} ${line.logicalId} ${line.item}`;
    const known = lines.get(key);
    lines.set(key, {
      line,
      cost: (known?.cost ?? ZERO).plus(line.cost),
      because: known ? `${known.because}; ${line.because}` : line.because,
    });
  }
  return lines;
}

function differentAssumptions(before: CostReport, after: CostReport): string[] {
  const general = (report: CostReport) =>
    new Map(report.assumptions.filter((one) => one.resource === '*').map((one) => [one.field, one.value]));
  const was = general(before);
  return [...general(after)].flatMap(([field, value]) => {
    const old = was.get(field);
    return old === undefined || old === value ? [] : [`assumed ${field}: ${old} before, ${value} now`];
  });
}

/** @throws CostInputError with what is missing */
export function parseReport(file: string, text: string): CostReport {
  const value = parseJson(file, text);
  if (
    !isRecord(value) ||
    value.version !== 1 ||
    !Array.isArray(value.loads) ||
    !isRecord(value.prices) ||
    !Array.isArray(value.assumptions)
  )
    throw new CostInputError(`${file}: not a report of breakwater cost --format json`);
  return value as unknown as CostReport;
}
