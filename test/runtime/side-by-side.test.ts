import { sideBySide } from '../../lib/runtime/side-by-side';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('all is done, and no more at once than is allowed', async () => {
  const done: number[] = [];
  let [atOnce, most] = [0, 0];
  await sideBySide([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await turn();
    atOnce -= 1;
    done.push(item);
  });
  expect([most, done]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
  await sideBySide([], 3, async () => done.push(0) as never);
  expect(done).not.toContain(0);
});

test('nothing more begins after a failure, which is told when what was begun has ended', async () => {
  const done: number[] = [];
  const work = async (item: number): Promise<void> => {
    await turn();
    if (item === 5) throw new Error('five');
    await turn();
    done.push(item);
  };
  await expect(sideBySide([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3, work)).rejects.toThrow('five');
  expect(done).toEqual([1, 2, 3, 4, 6]);
});
