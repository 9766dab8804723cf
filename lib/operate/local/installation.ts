import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from './contract';
import { lock } from './lock';
import { findPython } from './python';

const run = promisify(execFile);

export const ENGINE_PACKAGE = 'ministack';
/** One exact version: what holds and what doesn't on the engine was found out on this one. */
export const ENGINE_VERSION = '1.5.33';
/** Lambda's Python runtimes bring it, and the CDK's own custom resources (bucket notifications, for one) count on it. */
const PYTHON_SDK = 'boto3';

/** Folder for what can be made again: BREAKWATER_CACHE, or the platform's cache folder. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (environment.BREAKWATER_CACHE) return path.resolve(environment.BREAKWATER_CACHE);
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'cdk-breakwater');
  // The XDG specification says that a relative path there is to be ignored.
  const xdg = environment.XDG_CACHE_HOME;
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.cache'), 'cdk-breakwater');
}

/**
 * Installs the engine once into a virtual environment of its own below the cache folder and answers the Python that runs it.
 * Whatever is there counts only when that Python finds the pinned version; anything else is replaced.
 * @throws when Python is missing or the package can't be installed.
 */
export async function installEngine(progress: Progress, environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const cache = cacheDirectory(environment);
  const target = path.join(cache, `${ENGINE_PACKAGE}-${ENGINE_VERSION}`);
  if (await isInstalled(target, environment)) return pythonOf(target);

  await mkdir(cache, { recursive: true });
  // Spares two processes the same download; that they don't collide is the rename's doing.
  const unlock = await lock(`${target}.lock`, () => progress('waiting for another process that installs the local engine'));
  try {
    if (await isInstalled(target, environment)) return pythonOf(target);
    const python = await findPython(environment);
    const started = performance.now();
    progress(`installing the local engine (${ENGINE_PACKAGE} ${ENGINE_VERSION}) once, into ${target}`);
    const fresh = await mkdtemp(`${target}.new-`);
    try {
      await install(python, fresh, environment);
      await replace(fresh, target);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
    if (!(await isInstalled(target, environment))) {
      throw new Error(`the local engine was installed into ${target}, but its Python doesn't find it: delete that folder and try again.`);
    }
    progress(`installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    return pythonOf(target);
  } finally {
    await unlock();
  }
}

function pythonOf(target: string): string {
  return path.join(target, 'bin', 'python');
}

async function isInstalled(target: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const { stdout } = await run(
      pythonOf(target),
      ['-c', `from importlib.metadata import version; import ministack; version("${PYTHON_SDK}"); print(version("${ENGINE_PACKAGE}"))`],
      { env: environment, timeout: 30_000 },
    );
    return stdout.trim() === ENGINE_VERSION;
  } catch {
    return false;
  }
}

async function install(python: string, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  // A user-wide pip setting would make pip leave the virtual environment.
  const env = { ...environment, PIP_USER: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' };
  await runOrExplain(
    python,
    ['-m', 'venv', folder],
    env,
    'python3 -m venv failed (on Debian and Ubuntu: sudo apt-get install python3-venv)',
  );
  await runOrExplain(
    pythonOf(folder),
    ['-m', 'pip', 'install', '--quiet', `${ENGINE_PACKAGE}==${ENGINE_VERSION}`, PYTHON_SDK],
    env,
    `pip could not install ${ENGINE_PACKAGE}==${ENGINE_VERSION} (is the Python package index reachable? pip's own settings, such as PIP_INDEX_URL, are honoured)`,
  );
}

/** Renamed in one step, so that nobody ever sees a half-made one. Scripts in `bin` would name the old path: we start modules only. */
async function replace(fresh: string, target: string): Promise<void> {
  const old = `${fresh}.old`;
  await rename(target, old).catch(() => {});
  try {
    await rename(fresh, target);
  } catch (error) {
    // Another process was quicker: its installation is as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

function runOrExplain(command: string, args: readonly string[], env: NodeJS.ProcessEnv, explanation: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new Error(`${explanation}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${explanation}:\n${output.trim()}`));
    });
  });
}
