import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { LocalEngine } from '../local/contract';

const execute = promisify(execFile);

/** Storms run in a clone of the repository that has been built, whether this file is the built one or its source. */
const COMMAND = path.resolve(
  __dirname,
  path.basename(path.resolve(__dirname, '../../..')) === 'dist' ? '../../..' : '../../../dist',
  'bin/breakwater.js',
);

/** Runs the command line in a process of its own, as a person does. @throws with what it wrote to standard error */
export async function breakwater(
  args: readonly string[],
  { endpoint }: Pick<LocalEngine, 'endpoint'>,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await execute(process.execPath, [COMMAND, ...args, '--endpoint', endpoint], { signal, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { readonly code?: unknown; readonly stderr?: string };
    throw new Error(`breakwater ${args.join(' ')} ended with ${String(code)}: ${stderr.trim()}`, { cause: error });
  }
}
