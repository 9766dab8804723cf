// Modules that handlers load on first use. Inside the bundle they would be parsed at every cold start, which costs up to half of the init time: they lie beside it.
import path from 'node:path';
import { build } from 'esbuild';

const modules = {
  '@aws-sdk/client-s3': { name: 'client-s3', exports: ['S3Client', 'GetObjectCommand', 'PutObjectCommand'] },
  '@aws-sdk/client-secrets-manager': { name: 'client-secrets-manager', exports: ['SecretsManagerClient', 'GetSecretValueCommand'] },
  '@aws-sdk/client-sesv2': { name: 'client-sesv2', exports: ['SESv2Client', 'SendEmailCommand'] },
  '@aws-sdk/client-sns': { name: 'client-sns', exports: ['SNSClient', 'PublishCommand', 'CreatePlatformEndpointCommand'] },
  '@aws-lambda-powertools/tracer': { name: 'tracer', exports: ['Tracer'] },
};

/** Builds each as one file of `folder`. */
export async function buildLazyModules(folder, options) {
  for (const [specifier, { name, exports }] of Object.entries(modules)) {
    await build({
      ...options,
      stdin: { contents: `export { ${exports.join(', ')} } from '${specifier}';`, resolveDir: process.cwd() },
      outfile: path.join(folder, `${name}.js`),
    });
  }
}

/** esbuild plugin: our own dynamic imports of these modules become imports of `specifierOf(name)`, which stay outside of the bundle. */
export function lazyModules(specifierOf) {
  return {
    name: 'lazy-modules',
    setup({ onResolve }) {
      onResolve({ filter: /^@/ }, ({ kind, path: specifier, importer }) => {
        const lazy = modules[specifier];
        if (lazy === undefined || kind !== 'dynamic-import' || importer.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
        return { path: specifierOf(lazy.name), external: true };
      });
    },
  };
}
