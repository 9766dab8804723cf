import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ARCHITECTURE, RUNTIME } from './handler';
import { refuse } from './rule';

export interface NativeLayerProps {
  readonly description: string;
  /** Exact versions by name. */
  readonly packages: { readonly [name: string]: string };
  /** Files below `node_modules` without which the packages don't run on Lambda: an npm that does not know its platform flags brings this machine's instead. */
  readonly mustHold: readonly string[];
  /**
   * Folder in which fetched packages stay.
   *
   * @default - node_modules/.cache/cdk-breakwater of the working directory
   */
  readonly cacheFolder?: string;
}

/**
 * A layer with npm packages that have a native part, as Lambda's Linux on arm64 needs it: fetched by npm, once for each machine and version, without Docker. No install
 * script runs. The asset is known by names and versions, so that every machine makes the same one.
 *
 * Functions find it through `require`, not through `import`: Node looks into layers by NODE_PATH, which `import` doesn't know.
 *
 * @throws RuleViolation when npm can't bring the packages
 */
export function nativeLayer(scope: Construct, id: string, props: NativeLayerProps): LayerVersion {
  const hash = hashOf(props.packages);
  const cache = props.cacheFolder ?? join(process.cwd(), 'node_modules', '.cache', 'cdk-breakwater', 'layers');
  return new LayerVersion(scope, id, {
    description: props.description,
    compatibleArchitectures: [ARCHITECTURE],
    compatibleRuntimes: [RUNTIME],
    // As with bundling: `cdk ls` and the like ask for no code, and must not wait for any.
    code: Stack.of(scope).bundlingRequired
      ? Code.fromAsset(fetched(scope, join(cache, hash), props), { assetHash: hash })
      : Code.fromAsset(made(join(cache, 'not-fetched'))),
  });
}

function fetched(scope: Construct, folder: string, { packages, mustHold }: NativeLayerProps): string {
  if (existsSync(folder)) return folder;
  const partial = mkdtempSync(`${join(made(dirname(folder)), 'partial')}-`);
  const root = made(join(partial, 'nodejs'));
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const { status, error, stderr } = spawnSync('npm', ['install', '--prefix', root, ...FLAGS, ...wanted], {
    encoding: 'utf8',
    env: process.env,
    // npm is a batch file there.
    shell: process.platform === 'win32',
  });
  const missing = mustHold.find((file) => !existsSync(join(root, 'node_modules', file)));
  if (status !== 0 || missing !== undefined) {
    rmSync(partial, { recursive: true, force: true });
    refuse(scope, {
      rule: `the layer needs ${wanted.join(', ')} for Lambda on arm64, which npm fetches once`,
      allowed: 'npm 10.4 or newer which reaches its registry',
      given: status === 0 ? `an npm that brought no ${missing}` : (error?.message ?? (faultOf(stderr) || `exit code ${status}`)),
      remedy: `See what this says: npm install ${FLAGS.join(' ')} ${wanted.join(' ')}`,
    });
  }
  // It names the registry of this machine.
  rmSync(join(root, 'node_modules', '.package-lock.json'), { force: true });
  try {
    renameSync(partial, folder);
  } catch (fault) {
    // Another synth was quicker, with the same packages.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw fault;
  }
  return folder;
}

/** What npm says of a fault; the rest is advice and the place of a log. */
function faultOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  return lines.slice(0, 3).join('; ');
}

const FLAGS = [
  '--no-save',
  '--no-package-lock',
  '--ignore-scripts',
  '--include=optional',
  '--omit=dev',
  '--no-bin-links',
  '--no-audit',
  '--no-fund',
  '--os=linux',
  '--cpu=arm64',
  '--libc=glibc',
];

function hashOf(packages: NativeLayerProps['packages']): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(packages).sort()))
    .digest('hex')
    .slice(0, 32);
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
