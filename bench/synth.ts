import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Handler, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import { compare, type Ratio } from './measure';

const root = path.resolve(__dirname, '../..');
const patterns = 20;
/** Inside the project, as the CDK asks of an entry. */
const entries = path.join(root, '.cache', 'bench-entries');

function synthMilliseconds(build: (stack: Stack, index: number) => void): number {
  const outdir = mkdtempSync(path.join(tmpdir(), 'breakwater-bench-'));
  try {
    const started = process.hrtime.bigint();
    const app = new App({ outdir, builtinCloudFormationValidation: false });
    for (let index = 0; index < patterns; index++) build(new Stack(app, `Stack${index}`), index);
    app.synth();
    return Number(process.hrtime.bigint() - started) / 1e6;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function ingestion(stack: Stack): void {
  new WebhookIngestion(stack, 'Payments', {
    senders: { stripe: WebhookSender.stripe(new Secret(stack, 'Secret')) },
    worker: Handler.fromCode(Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'), 'index.handler'),
  });
}

/**
 * The patterns again, and beside each a function per handler that is bundled at synth: what it costs when both handlers of each pattern are bundled at synth, as `NodejsFunction` does. Each pattern has entries of its own, as twenty
 * patterns of twenty teams have: the CDK bundles the same entry only once a process.
 */
function bundledAtSynth(stack: Stack, index: number): void {
  ingestion(stack);
  for (const [id, source] of [
    ['Receive', 'lib/patterns/webhook-ingestion/handlers/receive.lambda'],
    ['Worker', 'examples/webhook-ingestion/record-payment'],
  ] as const) {
    const entry = path.join(entries, `${id}${index}.ts`);
    writeFileSync(entry, `export { handler } from ${JSON.stringify(path.join(root, source))};\n`);
    new NodejsFunction(stack, id, {
      entry,
      projectRoot: root,
      depsLockFilePath: path.join(root, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      bundling: {
        format: OutputFormat.CJS,
        minify: true,
        mainFields: ['module', 'main'],
        esbuildArgs: { '--log-override:empty-import-meta': 'silent' },
      },
    });
  }
}

/** Synth of twenty patterns whose handlers were bundled when the package was built, against bundling them at synth. */
export async function synthRatio(): Promise<Ratio> {
  mkdirSync(entries, { recursive: true });
  synthMilliseconds(ingestion);
  return compare(
    {
      name: `synth of ${patterns} webhook ingestions`,
      baseline: 'the same with both handlers of each by NodejsFunction',
      target: 0.15,
      rounds: 3,
    },
    () => synthMilliseconds(ingestion),
    () => synthMilliseconds(bundledAtSynth),
  );
}
