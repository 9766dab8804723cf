import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';

/** A program of its own that starts an engine by our sources, says where it is, and then does what `then` says. */
export interface EngineChild {
  readonly process: ChildProcess;
  readonly endpoint: string;
  readonly enginePid: number;
  /** Resolves when the program has ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const root = path.resolve(__dirname, '../../..');
let folder: string | undefined;
const children: ChildProcess[] = [];

function engineModule(): string {
  if (folder === undefined) {
    folder = mkdtempSync(path.join(tmpdir(), 'breakwater-child-'));
    buildSync({
      entryPoints: [path.join(root, 'lib/operate/local/engine.ts')],
      bundle: true,
      platform: 'node',
      packages: 'external',
      outfile: path.join(folder, 'engine.js'),
    });
  }
  return path.join(folder, 'engine.js');
}

export function endChildren(): void {
  for (const child of children) child.kill('SIGKILL');
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

export async function startEngineInChild(then: string): Promise<EngineChild> {
  const script = path.join(path.dirname(engineModule()), `child-${process.hrtime.bigint()}.js`);
  writeFileSync(
    script,
    `require('./engine.js').startEngine({ progress: (line) => console.error(line) }).then(async (engine) => {
       process.stdout.write(JSON.stringify({ endpoint: engine.endpoint, enginePid: engine.pid }) + '\\n');
       ${then}
     });`,
  );
  const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((how) => {
      throw new Error(`the child ended (${how}) before its engine ran: ${complaints}`);
    }),
  ]);
  return { process: child, ended, ...(JSON.parse(line) as { endpoint: string; enginePid: number }) };
}
