#!/usr/bin/env bash
# Compiles the construct library with jsii in a scratch copy, so that its API stays usable from every CDK language, and writes API.md from it.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$PWD/.jsii-scratch
rm -rf "$scratch"
mkdir "$scratch"
trap 'rm -rf "$scratch"' EXIT
ln -s ../node_modules "$scratch/node_modules"
cp README.md "$scratch/" 2>/dev/null || echo '# cdk-breakwater' >"$scratch/README.md"

# Only what lib/index.ts reaches: the runtime and what operators run are not constructs and know dependencies that jsii refuses.
node - "$scratch" <<'NODE'
const { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const scratch = process.argv[2];
const seen = new Set();
const copy = (file) => {
  if (seen.has(file)) return;
  seen.add(file);
  mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
  copyFileSync(file, path.join(scratch, file));
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']*)'/g)) {
    const target = path.join(path.dirname(file), specifier);
    copy(existsSync(`${target}.ts`) ? `${target}.ts` : path.join(target, 'index.ts'));
  }
};
copy('lib/index.ts');

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { name, version, license, description, repository } = manifest;
const constructs = (versions) => ({ 'aws-cdk-lib': versions['aws-cdk-lib'], constructs: versions.constructs });
writeFileSync(
  path.join(scratch, 'package.json'),
  JSON.stringify({
    name,
    version,
    license,
    description,
    repository,
    author: { name: manifest.author, url: repository.url },
    main: 'dist/index.js',
    types: 'dist/index.d.ts',
    peerDependencies: constructs(manifest.peerDependencies),
    devDependencies: constructs(manifest.devDependencies),
    jsii: { outdir: 'pkg', targets: {}, tsc: { outDir: 'dist', rootDir: 'lib' } },
  }),
);
writeFileSync(
  path.join(scratch, 'tsconfig.json'),
  JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: { rootDir: 'lib', outDir: 'dist', noEmit: false, isolatedModules: false, types: ['node'] },
    files: ['lib/index.ts'],
    include: [],
  }),
);
NODE

cd "$scratch"
export JSII_SILENCE_SUPPORT_WARNING=1 JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1
../node_modules/.bin/jsii -c tsconfig.json --validate-tsconfig minimal --silence-warnings=reserved-word --silence-warnings=missing-dev-dependency
../node_modules/.bin/jsii-docgen -o API.md
mv API.md ../API.md
