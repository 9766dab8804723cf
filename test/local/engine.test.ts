import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type LocalEngine, pauseEngine, restartEngine, resumeEngine, startEngine } from '../../lib/operate/local';
import { engineRequest } from '../../lib/operate/local/engine-request';
import { ENGINE_PACKAGE, ENGINE_VERSION, installEngine } from '../../lib/operate/local/installation';
import { endChildren, startEngineInChild } from '../support/engine/child';
import { groupExists, until } from '../support/engine/processes';

jest.setTimeout(300_000);

const lines: string[] = [];
const progress = (line: string): void => {
  lines.push(line);
};
const engines: LocalEngine[] = [];
const folders: string[] = [];

async function start(options: Partial<Parameters<typeof startEngine>[0]> = {}): Promise<LocalEngine> {
  const engine = await startEngine({ progress, ...options });
  engines.push(engine);
  return engine;
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'breakwater-engine-test-'));
  folders.push(made);
  return made;
}

const environment = { ...process.env };
beforeEach(() => {
  lines.length = 0;
});
afterEach(async () => {
  process.env = { ...environment };
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});
afterAll(endChildren);

/** index.js: `exports.handler = () => { for (;;); };` */
const ZIP_OF_ENDLESS_FUNCTION =
  'UEsDBBQAAAAAAAAAIVBOsISvJwAAACcAAAAIAAAAaW5kZXguanNleHBvcnRzLmhhbmRsZXIgPSAoKSA9PiB7IGZvciAoOzspOyB9OwpQSwECFAMUAAAAAAAAACFQTrCErycAAAAnAAAACAAAAAAAAAAAAAAAgAEAAAAAaW5kZXguanNQSwUGAAAAAAEAAQA2AAAATQAAAAAA';

const isHealthy = (endpoint: string): Promise<boolean> =>
  fetch(`${endpoint}/_localstack/health`).then(
    (answer) => answer.ok,
    () => false,
  );

