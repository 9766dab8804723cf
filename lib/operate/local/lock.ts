import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOCK_DEADLINE_MS = 10 * 60_000;

/**
 * Waits until no other living process holds the folder, and takes it. One whose owner died, or that is held for over ten minutes, is taken over; two
 * that take over at the same moment both go on, so what is done under a lock must bear that.
 */
export async function lock(folder: string, onWait: () => void): Promise<() => Promise<void>> {
  const owner = path.join(folder, 'pid');
  const deadline = Date.now() + LOCK_DEADLINE_MS;
  let told = false;
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(owner, String(process.pid));
      return () => rm(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (Date.now() > deadline || !(await isOwnerAlive(owner))) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await pause(200);
  }
}

async function isOwnerAlive(file: string): Promise<boolean> {
  let text = '';
  for (let attempt = 0; attempt < 10 && text === ''; attempt++) {
    // Between another's mkdir and its write the file is missing: give it a moment.
    text = await readFile(file, 'utf8').catch(() => '');
    if (text === '') await pause(50);
  }
  if (text === '') return false;
  try {
    process.kill(Number(text), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
