import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { compare, type Ratio } from './measure';

const root = path.resolve(__dirname, '../..');

/** The options with which our handlers and users' entries are bundled. */
const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  minify: true,
  external: ['cdk-breakwater/lazy/*'],
  logLevel: 'error',
};

/** A handler that does nothing, with the clients the real one makes: what any handler on these services has to pay. */
function floor(clients: ReadonlyArray<readonly [packageName: string, client: string]>): string {
  return `${clients.map(([name, client]) => `import { ${client} } from '${name}';`).join('\n')}
const clients = [${clients.map(([, client]) => `new ${client}({})`).join(', ')}];
export const handler = async () => clients.length;`;
}

function bundle(source: string, outfile: string): void {
  const entry = outfile.replace(/\.js$/, '.ts');
  writeFileSync(entry, source);
  buildSync({ ...options, entryPoints: [entry], outfile, nodePaths: [path.join(root, 'node_modules')], absWorkingDir: root });
}

function initMilliseconds(file: string, environment: Record<string, string>): number {
  const script = `const s=process.hrtime.bigint();require(${JSON.stringify(file)});process.stdout.write(String(Number(process.hrtime.bigint()-s)/1e6))`;
  return Number(
    execFileSync(process.execPath, ['-e', script], {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_REGION: 'eu-central-1',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...environment,
      },
    }).toString(),
  );
}

/** Init of both handlers of webhook ingestion against an empty handler with the same clients. */
export async function initRatios(): Promise<Ratio[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-bench-'));
  try {
    const dynamo = ['@aws-sdk/client-dynamodb', 'DynamoDBClient'] as const;
    const sqs = ['@aws-sdk/client-sqs', 'SQSClient'] as const;
    const secrets = ['@aws-sdk/client-secrets-manager', 'SecretsManagerClient'] as const;
    bundle(floor([dynamo, sqs]), path.join(folder, 'worker-floor.js'));
    bundle(floor([secrets, sqs]), path.join(folder, 'receive-floor.js'));
    buildSync({
      ...options,
      entryPoints: ['examples/webhook-ingestion/record-payment.ts'],
      outfile: path.join(folder, 'worker.js'),
      absWorkingDir: root,
    });
    const workerEnvironment = {
      BREAKWATER_IDEMPOTENCY_TABLE: 'table',
      BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '86400',
      BREAKWATER_QUEUE_URL: 'https://queue.invalid/q',
      BREAKWATER_PARKING_LOT_URL: 'https://queue.invalid/p',
      BREAKWATER_RETRY_BUDGET: '{"attempts":5,"baseDelaySeconds":2,"maxDelaySeconds":60}',
      LEDGER_TABLE: 'ledger',
    };
    const receiveEnvironment = {
      BREAKWATER_QUEUE_URL: 'https://queue.invalid/q',
      BREAKWATER_CLAIM_BUCKET: 'bucket',
      BREAKWATER_SENDERS: '{}',
    };
    const receive = path.join(root, 'dist/handlers/webhook-ingestion-receive/index.js');
    return [
      await compare(
        { name: 'init of the example worker', baseline: 'an empty handler with DynamoDB and SQS clients', target: 1.15, rounds: 21 },
        () => initMilliseconds(path.join(folder, 'worker.js'), workerEnvironment),
        () => initMilliseconds(path.join(folder, 'worker-floor.js'), {}),
      ),
      await compare(
        {
          name: 'init of the receive function',
          baseline: 'an empty handler with Secrets Manager and SQS clients',
          target: 1.15,
          rounds: 21,
        },
        () => initMilliseconds(receive, receiveEnvironment),
        () => initMilliseconds(path.join(folder, 'receive-floor.js'), {}),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
