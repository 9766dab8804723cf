import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommandLine } from '../../lib/operate/command-line';
import { startEngine } from '../../lib/operate/local';
import { functionLogs } from '../../lib/operate/local/function-logs';
import { cacheDirectory } from '../../lib/operate/local/installation';
import { appFolder, SHOP } from '../support/engine/app';
import { captured } from '../support/engine/output';
import { groupExists, until } from '../support/engine/processes';

jest.setTimeout(300_000);

let project: string;
const run = (...args: string[]) => captured(() => runCommandLine(['local', ...args]));

beforeEach(() => {
  project = appFolder(SHOP);
  jest.spyOn(process, 'cwd').mockReturnValue(project);
});
afterEach(async () => {
  await run('down');
  jest.restoreAllMocks();
  rmSync(project, { recursive: true, force: true });
});

/** What is remembered of the engines of this very project. */
function remembered(): ReadonlyArray<{ readonly pid: number; readonly project: string }> {
  const folder = path.join(cacheDirectory(), 'projects');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
    .filter((state) => state.project === realpathSync(project));
}

const isHealthy = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(1_000) }).then(
    (answer) => answer.ok,
    () => false,
  );

async function up(): Promise<{ readonly endpoint: string; readonly pid: number }> {
  const { code, out } = await run('up');
  expect(code).toBe(0);
  const endpoint = out.trim();
  return { endpoint, pid: remembered()[0]!.pid };
}

test('up, deploy, logs and down go from an app to its addresses, its logs and nothing left', async () => {
  const started = await run('up');
  const endpoint = started.out.trim();
  expect(started).toMatchObject({ code: 0, out: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/) });
  expect(await run('up')).toMatchObject({ code: 0, out: `${endpoint}\n`, err: expect.stringContaining('it runs already') });

  const deployed = await run('deploy', '-c', 'grant=yes');
  expect(deployed.code).toBe(0);
  expect(deployed.out).toMatch(/^Shop\n {2}Url {8}http:\/\/127\.0\.0\.1:\d+\/_aws\/execute-api\/\w+\/\$default\/\n/);
  expect(deployed.out).toMatch(/not run locally .*\n {2}AWS::CloudWatch::CompositeAlarm {2}Shop\/Both/);
  const url = /http:\S+execute-api\S+/.exec(deployed.out)?.[0];
  expect((await fetch(`${url}orders/7`)).status).toBe(201);

  const json = await run('deploy', '--json', '-c', 'grant=yes');
  expect(JSON.parse(json.out)).toMatchObject({
    endpoint,
    stacks: [{ stackName: 'Shop', outputs: { Url: url } }],
    notRunLocally: [{ type: 'AWS::CloudWatch::CompositeAlarm' }],
  });

  expect((await run('logs')).out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} Shop-Order\S+ {2}order \/orders\/7$/m);
  expect((await run('logs', 'order')).out).toContain('order /orders/7');
  expect(await run('logs', 'payment')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no function has "payment" in its name; there are: Shop-Order/),
  });

  const reader = functionLogs(await startEngine({ endpoint, progress: () => {} }), [], undefined);
  const orders = async (): Promise<readonly string[]> => {
    const lines = await reader.next();
    return lines.map(({ message }) => message).filter((message) => message.startsWith('order '));
  };
  expect(await orders()).toEqual(['order /orders/7']);
  expect(await orders()).toEqual([]);
  await fetch(`${url}orders/8`);
  expect(await orders()).toEqual(['order /orders/8']);

  expect(await run('down')).toMatchObject({ code: 0, err: `stopped the local engine at ${endpoint}\n` });
  expect(await isHealthy(endpoint)).toBe(false);
  expect(await run('down')).toMatchObject({ code: 0, err: 'no local engine runs for this folder\n' });
  expect(readdirSync(project).sort()).toEqual(['app.js', 'cdk.json']);
});

test('another project has an engine of its own', async () => {
  const here = await up();
  const first = project;
  project = mkdtempSync(path.join(tmpdir(), 'breakwater-app-'));
  jest.spyOn(process, 'cwd').mockReturnValue(project);
  const there = await up();
  expect(there.endpoint).not.toBe(here.endpoint);
  await run('down');
  rmSync(project, { recursive: true, force: true });
  project = first;
  jest.spyOn(process, 'cwd').mockReturnValue(project);
  expect(await isHealthy(here.endpoint)).toBe(true);
});

test('an engine that died is noticed: deploy says so, up starts another', async () => {
  const dead = await up();
  process.kill(-dead.pid, 'SIGKILL');
  await until('the engine is gone', () => !groupExists(dead.pid));
  expect(await run('deploy')).toMatchObject({ code: 1, err: expect.stringContaining('start it with `breakwater local up`') });
  const alive = await up();
  expect(alive.pid).not.toBe(dead.pid);
  expect(await isHealthy(alive.endpoint)).toBe(true);
});

test('an engine that hangs is said to, and down ends it all the same', async () => {
  const hung = await up();
  process.kill(hung.pid, 'SIGSTOP');
  expect(await run('up')).toMatchObject({ code: 1, err: expect.stringMatching(/does not answer at .*breakwater local down/) });
  expect((await run('down')).code).toBe(0);
  expect(groupExists(hung.pid)).toBe(false);
  expect(remembered()).toEqual([]);
});

test('an engine of another kind is used by its endpoint, and down leaves it alone', async () => {
  const other = await up();
  const first = project;
  project = appFolder("new cdk.aws_sqs.Queue(new cdk.Stack(app, 'Guest'), 'Queue');");
  jest.spyOn(process, 'cwd').mockReturnValue(project);
  const deployed = await run('deploy', '--endpoint', other.endpoint);
  expect(deployed).toMatchObject({ code: 0, out: 'Guest\n  (no outputs)\n' });
  expect(await run('down')).toMatchObject({ code: 0, err: 'no local engine runs for this folder\n' });
  expect(await isHealthy(other.endpoint)).toBe(true);
  rmSync(project, { recursive: true, force: true });
  project = first;
  jest.spyOn(process, 'cwd').mockReturnValue(project);
});
