import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseStormOptions, type StormOptions } from '../../lib/operate/storm/options';
import { type StormResult, sum } from '../../lib/operate/storm/report';
import { runSession } from '../../lib/operate/storm/session';

jest.setTimeout(600_000);

const root = path.resolve(__dirname, '../..');
const running = new Set<ChildProcessWithoutNullStreams>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** `breakwater storm …` as a user calls it, from what was built. */
function command(...args: string[]) {
  const child = spawn(process.execPath, ['dist/bin/breakwater.js', 'storm', ...args], { cwd: root });
  running.add(child);
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]).then(
    ([out, err, [code]]) => {
      running.delete(child);
      return { out, err, code };
    },
  );
  return { child, ended };
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_localstack/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function until(condition: () => Promise<boolean>, milliseconds: number): Promise<void> {
  for (const deadline = performance.now() + milliseconds; !(await condition()); ) {
    if (performance.now() > deadline) throw new Error(`still not so after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function endpointIn(err: string): string {
  return /local engine at (http:\S+),/.exec(err)![1]!;
}

function expectCleanAccount(result: StormResult): void {
  expect(result).toMatchObject({ events: 60, lost: [], doubled: [], clean: true });
  expect(sum(result.answered)).toBe(result.deliveries);
  expect(result.done + sum(result.parked) + sum(result.rejected)).toBe(60);
  expect(Object.keys(result.rejected).sort()).toEqual([
    'altered body',
    'duplicated signature header',
    'forged signature',
    'future timestamp',
    'missing signature',
    'stale timestamp',
  ]);
  expect(Object.keys(result.parked)).toEqual(expect.arrayContaining(['malformed', 'permanent']));
  expect(sum(result.kills)).toBeGreaterThanOrEqual(4);
  expect(result.dynamoDbRequestsPerEvent).toBeGreaterThan(0);
  expect(result.latencyMs.endToEnd.p50).toBeGreaterThan(0);
  expect(result.latencyMs.answer.p99).toBeGreaterThanOrEqual(result.latencyMs.answer.p50);
}

test('two seeds over one deployment lose nothing and do nothing twice, and what they leave keeps working without them', async () => {
  const first = await command('--events', '60', '--seed', '1,2', '--keep', '--json').ended;
  const engine = Number(/keeps running at .* \(process (\d+)\)/.exec(first.err)?.[1]);
  try {
    expect({ code: first.code, failures: first.err.match(/^FAILED.*$/gm) }).toEqual({ code: 0, failures: null });
    const results = JSON.parse(first.out) as StormResult[];
    expect(results.map(({ seed }) => seed)).toEqual([1, 2]);
    for (const result of results) expectCleanAccount(result);

    const again = await command('--events', '20', '--endpoint', endpointIn(first.err)).ended;
    expect(again.err).toContain('using the local engine at');
    expect(again.out).toContain('each with exactly one end');
    expect(again.out).toContain('none: this engine was started elsewhere');
    expect(again.code).toBe(0);
  } finally {
    process.kill(engine, 'SIGTERM');
  }
  await until(async () => !(await answers(endpointIn(first.err))), 20_000);
});

test('Ctrl-C in the middle of a storm stops the engine and says so by its exit code', async () => {
  const { child, ended } = command('--events', '1000');
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const hadBegun = err.includes('sending 1000 events');
    err += chunk.toString();
    if (!hadBegun && err.includes('sending 1000 events')) child.kill('SIGINT');
  });
  expect(await ended).toMatchObject({ code: 130, out: '' });
  expect(err).toContain('stopped by SIGINT');
  expect(await answers(endpointIn(err))).toBe(false);
});

describe('a storm finds the fault of', () => {
  async function stormOver(fault: string, options: Partial<StormOptions>): Promise<StormResult> {
    const { storm } = require('../../examples/webhook-ingestion/storm') as typeof import('../../examples/webhook-ingestion/storm');
    const [result] = await runSession({
      options: { ...(parseStormOptions([]) as StormOptions), ...options },
      storm,
      app: `node test/support/storm/faulty-app.cjs ${fault}`,
      workingDirectory: root,
      progress: () => {},
    });
    return result!;
  }

  test('a worker without idempotency: events are done twice, and the books are off', async () => {
    const result = await stormOver('unguarded', { events: 60 });
    expect(result.clean).toBe(false);
    expect(result.doubled.length).toBeGreaterThan(0);
    expect(result.doubled[0]).toMatch(/^evt_s1_\d{6}$/);
    expect(result.booksOff.length).toBeGreaterThan(0);
  });

  test('a receiver that answers before the event is safe: what it accepted is lost', async () => {
    const result = await stormOver('lossy', { events: 30 });
    expect(result.clean).toBe(false);
    expect(result.done).toBe(0);
    expect(result.lost).toHaveLength(30);
    expect(result.wronglyAccepted.length).toBeGreaterThan(0);
  });
});
