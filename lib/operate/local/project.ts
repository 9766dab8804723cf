import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LocalEngine, Progress } from './contract';
import { access, endGroup, identityAt, startEngine } from './engine';
import { cacheDirectory } from './installation';
import { lock } from './lock';
import { clearRunDirectory } from './run-directory';

const run = promisify(execFile);

/**
 * The engine of a project between two commands. What is known of it lies in the cache folder, one file per project folder, so that nothing appears in
 * the project itself.
 */
interface ProjectState {
  readonly project: string;
  readonly endpoint: string;
  readonly pid: number;
  readonly identity: string;
  readonly logFile?: string;
  /** Where stacks were deployed to: accounts and regions whose functions have logs. */
  readonly environments: ReadonlyArray<{ readonly account: string; readonly region: string }>;
}

export interface ProjectEngine {
  readonly engine: LocalEngine;
  readonly environments: ProjectState['environments'];
}

/**
 * Starts the project's engine in the background, or finds the one that runs already.
 * @throws when one is there that doesn't answer.
 */
export async function startProjectEngine(
  project: string,
  port: number | undefined,
  progress: Progress,
): Promise<LocalEngine & { readonly isNew: boolean }> {
  const file = stateFile(project);
  const unlock = await lock(`${file}.lock`, () => progress('waiting for another command of this project'));
  try {
    const state = readState(file);
    if (state !== undefined) {
      if ((await identityAt(state.endpoint)) === state.identity) return { ...engineOf(state), isNew: false };
      if (await isRunning(state)) {
        throw new Error(
          `the engine of this project (process ${state.pid}) does not answer at ${state.endpoint}: stop it with \`breakwater local down\`, then start it again.`,
        );
      }
    }
    const engine = await startEngine({ port, progress, background: true });
    if (engine.pid === undefined || engine.identity === undefined) return { ...engine, isNew: false };
    const { endpoint, pid, identity, logFile } = engine;
    writeState(file, { project: realpathSync(project), endpoint, pid, identity, logFile, environments: [] });
    return { ...engine, isNew: true };
  } finally {
    await unlock();
  }
}

/** The engine that runs for this project, or the one that an endpoint names. @throws when there is none. */
export async function findProjectEngine(project: string, endpoint: string | undefined, progress: Progress): Promise<ProjectEngine> {
  const given = endpoint ?? process.env.BREAKWATER_ENDPOINT;
  if (given) return { engine: await startEngine({ endpoint: given, progress }), environments: [] };
  const state = readState(stateFile(project));
  if (state === undefined || (await identityAt(state.endpoint)) !== state.identity) {
    throw new Error(`no local engine runs for ${project}: start it with \`breakwater local up\`, or name one with --endpoint URL.`);
  }
  return { engine: engineOf(state), environments: state.environments };
}

/** Keeps where the project's stacks went, for `local logs`. Of an engine that isn't the project's own, nothing is kept. */
export function rememberEnvironments(project: string, engine: LocalEngine, environments: ProjectState['environments']): void {
  const file = stateFile(project);
  const state = readState(file);
  if (state?.endpoint !== engine.endpoint) return;
  const all = new Map(
    [...state.environments, ...environments].map((each) => [
      `${each.account}/${each.region}`,
      { account: each.account, region: each.region },
    ]),
  );
  writeState(file, { ...state, environments: [...all.values()] });
}

/** Stops the project's engine. @returns its endpoint, or undefined when none ran. */
export async function stopProjectEngine(project: string): Promise<string | undefined> {
  const file = stateFile(project);
  const state = readState(file);
  if (state === undefined) return undefined;
  const ran = await isRunning(state);
  if (ran) {
    await endGroup(state.pid, 'SIGTERM');
    if (state.logFile !== undefined) await clearRunDirectory(path.dirname(state.logFile));
  }
  rmSync(file, { force: true });
  return ran ? state.endpoint : undefined;
}

function engineOf(state: ProjectState): LocalEngine {
  return {
    ...access(state.endpoint),
    port: Number(new URL(state.endpoint).port),
    pid: state.pid,
    logFile: state.logFile,
    stop: () => endGroup(state.pid, 'SIGTERM'),
  };
}

/** The process id alone would not do: after a restart of the machine it is anybody's. */
async function isRunning(state: ProjectState): Promise<boolean> {
  try {
    return readFileSync(`/proc/${state.pid}/cmdline`, 'utf8').includes(state.identity);
  } catch {
    const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(state.pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes(state.identity);
  }
}

function stateFile(project: string): string {
  const folder = path.join(cacheDirectory(), 'projects');
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(realpathSync(project)).digest('hex').slice(0, 16);
  return path.join(folder, `${name}.json`);
}

function readState(file: string): ProjectState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProjectState;
  } catch {
    return undefined;
  }
}

function writeState(file: string, state: ProjectState): void {
  writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`);
}
