import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  for (const option of ['--events', '--concurrency', '--seed', '--duplicates', '--endpoint', '--keep', '--json', '--soak'])
    expect(out).toContain(option);
});

test('a soak does not begin on an engine that it can not restart', async () => {
  const refused = await run('--soak', '--endpoint', 'http://127.0.0.1:4566');
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('--soak: stops and restarts its own engine, so it can not be given an --endpoint');

  const elsewhere = createServer((_, response) => response.end('{"edition":"another"}')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  process.env.BREAKWATER_ENDPOINT = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  try {
    const { code, err } = await run('--soak', '--events', '100');
    expect(code).toBe(1);
    expect(err).toMatch(/--soak: stops and restarts its own engine, and the one at \S+ was started elsewhere: unset BREAKWATER_ENDPOINT/);
  } finally {
    delete process.env.BREAKWATER_ENDPOINT;
    elsewhere.close();
  }
});

test('a soak too short for an outage and a restart in its middle is exit code 2', async () => {
  const { code, err } = await run('--soak', '--events', '50');
  expect(code).toBe(2);
  expect(err).toContain("--events: must be a whole number from 100 to 100000, given '50'");
});

test('a storm that can not run is exit code 1 and says why', async () => {
  const { code, out, err } = await run('--json', '--endpoint', 'http://127.0.0.1:1');
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('no local engine answers at http://127.0.0.1:1');
});
