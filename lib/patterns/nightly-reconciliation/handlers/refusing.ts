import { InputFault } from '../../../reconciliation-rules/input-fault';
import { type NightRun, type Refusal, RunKey } from '../contract';

/** A reason names files, columns and a few keys: what is longer repeats itself. */
const LONGEST_REASON = 2_000;

/** The part of a store that is needed here. */
interface JsonWriter {
  writeJson(key: string, value: unknown): Promise<void>;
}

/**
 * Does a step. When a source or the rules are at fault, the reason is written for the fail function before the step fails.
 *
 * @param step what failed, for people
 * @throws InputFault for what starting again with the same sources doesn't change; whatever else the work throws, as it is
 */
export async function refusing<T>(run: NightRun, step: string, store: JsonWriter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputFault) {
      const refusal: Refusal = { step, reason: boundedReason(error.message) };
      await store.writeJson(RunKey.refusal(run, run.attempt), refusal);
    }
    throw error;
  }
}

export function boundedReason(reason: string): string {
  return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON - 1)}…`;
}
