import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalEngine, LocalEngineOptions } from './contract';
import { DEFAULT_ACCESS_KEY, DEFAULT_ACCOUNT, DEFAULT_REGION, engineEnvironment, SECRET_ACCESS_KEY } from './engine-environment';
import { installEngine } from './installation';
import { LAUNCHER } from './launcher';
import { claimRunDirectory, clearRunDirectory, logFileIn, makeRunDirectory } from './run-directory';

/** Cold imports on a loaded machine take seconds; an engine that isn't up after this long never comes up. */
const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 5_000;
/** An engine with a state folder writes everything that stands in it before it ends: tens of thousands of messages and items take their time. */
const SAVE_DEADLINE_MS = 180_000;
const LOG_LINES_IN_ERROR = 20;

/** Told apart from every other engine by `identity`, which its health answer and its command line carry. */
export interface StartedEngine extends LocalEngine {
  readonly identity?: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  readonly identity: string;
  readonly runDirectory: string;
  readonly logFile: string;
}

/**
 * Installs the engine when it isn't yet and starts it on 127.0.0.1, or uses the one that runs at `options.endpoint` or BREAKWATER_ENDPOINT.
 * It ends with this process, however that ends, unless it is started for the background; `stop()` ends it in an orderly way, which alone saves state in
 * `stateDirectory`.
 * Not covered: an engine that stands still by `pauseEngine` when this process is killed; Windows (use WSL).
 * @throws when Python is missing, the port is taken, or the engine doesn't come up (with its last log lines).
 */
export async function startEngine(options: LocalEngineOptions): Promise<StartedEngine> {
  const given = options.endpoint ?? process.env.BREAKWATER_ENDPOINT;
  if (given) return useEndpoint(given, options);
  if (process.platform === 'win32') throw new Error('the local engine runs on Linux and macOS: on Windows, use WSL.');
  const python = await installEngine(options.progress);
  for (let attempt = 1; ; attempt++) {
    const started = await spawnEngine(python, options);
    try {
      await untilHealthy(started);
      options.progress(`local engine at ${endpointOf(started.port)}, log in ${started.logFile}`);
      return engineOf(started, options);
    } catch (error) {
      await endGroup(started.child.pid, 'SIGKILL');
      // Between choosing a free port and binding it, someone else may have taken it.
      if (options.port === undefined && attempt < 3 && /already in use/.test(lastLines(started.logFile))) continue;
      throw error;
    }
  }
}

/** Freezes the engine, as an outage of every service at once; functions that run go on. Requests wait until `resumeEngine`. */
export function pauseEngine(engine: LocalEngine): void {
  process.kill(pidOf(engine), 'SIGSTOP');
}

export function resumeEngine(engine: LocalEngine): void {
  process.kill(pidOf(engine), 'SIGCONT');
}

/** Stops the engine and starts it on the same port; with the `stateDirectory` it was started with, everything is there again. */
export async function restartEngine(engine: LocalEngine, options: LocalEngineOptions): Promise<LocalEngine> {
  pidOf(engine);
  await engine.stop();
  return startEngine({ ...options, endpoint: undefined, port: engine.port });
}

/** The identity that the engine at this endpoint carries, or undefined when none answers. */
export async function identityAt(endpoint: string, deadlineMs = 2_000): Promise<string | undefined> {
  try {
    const answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(deadlineMs) });
    const health = (await answer.json()) as { readonly edition?: string };
    return health.edition ?? 'unknown';
  } catch {
    return undefined;
  }
}

