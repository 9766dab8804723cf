import { readFileSync } from 'node:fs';

/** Version of this package, as its package.json tells it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(require.resolve('cdk-breakwater/package.json'), 'utf8')) as { readonly version: string };
  return version;
}
