import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stackOfResources } from './review-templates';

const root = path.resolve(__dirname, '../..');
const command = path.join(root, 'dist', 'bin', 'breakwater.js');
const rounds = 9;

interface Target {
  readonly name: string;
  readonly measured: number;
  readonly most: number;
  readonly unit: string;
}

/** Prints whether a promise is kept. */
function told({ name, measured, most, unit }: Target, beside = ''): boolean {
  const met = measured <= most;
  console.log(`${met ? 'met   ' : 'MISSED'}  ${name}: ${measured.toFixed(2)} ${unit} (target ${most} ${unit})${beside}`);
  return met;
}

interface Usage {
  /** Seconds of the processor. The clock on the wall tells how busy the machine is. */
  readonly seconds: number;
  /** Peak memory in megabytes, as the operating system counted it. */
  readonly megabytes: number;
}

/** What a process of Node uses that runs this, and says itself when it ends. */
function usage(script: string): Usage {
  const tells = `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())));`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', `${tells}${script}`], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const told = /\{"userCPUTime".*\}$/.exec(stderr)?.[0];
  if ((status !== 0 && status !== 1) || told === undefined) throw new Error(`node ended with ${status}: ${stderr}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(told) as NodeJS.ResourceUsage;
  return { seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 };
}

/** The command line with arguments, as the shell would start it. */
function breakwater(...args: readonly string[]): string {
  return `process.argv = ${JSON.stringify([process.execPath, command, ...args])}; require(${JSON.stringify(command)});`;
}

/** The least that each used over several rounds, in turn: what else the machine does only ever adds. */
function least(...scripts: readonly string[]): Usage[] {
  const all = scripts.map((): Usage[] => []);
  for (let round = 0; round < rounds; round += 1) for (const [index, script] of scripts.entries()) all[index]!.push(usage(script));
  return all.map((one) => ({
    seconds: Math.min(...one.map(({ seconds }) => seconds)),
    megabytes: Math.max(...one.map(({ megabytes }) => megabytes)),
  }));
}

/** Time and memory of `breakwater review` and `breakwater cost`, measured as a user meets them: whole processes. */
export function reviewWithinBounds(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-bench-review-'));
  try {
    const write = (name: string, resources: number) => {
      const file = path.join(folder, `${name}.template.json`);
      writeFileSync(file, JSON.stringify(stackOfResources(resources), undefined, 1));
      return file;
    };
    const five = write('five-hundred', 500);
    const twenty = write('two-thousand', 2_000);
    const hundred = Array.from({ length: 100 }, (_, index) => write(`stack${index}`, 60));
    const [start, cost, loaded, small, large, stacks] = least(
      '',
      breakwater('cost', five),
      breakwater('review', '--rules'),
      breakwater('review', five),
      breakwater('review', twenty),
      breakwater('review', ...hundred),
    ) as [Usage, Usage, Usage, Usage, Usage, Usage];
    const modules = `; ${(loaded.seconds - start.seconds).toFixed(2)} s of it load the modules`;
    const growth = (large.seconds - loaded.seconds) / (small.seconds - loaded.seconds);
    return [
      told(
        { name: 'review of 500 resources, on top of the start of Node', measured: small.seconds - start.seconds, most: 0.3, unit: 's' },
        modules,
      ),
      told({
        name: 'cost of 500 resources at three loads, on top of the start of Node',
        measured: cost.seconds - start.seconds,
        most: 0.3,
        unit: 's',
      }),
      told({ name: 'review of 100 stacks of 60 resources', measured: stacks.seconds, most: 5, unit: 's' }),
      told({ name: 'growth from 500 to 2,000 resources', measured: growth, most: 5, unit: 'times' }),
      told({ name: 'peak memory of 500 resources', measured: small.megabytes, most: 200, unit: 'MB' }),
      told({ name: 'peak memory of 100 stacks', measured: stacks.megabytes, most: 200, unit: 'MB' }),
    ].every(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) process.exitCode = reviewWithinBounds() ? 0 : 1;
