import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const NAME = /^breakwater-night-(\d+)-/;
/** Of this process: whatever else has its number was left by an earlier one of the same number, as in a Lambda environment that begins again. */
const ours = new Set<string>();

/** A folder for one piece of work, and how much it may hold. */
export interface Scratch {
  readonly folder: string;
  /** Bytes that were free when the work began. */
  readonly freeBytes: number;
}

/**
 * Gives a folder of its own to a piece of work, and removes it whatever the work does. Folders of processes that died over theirs are removed first: the disk of a
 * function outlives its process.
 */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>, parent = tmpdir()): Promise<T> {
  await removeAbandoned(parent);
  const folder = path.join(parent, `breakwater-night-${process.pid}-${randomUUID()}`);
  ours.add(folder);
  try {
    await mkdir(folder);
    const { bavail, bsize } = await statfs(folder);
    return await work({ folder, freeBytes: bavail * bsize });
  } finally {
    await rm(folder, { recursive: true, force: true });
    ours.delete(folder);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(NAME.exec(name)?.[1] ?? 0);
    const folder = path.join(parent, name);
    if (pid === 0 || ours.has(folder) || (pid !== process.pid && isAlive(pid))) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
