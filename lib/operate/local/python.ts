import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The oldest Python the engine's package declares to run on. */
export const OLDEST_PYTHON = [3, 10] as const;

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

const PROBE = [
  'import importlib.util, sys',
  'missing = [m for m in ("venv", "ensurepip") if importlib.util.find_spec(m) is None]',
  'print(sys.version_info[0], sys.version_info[1], ",".join(missing) or "-")',
].join('\n');

/**
 * The command of a Python that can install the engine: 3.10 or newer, with venv and pip.
 * @throws when there is none; the message lists what was found and says what to install.
 */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const found: string[] = [];
  for (const command of CANDIDATES) {
    const answer = await probe(command, environment);
    if (answer === undefined) continue;
    const [major, minor, missing] = answer;
    if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
      found.push(`${command} is ${major}.${minor}`);
    } else if (missing !== '-') {
      found.push(`${command} is ${major}.${minor} without ${missing.split(',').join(' and ')}`);
    } else {
      return command;
    }
  }
  throw new Error(
    [
      `the local engine needs Python ${OLDEST_PYTHON.join('.')} or newer with venv and pip; found: ${found.length > 0 ? found.join('; ') : 'no Python in PATH'}.`,
      'Install it:',
      '  Debian, Ubuntu   sudo apt-get install python3 python3-venv',
      '  Fedora, RHEL     sudo dnf install python3',
      '  Alpine           sudo apk add python3',
      '  macOS            brew install python3',
      'or name an engine that already runs: --endpoint URL, or BREAKWATER_ENDPOINT=URL.',
    ].join('\n'),
  );
}

async function probe(command: string, environment: NodeJS.ProcessEnv): Promise<readonly [number, number, string] | undefined> {
  try {
    const { stdout } = await run(command, ['-c', PROBE], { env: environment, timeout: 20_000 });
    const [major, minor, missing] = stdout.trim().split(' ');
    return [Number(major), Number(minor), missing ?? '-'];
  } catch {
    // Not in PATH, or a stub that only offers to install Python (macOS, Windows).
    return undefined;
  }
}
