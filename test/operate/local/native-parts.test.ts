import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeParts, noteOnLayers } from '../../../lib/operate/local/native-parts';

const PLATFORM = `${process.platform}-${process.arch}`;
let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'breakwater-native-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function install(...at: string[]): string {
  const folder = path.join(project, 'node_modules', ...at);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}');
  return folder;
}

test("a known package's part for this machine is found where the installer put it", () => {
  const name = `@duckdb/node-bindings-${PLATFORM}`;
  const bindings = ['@duckdb', 'node-api', 'node_modules', '@duckdb', 'node-bindings'];
  install('@duckdb', 'node-api');
  install(...bindings);
  const folder = install(...bindings, 'node_modules', name);
  expect(nativeParts(path.join(project, 'package.json'))).toEqual([{ name, folder }]);
});

test('no part is found without its package, and none for another machine', () => {
  install('@duckdb', `node-bindings-${PLATFORM}`);
  expect(nativeParts(path.join(project, 'package.json'))).toEqual([]);
  install('@duckdb', 'node-bindings-plan9-mips');
  install('other', 'node_modules', '@duckdb', 'node-api');
  expect(nativeParts(path.join(project, 'node_modules', 'other', 'package.json'))).toEqual([]);
});

test('a layer for another processor is told of, with what stands in for its native parts', () => {
  const layer = (...CompatibleArchitectures: string[]) => ({ Type: 'AWS::Lambda::LayerVersion', Properties: { CompatibleArchitectures } });
  const parts = [{ name: '@duckdb/node-bindings-here', folder: '/here' }];
  expect(noteOnLayers([layer('mips')], parts)).toBe(
    `functions run on this machine's processor (${PLATFORM}), and layers are for another: @duckdb/node-bindings-here stands in for theirs; other native parts in them do not load here`,
  );
  expect(noteOnLayers([layer('mips')], [])).toContain('layers are for another: other native parts in them do not load here');
  expect(noteOnLayers([layer(), { Type: 'AWS::Lambda::LayerVersion' }, { Type: 'AWS::SQS::Queue' }], parts)).toBeUndefined();
  const ours = process.platform === 'linux' ? [layer('mips', process.arch === 'x64' ? 'x86_64' : process.arch)] : [];
  expect(noteOnLayers(ours, parts)).toBeUndefined();
});
