import { storm } from '../../../lib/operate/storm';
import { captured } from '../../support/engine/output';

const run = (...args: string[]) => captured(() => storm(args));

test('a bad option is exit code 2, says what is allowed and starts nothing', async () => {
  const { code, out, err } = await run('--events', 'many');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain("--events: must be a whole number from 1 to 100000, given 'many'");
  expect(err).toContain('usage: breakwater storm');
});

test('an example that has no storm is exit code 2', async () => {
  const { code, err } = await run('no-such-example');
  expect(code).toBe(2);
  expect(err).toContain("no storm of an example 'no-such-example'");
});

test('help is on standard output and names every option', async () => {
  const { code, out, err } = await run('--help');
  expect([code, err]).toEqual([0, '']);
  for (const option of ['--events', '--concurrency', '--seed', '--duplicates', '--endpoint', '--keep', '--json'])
    expect(out).toContain(option);
});

test('a storm that can not run is exit code 1 and says why', async () => {
  const { code, out, err } = await run('--json', '--endpoint', 'http://127.0.0.1:1');
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('no local engine answers at http://127.0.0.1:1');
});
