/** Ratios of medians, measured alternately in one run: the only figures that mean something on a machine that others use too. */

export interface Ratio {
  readonly name: string;
  readonly baseline: string;
  readonly baselineMilliseconds: number;
  readonly milliseconds: number;
  readonly ratio: number;
  /** Largest ratio that keeps the promise. */
  readonly target: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export async function compare(
  names: { readonly name: string; readonly baseline: string; readonly target: number; readonly rounds: number },
  subject: () => Promise<number> | number,
  baseline: () => Promise<number> | number,
): Promise<Ratio> {
  const subjects: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < names.rounds; round++) {
    // The order alternates, so that neither always runs on the warmer machine.
    if (round % 2 === 0) {
      subjects.push(await subject());
      baselines.push(await baseline());
    } else {
      baselines.push(await baseline());
      subjects.push(await subject());
    }
  }
  const milliseconds = median(subjects);
  const baselineMilliseconds = median(baselines);
  return {
    name: names.name,
    baseline: names.baseline,
    target: names.target,
    milliseconds,
    baselineMilliseconds,
    ratio: milliseconds / baselineMilliseconds,
  };
}

export function report(ratio: Ratio): boolean {
  const met = ratio.ratio <= ratio.target;
  console.log(
    `${met ? 'met   ' : 'MISSED'}  ${ratio.name}: ${ratio.ratio.toFixed(3)} of ${ratio.baseline} (target ${ratio.target}; medians ${ratio.milliseconds.toFixed(1)} and ${ratio.baselineMilliseconds.toFixed(1)} ms)`,
  );
  return met;
}
