import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../../../lib/operate/local/installation';
import { lock } from '../../../lib/operate/local/lock';
import { findPython } from '../../../lib/operate/local/python';

// The machine may be busy with other suites: a slow answer is no wrong one.
jest.setTimeout(60_000);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-python-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A PATH with nothing but commands that answer the probe as a Python of that kind would. */
function machineWith(pythons: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  for (const [name, script] of Object.entries(pythons)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  return { PATH: folder };
}

describe('the Python for the engine', () => {
  test.each([
    ['python3', { python3: 'echo 3 12 -', python: 'echo 3 13 -' }],
    ['python', { python: 'echo 3 10 -' }],
    ['python3.11', { python3: 'echo 3 9 -', 'python3.11': 'echo 3 11 -' }],
    ['python3.12', { python3: 'echo 3 13 venv,ensurepip', 'python3.12': 'echo 3 12 -' }],
    ['python', { python3: 'echo "xcode-select: note: no developer tools were found" >&2; exit 1', python: 'echo 4 0 -' }],
  ])('is the first that is new enough and complete: %s of %j', async (command, pythons) => {
    await expect(findPython(machineWith(pythons))).resolves.toBe(command);
  });

  test('is missed with what to install and what to do without it', async () => {
    const error = await findPython(machineWith({})).catch(String);
    expect(error).toMatch(/needs Python 3\.10 or newer with venv and pip; found: no Python in PATH/);
    expect(error).toMatch(/sudo apt-get install python3 python3-venv/);
    expect(error).toMatch(/brew install python3/);
    expect(error).toMatch(/BREAKWATER_ENDPOINT/);
  });

  test('is refused when it is too old or lacks venv, and each is named with its version', async () => {
    const error = await findPython(
      machineWith({ python3: 'echo 3 12 ensurepip', 'python3.10': 'echo 3 10 venv,ensurepip', python: 'echo 2 7 -' }),
    ).catch(String);
    expect(error).toMatch(/python3 is 3\.12 without ensurepip; python3\.10 is 3\.10 without venv and ensurepip; python is 2\.7/);
  });
});

describe('the cache folder', () => {
  test.each([
    ['BREAKWATER_CACHE first', { BREAKWATER_CACHE: '/x/y', XDG_CACHE_HOME: '/xdg' }, 'linux', '/x/y'],
    ['then XDG_CACHE_HOME', { XDG_CACHE_HOME: '/xdg' }, 'linux', '/xdg/cdk-breakwater'],
    ['a relative XDG_CACHE_HOME is ignored', { XDG_CACHE_HOME: 'xdg' }, 'linux', path.join(homedir(), '.cache/cdk-breakwater')],
    ['the home folder without either', {}, 'linux', path.join(homedir(), '.cache/cdk-breakwater')],
    ['macOS has one of its own', { XDG_CACHE_HOME: '/xdg' }, 'darwin', path.join(homedir(), 'Library/Caches/cdk-breakwater')],
  ] as const)('%s', (_case, environment, platform, expected) => {
    expect(cacheDirectory(environment, platform)).toBe(expected);
  });
});

describe('the lock of an installation', () => {
  test('is held by one at a time, and told to the others once', async () => {
    const order: string[] = [];
    const first = await lock(path.join(folder, 'a.lock'), () => order.push('never'));
    const second = lock(path.join(folder, 'a.lock'), () => {
      order.push('waits');
      setImmediate(() => {
        order.push('released');
        void first();
      });
    }).then((unlock) => {
      order.push('taken');
      return unlock();
    });
    await second;
    expect(order).toEqual(['waits', 'released', 'taken']);
  });

  test.each([
    ['whose owner is dead', '999999999'],
    ['that nobody signed', ''],
  ])('is taken over from one %s', async (_case, owner) => {
    mkdirSync(path.join(folder, 'b.lock'));
    writeFileSync(path.join(folder, 'b.lock', 'pid'), owner);
    const unlock = await lock(path.join(folder, 'b.lock'), () => {});
    await unlock();
  });
});
