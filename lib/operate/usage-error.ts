/** What the command line can't make sense of: exit code 2, and nothing was done. */
export class UsageError extends Error {}

/** A word that is no command; the message offers the nearest one that is. */
export function unknownCommand(command: string, word: string, known: readonly string[]): UsageError {
  const nearest = nearestWord(word, known);
  const hint = nearest === undefined ? '.' : `; did you mean ${JSON.stringify(nearest)}?`;
  return new UsageError(`${command}: ${JSON.stringify(word)} is no command${hint} Commands: ${known.join(', ')}.`);
}

/** The known word that fewest single-letter changes lead to, when it is few. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, changes: changesBetween(word, candidate) })).sort((a, b) => a.changes - b.changes);
  const best = ranked[0];
  return best !== undefined && best.changes <= Math.max(1, Math.floor(best.candidate.length / 2)) ? best.candidate : undefined;
}

/** Levenshtein's distance. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
