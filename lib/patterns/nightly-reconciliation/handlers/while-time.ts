import { sideBySide } from '../../../runtime/side-by-side';

/**
 * Works through a list, so many at a time, and begins nothing more once the time is over.
 *
 * @param work says whether it came to its end
 * @returns whether all of it is done
 */
export async function whileTime<T>(
  items: readonly T[],
  { most, isOver }: { readonly most: number; readonly isOver: () => boolean },
  work: (item: T) => Promise<boolean>,
): Promise<boolean> {
  let isDone = true;
  await sideBySide(items, most, async (item) => {
    const isWorkedOn = !isOver() && (await work(item));
    isDone &&= isWorkedOn;
  });
  return isDone;
}
