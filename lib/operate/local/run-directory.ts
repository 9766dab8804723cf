import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What an engine needs while it runs: its log, and folders for its functions' code and for the SDK they may require. */

export const TEMPORARY_FOLDER = 'tmp';
export const MODULES_FOLDER = 'runtime-modules';

const PREFIX = 'breakwater-engine-';
const PID_FILE = 'pid';
const KEPT_MS = 24 * 60 * 60 * 1000;

export function logFileIn(runDirectory: string): string {
  return path.join(runDirectory, 'engine.log');
}

/** A fresh one; those of engines that ended over a day ago go. */
export async function makeRunDirectory(parent: string = tmpdir()): Promise<string> {
  await removeOld(parent, Date.now() - KEPT_MS);
  return mkdtemp(path.join(parent, PREFIX));
}

/** Says whose it is, so that nobody removes it while that process runs. */
export async function claimRunDirectory(runDirectory: string, pid: number): Promise<void> {
  await writeFile(path.join(runDirectory, PID_FILE), String(pid));
}

/** The log stays for whoever asks why; the functions' code does not. */
export async function clearRunDirectory(runDirectory: string): Promise<void> {
  for (const folder of [TEMPORARY_FOLDER, MODULES_FOLDER]) await rm(path.join(runDirectory, folder), { recursive: true, force: true });
}

async function removeOld(parent: string, before: number): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(parent, name);
    try {
      if ((await stat(folder)).mtimeMs < before && !(await isClaimed(folder))) await rm(folder, { recursive: true, force: true });
    } catch {
      // Another's, or gone meanwhile.
    }
  }
}

async function isClaimed(folder: string): Promise<boolean> {
  const pid = Number(await readFile(path.join(folder, PID_FILE), 'utf8').catch(() => ''));
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
