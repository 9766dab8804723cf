import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Which process holds the other end of a connection on this machine. */
export interface ProcessFinder {
  /**
   * Process id of the owner of the TCP port from which a connection came; undefined when it is gone or can't be seen.
   *
   * @param parent only children of this process are looked at, where that saves work
   */
  ownerOf(remotePort: number, parent?: number): Promise<number | undefined>;
  parentOf(processId: number): Promise<number | undefined>;
}

/** Undefined on a platform where there is no way to tell. */
export function processFinder(platform: NodeJS.Platform = process.platform): ProcessFinder | undefined {
  if (platform === 'linux') return { ownerOf: shared(scanLinux), parentOf: parentOnLinux };
  if (platform === 'darwin') return { ownerOf: shared(scanDarwin), parentOf: parentOnDarwin };
  return undefined;
}

/** Process id by local TCP port, of all connections as they are now, the wanted ones at least. */
type Scan = (parent: number | undefined, wanted: ReadonlySet<number>) => Promise<ReadonlyMap<number, number>>;

/** Functions come up in swarms: whoever asks while one scan runs shares the next. */
function shared(scan: Scan): ProcessFinder['ownerOf'] {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<ReadonlyMap<number, number>> | undefined;
  let wanted = new Set<number>();
  return async (remotePort, parent) => {
    wanted.add(remotePort);
    next ??= running.then(() => {
      const started = scan(parent, wanted);
      running = started.catch(() => undefined);
      next = undefined;
      wanted = new Set();
      return started;
    });
    return (await next).get(remotePort);
  };
}

// Without waiting: these files are the kernel's memory. Through the thread pool, hundreds of them cost thirty times as much.
async function scanLinux(parent: number | undefined, wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  const ports = establishedSockets(wanted);
  const owners = new Map<number, number>();
  for (const processId of parent === undefined ? allProcesses() : childrenOf(parent)) {
    if (processId === process.pid) continue;
    for (const descriptor of present(() => readdirSync(`/proc/${processId}/fd`)) ?? []) {
      const link = present(() => readlinkSync(`/proc/${processId}/fd/${descriptor}`)) ?? '';
      const port = link.startsWith('socket:[') ? ports.get(link.slice('socket:['.length, -1)) : undefined;
      if (port !== undefined) owners.set(port, processId);
    }
  }
  return owners;
}

/** Processes of others can't be read, and any process may end while it is looked at. */
function present<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/**
 * Local port by inode. A client in Node may connect over IPv6 as well; for each of these files the kernel goes through all it knows, which is most of what a
 * scan costs, so the second is read for those alone whom the first has not.
 */
function establishedSockets(wanted: ReadonlySet<number>): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  const missing = new Set(wanted);
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (missing.size === 0) break;
    for (const line of (present(() => readFileSync(table, 'utf8')) ?? '').split('\n')) {
      if (!line.includes(' 01 ')) continue;
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '01' && local !== undefined && inode !== undefined) {
        const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16);
        ports.set(inode, port);
        missing.delete(port);
      }
    }
  }
  return ports;
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function childrenOf(parent: number): number[] {
  const tasks = present(() => readdirSync(`/proc/${parent}/task`)) ?? [];
  const children = tasks.map((task) => present(() => readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8')));
  // Not every kernel is built with these files.
  if (children.every((list) => list === undefined)) return allProcesses();
  return children.flatMap((list) =>
    (list ?? '')
      .split(' ')
      .filter((entry) => entry !== '')
      .map(Number),
  );
}

async function parentOnLinux(processId: number): Promise<number | undefined> {
  const stat = present(() => readFileSync(`/proc/${processId}/stat`, 'utf8')) ?? '';
  // The second field is the command in brackets and may hold anything, spaces and brackets too.
  const parent = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

async function scanDarwin(): Promise<ReadonlyMap<number, number>> {
  const found = await execute('lsof', ['-nP', '-iTCP', '-sTCP:ESTABLISHED', '-Fpn'], { maxBuffer: 2 ** 26 }).catch(() => undefined);
  const owners = new Map<number, number>();
  let processId = 0;
  for (const line of found?.stdout.split('\n') ?? []) {
    if (line.startsWith('p')) processId = Number(line.slice(1));
    // n127.0.0.1:50123->127.0.0.1:4612: the owner's end comes first.
    const port = /^n\S*:(\d+)->/.exec(line)?.[1];
    if (port !== undefined && processId !== process.pid) owners.set(Number(port), processId);
  }
  return owners;
}

async function parentOnDarwin(processId: number): Promise<number | undefined> {
  const found = await execute('ps', ['-o', 'ppid=', '-p', String(processId)]).catch(() => undefined);
  const parent = Number.parseInt(found?.stdout ?? '', 10);
  return Number.isInteger(parent) ? parent : undefined;
}
