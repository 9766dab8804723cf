import { type Attempt, Attempts } from '../../../lib/runtime/lease/attempts';

/** Runs as a call of its own would: what it enters is not seen by its neighbours. */
const apart = <T>(work: () => T | Promise<T>): Promise<T> => Promise.resolve().then(work);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('an attempt is found by its data, until it has ended', () => {
  const attempts = new Attempts();
  const data = { id: 1 };
  expect(attempts.find(data)).toBeUndefined();
  const attempt = attempts.begin('token', data);
  expect(attempt).toMatchObject({ token: 'token', data, finished: false });
  expect(attempts.find(data)).toBe(attempt);
  expect(attempts.find({ id: 1 })).toBeUndefined();
  attempts.end(attempt);
  expect(attempt.finished).toBe(true);
  expect(attempts.find(data)).toBeUndefined();
  attempts.end(attempt);
});

test('an attempt that is the only one is found from elsewhere too', async () => {
  const attempts = new Attempts();
  const attempt = await apart(() => attempts.begin('token', 'text'));
  expect(attempts.find('text')).toBe(attempt);
});

test('equal texts of two calls are told apart by where they run, also after one has ended', async () => {
  const attempts = new Attempts();
  const found: [Attempt, Attempt | undefined][] = [];
  const call = (token: string, turns: number) =>
    apart(async () => {
      const attempt = attempts.begin(token, 'text');
      for (let at = 0; at < turns; at++) await turn();
      found.push([attempt, attempts.find('text')]);
      attempts.end(attempt);
    });
  await Promise.all([call('a', 3), call('b', 1), call('c', 2)]);
  expect(found.map(([attempt]) => attempt.token)).toEqual(['b', 'c', 'a']);
  for (const [attempt, one] of found) expect(one).toBe(attempt);
});

test('a call inside of another finds its own, and the outer one finds its own again', async () => {
  const attempts = new Attempts();
  const other = apart(async () => {
    const one = attempts.begin('other', 'text');
    await turn();
    await turn();
    attempts.end(one);
  });
  await apart(async () => {
    const outer = attempts.begin('outer', 'text');
    await apart(async () => {
      const inner = attempts.begin('inner', 'text of the inner');
      expect(inner.outer).toBe(outer);
      expect(attempts.find('text')).toBe(outer);
      attempts.end(inner);
      const next = attempts.begin('next', 'text of the next');
      expect(next.outer).toBe(outer);
      attempts.end(next);
    });
    attempts.end(outer);
    expect(attempts.begin('after', 'x').outer).toBeUndefined();
  });
  await other;
});

test('where nobody can tell which of two equal texts is meant, none is found', async () => {
  const attempts = new Attempts();
  await Promise.all(['a', 'b'].map((token) => apart(() => void attempts.begin(token, 'text'))));
  expect(await apart(() => attempts.find('text'))).toBeUndefined();
});
