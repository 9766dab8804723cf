import { build } from 'esbuild';

/** What a user's handler is made of, by the ESM file that we publish. */
async function packagesOf(entry: string): Promise<Set<string>> {
  const published = await build({
    entryPoints: ['lib/runtime/index.ts'],
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', write: false, logLevel: 'error' },
  });
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir: process.cwd() },
    ...{ bundle: true, platform: 'node', format: 'cjs', mainFields: ['module', 'main'], write: false, metafile: true, logLevel: 'error' },
    external: ['@aws-sdk/*', '@aws-lambda-powertools/*'],
    plugins: [
      {
        name: 'published',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^cdk-breakwater\/runtime$/ }, () => ({ path: 'runtime', namespace: 'published' }));
          onLoad({ filter: /.*/, namespace: 'published' }, () => ({ contents: published.outputFiles[0]!.text, resolveDir: process.cwd() }));
        },
      },
    ],
  });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return new Set(inputs.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? (/node_modules\/([^/]+)/.exec(file)?.[1] ?? []) : [])));
}

test('a handler that renders nothing does not carry what templates need', async () => {
  const worker = await packagesOf("import { worker } from 'cdk-breakwater/runtime'; export const handler = worker({ handle() {} });");
  expect([...worker]).not.toContain('mustache');
  const channel = await packagesOf(
    "import { channel } from 'cdk-breakwater/runtime'; export const handler = channel({ async send() {} });",
  );
  expect([...channel]).toEqual(['mustache']);
});
