import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { nativeLayer } from '../../lib/blocks/native-layer';

const PATH = process.env.PATH;
let cacheFolder: string;

afterEach(() => {
  process.env.PATH = PATH;
});

beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'layers-'));
});

/** An npm which notes what it is called with and, unless told otherwise, puts a native part where one belongs. */
function npm(
  does = 'mkdir -p "$3/node_modules/engine-arm64" && touch "$3/node_modules/engine-arm64/engine.node" "$3/node_modules/.package-lock.json"',
) {
  const folder = mkdtempSync(join(tmpdir(), 'npm-'));
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho "$@" >> "${folder}/calls"\n${does}\n`);
  chmodSync(join(folder, 'npm'), 0o755);
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  return () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : []);
}

function make(packages: Record<string, string> = { engine: '1.2.3' }, context = {}) {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true, ...context } }), 'Shop');
  nativeLayer(stack, 'Engine', { description: 'An engine', packages, mustHold: ['engine-arm64/engine.node'], cacheFolder });
  return stack;
}

function contentOf(stack: Stack) {
  return Object.values(Template.fromStack(stack).findResources('AWS::Lambda::LayerVersion'))[0]!.Properties.Content.S3Key;
}

test('a layer holds packages as Lambda on arm64 needs them, and runs no script of theirs', () => {
  const calls = npm();
  Template.fromStack(make()).hasResourceProperties('AWS::Lambda::LayerVersion', {
    CompatibleArchitectures: ['arm64'],
    CompatibleRuntimes: ['nodejs24.x'],
    Description: 'An engine',
  });
  expect(calls()).toEqual([
    expect.stringMatching(/^install --prefix .* --ignore-scripts .*--os=linux --cpu=arm64 --libc=glibc engine@1\.2\.3$/),
  ]);
  const [hash] = readdirSync(cacheFolder);
  expect(existsSync(join(cacheFolder, hash!, 'nodejs/node_modules/engine-arm64/engine.node'))).toBe(true);
  // It would name the registry of this machine.
  expect(existsSync(join(cacheFolder, hash!, 'nodejs/node_modules/.package-lock.json'))).toBe(false);
});

test('it is fetched once for each version, and known by names and versions on every machine', () => {
  const calls = npm();
  const first = contentOf(make());
  expect(contentOf(make())).toBe(first);
  expect(calls()).toHaveLength(1);
  cacheFolder = mkdtempSync(join(tmpdir(), 'layers-'));
  expect(contentOf(make())).toBe(first);
  expect(contentOf(make({ engine: '1.2.4' }))).not.toBe(first);
  expect(calls()).toHaveLength(3);
});

test('nothing is fetched for a stack that is not to be deployed', () => {
  const calls = npm();
  make({ engine: '1.2.3' }, { 'aws:cdk:bundling-stacks': [] });
  expect(calls()).toEqual([]);
});

test.each([
  ['npm that fails', 'echo "npm error code E404" >&2; exit 1', 'given npm error code E404'],
  ['npm that does not know the flags', 'exit 0', 'given an npm that brought no engine-arm64/engine.node'],
])('%s is told, and leaves nothing behind', (_, does, told) => {
  npm(does);
  expect(() => make()).toThrow(/^\[Shop\] the layer needs engine@1\.2\.3 .*: allowed npm 10\.4 or newer/);
  expect(() => make()).toThrow(told);
  expect(readdirSync(cacheFolder)).toEqual([]);
});
