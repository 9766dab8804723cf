// Builds what is published: JavaScript and types by tsc, our Lambda handlers bundled by esbuild, the runtime a second time as ESM so that it shakes.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildLazyModules, lazyModules } from './lazy-modules.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
chmodSync('dist/bin/breakwater.js', 0o755);

const { CONFIG_SCHEMA, REPORT_SCHEMA } = createRequire(import.meta.url)('../dist/lib/review/schemas.js');
const { RULES_SCHEMA } = createRequire(import.meta.url)('../dist/lib/reconciliation-rules/rules-schema.js');
const NOTIFICATIONS = createRequire(import.meta.url)('../dist/lib/notification-rules/shipped-schemas.js').SHIPPED_SCHEMAS;
const { CONTRACT_SCHEMA } = createRequire(import.meta.url)('../dist/lib/event-contracts/contract-schema.js');
mkdirSync('dist/schemas', { recursive: true });
const schemas = {
  ...{ config: CONFIG_SCHEMA, report: REPORT_SCHEMA, 'reconciliation-rules': RULES_SCHEMA, 'event-contract': CONTRACT_SCHEMA },
  ...NOTIFICATIONS,
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(`dist/schemas/${name}.json`, `${JSON.stringify(schema, undefined, 2)}\n`);
}

// `breakwater cost` waits longer for sixty modules to be found and read than for what they do: what it always needs is one file.
await build({
  entryPoints: ['lib/review/cost/index.ts'],
  outfile: 'dist/lib/review/cost/index.js',
  bundle: true,
  external: ['d3-*', 'yaml'],
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});

const inLambda = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};
await buildLazyModules('dist/lazy', inLambda);

await build({
  entryPoints: { runtime: './lib/runtime/index.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  plugins: [lazyModules((name) => `cdk-breakwater/lazy/${name}.js`)],
});

const suffix = '.lambda.ts';
const handlers = ['lib/patterns', 'lib/runtime']
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => path.join(folder, String(file))))
  .filter((file) => file.endsWith(suffix))
  .map((file) => ({ file, name: `${file.split(path.sep)[2]}-${path.basename(file, suffix)}` }));
const { metafile } = await build({
  ...inLambda,
  entryPoints: Object.fromEntries(handlers.map(({ file, name }) => [`${name}/index`, file])),
  outdir: 'dist/handlers',
  sourcemap: 'external',
  metafile: true,
  // Native, so that it comes in a layer. Layers are found by NODE_PATH, which only `require` knows.
  external: ['@duckdb/node-api'],
  supported: { 'dynamic-import': false },
  plugins: [lazyModules((name) => `./${name}.js`)],
});
// Each handler's folder is what CDK zips: a map in it would be shipped to Lambda and change the asset's hash.
mkdirSync('dist/handler-maps', { recursive: true });
for (const { name } of handlers) {
  const map = `dist/handlers/${name}/index.js.map`;
  if (existsSync(map)) renameSync(map, `dist/handler-maps/${name}.js.map`);
  const { imports } = metafile.outputs[`dist/handlers/${name}/index.js`];
  const lazy = imports.map((one) => one.path).filter((file) => file.startsWith('./'));
  for (const file of lazy) copyFileSync(path.join('dist/lazy', file), path.join('dist/handlers', name, file));
}
