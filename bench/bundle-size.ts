import { statSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';

/** Largest size of each bundle in kilobytes, minified. Raising one is a decision: it is paid at every cold start. */
const budgets: ReadonlyArray<readonly [name: string, kilobytes: number]> = [
  ['receive function', 420],
  ['example worker', 500],
];

const root = path.resolve(__dirname, '../..');

function kilobytes(name: string): number {
  if (name === 'receive function') return statSync(path.join(root, 'dist/handlers/webhook-ingestion-receive/index.js')).size / 1024;
  const result = buildSync({
    entryPoints: ['examples/webhook-ingestion/record-payment.ts'],
    absWorkingDir: root,
    outfile: 'out.js',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    external: ['cdk-breakwater/lazy/*'],
    logLevel: 'error',
  });
  return result.outputFiles[0]!.contents.length / 1024;
}

/** True when every bundle is within its budget. */
export function bundleSizesWithinBudget(): boolean {
  return budgets
    .map(([name, budget]) => {
      const size = kilobytes(name);
      console.log(`${size <= budget ? 'met   ' : 'MISSED'}  bundle of the ${name}: ${size.toFixed(0)} KB of at most ${budget} KB`);
      return size <= budget;
    })
    .every(Boolean);
}

if (require.main === module) process.exitCode = bundleSizesWithinBudget() ? 0 : 1;
