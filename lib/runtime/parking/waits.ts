import type { JobStepAnswer } from '../../blocks/parking-contract';

const SHORTEST_SECONDS = 2;

/** Asked again after a tenth of the time that has passed: soon for what is quick, rarely for what takes long. */
export function askAgain(since: number, now: number, longestSeconds: number): JobStepAnswer {
  const waitSeconds = Math.ceil(Math.max(SHORTEST_SECONDS, Math.min(longestSeconds, (now - since) / 10_000)));
  return { next: 'again', waitSeconds };
}

export const atOnce: JobStepAnswer = { next: 'again', waitSeconds: 0 };
/** The index shows by then what was written now. */
export const afterIndex: JobStepAnswer = { next: 'again', waitSeconds: SHORTEST_SECONDS };
export const ended: JobStepAnswer = { next: 'end', waitSeconds: 0 };