/** A function whose process never ends by itself: what an engine must not leave behind. */
async function runEndlessFunction(endpoint: string): Promise<void> {
  const target = { endpoint, region: 'us-east-1', accessKeyId: 'test', secretAccessKey: 'test' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const role = {
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName: 'any',
    AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
  };
  await engineRequest(target, { service: 'iam', headers: form, body: new URLSearchParams(role).toString() });
  const created = await engineRequest(target, {
    service: 'lambda',
    path: '/2015-03-31/functions',
    body: JSON.stringify({
      FunctionName: 'endless',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Timeout: 600,
      Code: { ZipFile: ZIP_OF_ENDLESS_FUNCTION },
    }),
  });
  expect([created.status, created.text]).toEqual([201, expect.stringContaining('endless')]);
  await engineRequest(target, {
    service: 'lambda',
    path: '/2015-03-31/functions/endless/invocations',
    headers: { 'x-amz-invocation-type': 'Event' },
    body: '{}',
  });
}

describe('an engine', () => {
  test('comes up on a free port of this machine alone, serves AWS clients, writes its own log and goes without a trace', async () => {
    const engine = await start();
    expect(engine.endpoint).toBe(`http://127.0.0.1:${engine.port}`);
    expect(engine).toMatchObject({ region: 'us-east-1', accountId: '000000000000' });
    const s3 = new S3Client({ ...engine.clientConfig, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name: name }) => name)).toEqual(['mine']);
    expect(readFileSync(engine.logFile!, 'utf8')).toMatch(/Ready/);
    const temporary = path.join(path.dirname(engine.logFile!), 'tmp');
    expect(existsSync(temporary)).toBe(true);

    await engine.stop();
    await engine.stop();
    expect(groupExists(engine.pid!)).toBe(false);
    expect(await isHealthy(engine.endpoint)).toBe(false);
    expect(existsSync(temporary)).toBe(false);
  });

  test('takes its function processes along when it stops, though one of them never ends', async () => {
    const engine = await start();
    await runEndlessFunction(engine.endpoint);
    await until('the function runs', () => readFileSync(engine.logFile!, 'utf8').includes('Lambda worker spawned for endless'));
    await engine.stop();
    expect(groupExists(engine.pid!)).toBe(false);
  });

  test('runs beside another, and each has its own state', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.port).not.toBe(other.port);
    await new SQSClient(one.clientConfig).send(new CreateQueueCommand({ QueueName: 'only-here' }));
    expect((await new SQSClient(one.clientConfig).send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(1);
    expect((await new SQSClient(other.clientConfig).send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
    await one.stop();
    expect(await isHealthy(other.endpoint)).toBe(true);
  });

  test('stands for the account that is asked for', async () => {
    const engine = await start({ accountId: '123456789012' });
    expect(engine.accountId).toBe('123456789012');
    const { QueueUrl: url } = await new SQSClient(engine.clientConfig).send(new CreateQueueCommand({ QueueName: 'q' }));
    expect(url).toContain('/123456789012/q');
    await expect(startEngine({ progress, endpoint: engine.endpoint, accountId: '12' })).rejects.toThrow(
      /accountId: must have twelve digits, got "12"/,
    );
  });

  test('freezes and goes on', async () => {
    const engine = await start();
    pauseEngine(engine);
    await expect(fetch(`${engine.endpoint}/_localstack/health`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    resumeEngine(engine);
    expect(await isHealthy(engine.endpoint)).toBe(true);
    pauseEngine(engine);
    await engine.stop();
    expect(groupExists(engine.pid!)).toBe(false);
  });

  test('comes back after a restart with its queues, messages and objects, on the same port, when it has a state folder', async () => {
    const options = { progress, stateDirectory: folder() };
    const before = await start(options);
    const { QueueUrl: url } = await new SQSClient(before.clientConfig).send(new CreateQueueCommand({ QueueName: 'q' }));
    await new SQSClient(before.clientConfig).send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'kept' }));
    await new S3Client({ ...before.clientConfig, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'kept' }));
    const after = await restartEngine(before, options);
    engines.push(after);
    expect(after.endpoint).toBe(before.endpoint);
    expect(after.pid).not.toBe(before.pid);
    const { Messages: messages } = await new SQSClient(after.clientConfig).send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(messages?.map(({ Body: body }) => body)).toEqual(['kept']);
    const { Buckets: buckets } = await new S3Client({ ...after.clientConfig, forcePathStyle: true }).send(new ListBucketsCommand({}));
    expect(buckets?.map(({ Name: name }) => name)).toEqual(['kept']);
  });

  test('that cannot start says why, with its last log lines', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(startEngine({ progress, port })).rejects.toThrow(
      new RegExp(
        `the local engine ended at once \\(exit code 1\\)\\. Its log, .*engine\\.log, ends with:\\n[^]*127\\.0\\.0\\.1:${port} is already in use`,
      ),
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('an engine of a program that ends', () => {
  test.each([
    ['by SIGINT (Ctrl-C)', 'setInterval(() => {}, 1000);', 'SIGINT', 'SIGINT'],
    ['by SIGTERM', 'setInterval(() => {}, 1000);', 'SIGTERM', 'SIGTERM'],
    ['by SIGKILL', 'setInterval(() => {}, 1000);', 'SIGKILL', 'SIGKILL'],
    ['by an exception', "setTimeout(() => { throw new Error('bug'); }, 200);", undefined, 1],
    ['by process.exit', 'process.exit(3);', undefined, 3],
    ['because it has nothing more to do, stop() forgotten', '', undefined, 0],
  ] as const)('ends with it, its busy function too: %s', async (_case, then, signal, how) => {
    const child = await startEngineInChild(then);
    if (signal !== undefined) {
      await runEndlessFunction(child.endpoint);
      child.process.kill(signal);
    }
    expect(await child.ended).toBe(how);
    await until('every process of the engine is gone', () => !groupExists(child.enginePid));
  });
});

describe('an endpoint that is given', () => {
  test.each(['option', 'environment variable'])('is used, neither started nor stopped nor installed: %s', async (way) => {
    const running = await start();
    lines.length = 0;
    process.env.BREAKWATER_CACHE = folder();
    process.env.PATH = folder();
    if (way !== 'option') process.env.BREAKWATER_ENDPOINT = `${running.endpoint}/`;
    const engine = await startEngine({ progress, endpoint: way === 'option' ? running.endpoint : undefined });
    expect(engine).toMatchObject({ endpoint: running.endpoint, port: running.port, clientConfig: running.clientConfig });
    expect(engine.pid).toBeUndefined();
    expect(lines).toEqual([`using the local engine at ${running.endpoint}`]);
    await engine.stop();
    expect(await isHealthy(running.endpoint)).toBe(true);
    expect(() => pauseEngine(engine)).toThrow(/was not started here/);
  });

  test('at which nothing answers is refused', async () => {
    await expect(startEngine({ progress, endpoint: 'http://127.0.0.1:9' })).rejects.toThrow(
      /no local engine answers at http:\/\/127\.0\.0\.1:9/,
    );
    await expect(startEngine({ progress, endpoint: 'ftp://x' })).rejects.toThrow(/must be an http\(s\) URL/);
  });
});

describe('the installation', () => {
  test('without Python says what to install', async () => {
    process.env.BREAKWATER_CACHE = folder();
    process.env.PATH = folder();
    await expect(startEngine({ progress })).rejects.toThrow(
      /needs Python 3\.10 or newer.*found: no Python in PATH.*apt-get install python3 python3-venv/s,
    );
  });

  test('without a reachable package index says so, and leaves nothing half-made behind', async () => {
    const cache = folder();
    process.env.BREAKWATER_CACHE = cache;
    process.env.PIP_INDEX_URL = 'http://127.0.0.1:9/simple';
    process.env.PIP_RETRIES = '0';
    process.env.PIP_NO_CACHE_DIR = '1';
    await expect(startEngine({ progress })).rejects.toThrow(/pip could not install ministack==.*is the Python package index reachable/s);
    expect(readdirSync(cache)).toEqual([]);
  });

  test('replaces a damaged one, once for two that start at the same time, and is found again', async () => {
    const cache = folder();
    const env = { ...process.env, BREAKWATER_CACHE: cache };
    const target = path.join(cache, `${ENGINE_PACKAGE}-${ENGINE_VERSION}`);
    mkdirSync(path.join(target, 'bin'), { recursive: true });
    writeFileSync(path.join(target, 'bin', 'python'), 'half-made');
    const [one, other] = await Promise.all([installEngine(progress, env), installEngine(progress, env)]);
    expect([one, other]).toEqual([path.join(target, 'bin', 'python'), one]);
    expect(lines.filter((line) => line.startsWith('installing'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('waiting'))).toHaveLength(1);
    expect(readdirSync(cache)).toEqual([path.basename(target)]);

    lines.length = 0;
    expect(await installEngine(progress, { ...env, PATH: folder() })).toBe(one);
    expect(lines).toEqual([]);
  });
});
