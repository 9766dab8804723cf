/**
 * Works through a list, a few at once, and begins nothing more once the time is over or something failed.
 *
 * @returns whether all of it is done
 * @throws the first failure, when all that was begun has come to an end
 */
export async function aFewAtOnce<T>(
  items: readonly T[],
  { most, isOver }: { readonly most: number; readonly isOver: () => boolean },
  work: (item: T) => Promise<boolean>,
): Promise<boolean> {
  const rest = items[Symbol.iterator]();
  let [isDone, hasFailed] = [true, false];
  const worker = async (): Promise<void> => {
    for (;;) {
      const { done, value } = rest.next();
      if (done || hasFailed) return;
      if (isOver()) {
        isDone = false;
        return;
      }
      try {
        isDone = (await work(value)) && isDone;
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return isDone;
}
