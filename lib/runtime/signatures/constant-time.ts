import { timingSafeEqual } from 'node:crypto';

/** Whether any expected value equals any given one. Tries every pair, so that the time taken does not tell which one matched. */
export function anyEqual(expected: readonly Uint8Array[], given: readonly Uint8Array[]): boolean {
  let matches = 0;
  for (const one of expected) {
    for (const other of given) {
      if (one.length === other.length && timingSafeEqual(one, other)) matches += 1;
    }
  }
  return matches > 0;
}