/** Ends a process group: SIGTERM to its leader, five seconds unless told otherwise, SIGKILL to whoever is left. */
export async function endGroup(pid: number | undefined, first: 'SIGTERM' | 'SIGKILL', deadlineMs = STOP_DEADLINE_MS): Promise<void> {
  if (pid === undefined) return;
  if (first === 'SIGTERM' && send(pid, 'SIGTERM')) {
    send(pid, 'SIGCONT');
    const deadline = Date.now() + deadlineMs;
    while (send(pid, 0) && Date.now() < deadline) await pause(50);
  }
  send(-pid, 'SIGKILL');
  // What init has not reaped yet still counts as there: wait, but not for ever.
  const deadline = Date.now() + 2_000;
  while (send(-pid, 0) && Date.now() < deadline) await pause(20);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function useEndpoint(url: string, options: LocalEngineOptions): Promise<LocalEngine> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error(`endpoint: must be an http(s) URL such as http://127.0.0.1:4566, got ${JSON.stringify(url)}.`);
  }
  const endpoint = new URL(url).origin;
  if ((await identityAt(endpoint)) === undefined) {
    throw new Error(
      `endpoint: no local engine answers at ${endpoint}/_localstack/health. Start it, or leave the endpoint out and one is started for you.`,
    );
  }
  options.progress(`using the local engine at ${endpoint}`);
  const port = Number(new URL(endpoint).port) || (endpoint.startsWith('https') ? 443 : 80);
  return { ...access(endpoint, options.accountId), port, stop: async () => {} };
}

async function spawnEngine(python: string, options: LocalEngineOptions): Promise<Started> {
  const port = options.port ?? (await freePort());
  const identity = `breakwater-${randomUUID()}`;
  const runDirectory = await makeRunDirectory();
  const logFile = logFileIn(runDirectory);
  const log = openSync(logFile, 'a');
  const child = spawn(python, ['-c', LAUNCHER, options.background ? 'stay' : 'follow', identity], {
    cwd: runDirectory,
    env: engineEnvironment({ port, identity, runDirectory, options }),
    // A group of its own: signals of the terminal don't reach it, and its function processes end with it.
    detached: true,
    stdio: [options.background ? 'ignore' : 'pipe', log, log],
  });
  closeSync(log);
  child.on('error', () => {});
  if (child.pid !== undefined) await claimRunDirectory(runDirectory, child.pid);
  // Forgetting `stop()` must not keep a program from ending.
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  child.stdin?.on('error', () => {});
  return { child, port, identity, runDirectory, logFile };
}

async function untilHealthy({ child, port, identity, logFile }: Started): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `the local engine ended at once (${child.signalCode ?? `exit code ${child.exitCode}`}). Its log, ${logFile}, ends with:\n${lastLines(logFile)}`,
      );
    }
    if ((await identityAt(endpointOf(port), 500)) === identity) return;
    await pause(50);
  }
  throw new Error(
    `the local engine did not answer on port ${port} within ${START_DEADLINE_MS / 1000} s. Its log, ${logFile}, ends with:\n${lastLines(logFile)}`,
  );
}

function engineOf(started: Started, options: LocalEngineOptions): StartedEngine {
  const { child, port, identity, runDirectory, logFile } = started;
  let stopped: Promise<void> | undefined;
  return {
    ...access(endpointOf(port), options.accountId),
    port,
    pid: child.pid,
    logFile,
    identity,
    stop: () => {
      stopped ??= (async () => {
        await endGroup(child.pid, 'SIGTERM', options.stateDirectory === undefined ? STOP_DEADLINE_MS : SAVE_DEADLINE_MS);
        await clearRunDirectory(runDirectory);
      })();
      return stopped;
    },
  };
}

/** Everything of a `LocalEngine` that follows from where it is and as whom one asks. */
export function access(endpoint: string, accountId?: string): Pick<LocalEngine, 'endpoint' | 'region' | 'accountId' | 'clientConfig'> {
  const accessKeyId = accountId ?? DEFAULT_ACCESS_KEY;
  if (accessKeyId !== DEFAULT_ACCESS_KEY && !/^\d{12}$/.test(accessKeyId)) {
    throw new Error(`accountId: must have twelve digits, got ${JSON.stringify(accountId)}.`);
  }
  return {
    endpoint,
    region: DEFAULT_REGION,
    accountId: accessKeyId === DEFAULT_ACCESS_KEY ? DEFAULT_ACCOUNT : accessKeyId,
    clientConfig: { endpoint, region: DEFAULT_REGION, credentials: { accessKeyId, secretAccessKey: SECRET_ACCESS_KEY } },
  };
}

function endpointOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function pidOf(engine: LocalEngine): number {
  if (engine.pid === undefined)
    throw new Error(`the engine at ${engine.endpoint} was not started here, so it can't be paused or restarted.`);
  return engine.pid;
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_IN_ERROR).join('\n');
  } catch {
    return '(no log)';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
