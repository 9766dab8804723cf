import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Memory that is resident, in MB of 2^20 bytes. */
export interface Resources {
  /** This process: senders, proxy, account. */
  readonly stormMegabytes: number;
  readonly engineMegabytes: number;
  /** Processes of functions. */
  readonly functions: number;
}

/** Reads the output of `ps -A -o pid=,ppid=,rss=`, in which sizes are in KB. */
export function readProcessTable(table: string, engineProcessId: number): Pick<Resources, 'engineMegabytes' | 'functions'> {
  let engineMegabytes = 0;
  let functions = 0;
  for (const line of table.split('\n')) {
    const [processId, parent, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    if (processId === engineProcessId) engineMegabytes = Math.round(kilobytes / 1024);
    if (parent === engineProcessId) functions += 1;
  }
  return { engineMegabytes, functions };
}

export async function resourcesNow(engineProcessId: number): Promise<Resources> {
  const { stdout } = await execute('ps', ['-A', '-o', 'pid=,ppid=,rss='], { maxBuffer: 2 ** 24 }).catch(() => ({ stdout: '' }));
  return { stormMegabytes: Math.round(process.memoryUsage.rss() / 2 ** 20), ...readProcessTable(stdout, engineProcessId) };
}

/** Looks every so often, hands each look on and keeps the most of each figure. */
export class ResourceWatch {
  #most: Resources = { stormMegabytes: 0, engineMegabytes: 0, functions: 0 };
  readonly #timer: NodeJS.Timeout;

  constructor(engineProcessId: () => number | undefined, everyMilliseconds: number, onLook: (now: Resources) => void) {
    this.#timer = setInterval(async () => {
      const processId = engineProcessId();
      if (processId === undefined) return;
      const now = await resourcesNow(processId);
      this.#most = mostOf(this.#most, now);
      onLook(now);
    }, everyMilliseconds);
    this.#timer.unref();
  }

  /** The most that was seen of each. */
  get most(): Resources {
    return this.#most;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function mostOf(one: Resources, other: Resources): Resources {
  return {
    stormMegabytes: Math.max(one.stormMegabytes, other.stormMegabytes),
    engineMegabytes: Math.max(one.engineMegabytes, other.engineMegabytes),
    functions: Math.max(one.functions, other.functions),
  };
}
