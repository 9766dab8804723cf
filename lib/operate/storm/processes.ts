import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Which process holds the other end of a connection to this machine. */
export interface ProcessFinder {
  /** Process id of the owner of the local TCP port from which a connection came; undefined when it is gone or can't be seen. */
  ownerOf(remotePort: number): Promise<number | undefined>;
  parentOf(processId: number): Promise<number | undefined>;
}

/** Undefined on a platform where there is no way to tell. */
export function processFinder(platform: NodeJS.Platform = process.platform): ProcessFinder | undefined {
  if (platform === 'linux') return linux;
  if (platform === 'darwin') return darwin;
  return undefined;
}

const linux: ProcessFinder = {
  async ownerOf(remotePort) {
    const inode = await socketInode(remotePort);
    if (inode === undefined) return undefined;
    const wanted = `socket:[${inode}]`;
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
      // Processes of others can't be read, and any process may end while it is looked at.
      const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []);
      const links = await Promise.all(descriptors.map((descriptor) => readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '')));
      if (links.includes(wanted)) return Number(entry);
    }
    return undefined;
  },
  async parentOf(processId) {
    const stat = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
    // The second field is the command in brackets and may hold anything, spaces and brackets too.
    const parent = stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(' ')[1];
    return parent === undefined ? undefined : Number(parent);
  },
};

/** The client's end is the one whose local port is the remote port of ours. Node's clients may connect over IPv6 too. */
async function socketInode(localPort: number): Promise<string | undefined> {
  const port = localPort.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      if (fields[1]?.endsWith(`:${port}`) && inode !== undefined && inode !== '0') return inode;
    }
  }
  return undefined;
}

const darwin: ProcessFinder = {
  async ownerOf(remotePort) {
    const found = await execute('lsof', ['-nP', `-iTCP:${remotePort}`, '-sTCP:ESTABLISHED', '-Fpn']).catch(() => undefined);
    let processId: number | undefined;
    for (const line of found?.stdout.split('\n') ?? []) {
      if (line.startsWith('p')) processId = Number(line.slice(1));
      // Both ends are listed; the client's name starts with the port that was asked for.
      if (line.startsWith('n') && new RegExp(`^n\\S*:${remotePort}->`).test(line) && processId !== process.pid) return processId;
    }
    return undefined;
  },
  async parentOf(processId) {
    const found = await execute('ps', ['-o', 'ppid=', '-p', String(processId)]).catch(() => undefined);
    const parent = Number(found?.stdout.trim());
    return found !== undefined && Number.isInteger(parent) ? parent : undefined;
  },
};
