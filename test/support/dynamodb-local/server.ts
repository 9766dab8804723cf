import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement, ListTablesCommand } from '@aws-sdk/client-dynamodb';

const VERSION = '2.6.1';
const ROOT = projectRoot(__dirname);
const HOME = path.join(ROOT, '.cache', `dynamodb-local-${VERSION}`);
const POM = path.join(ROOT, 'test', 'support', 'dynamodb-local', 'pom.xml');
const START_MILLISECONDS = 60_000;

export interface TableIndex {
  readonly name: string;
  readonly keyNames: readonly string[];
}

export interface DynamoDbLocal {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** A table with the string key `id`, and the sort key and the index if one is named. */
  createTable(name: string, sortKey?: string, index?: TableIndex): Promise<void>;
  stop(): Promise<void>;
}

/** The commands it needs and which are not on the PATH. */
export function missing(): string | undefined {
  const absent = ['java', ...(existsSync(HOME) ? [] : ['mvn'])].filter((command) => spawnSync(command, ['-version']).error !== undefined);
  return absent.length === 0 ? undefined : absent.join(' and ');
}

/**
 * @param storage `memory` for tests. On `disk` each write costs a commit that is durable, as it does at AWS; in memory it costs computing alone
 */
export async function startDynamoDbLocal(storage: 'memory' | 'disk' = 'memory'): Promise<DynamoDbLocal> {
  const absent = missing();
  if (absent !== undefined) throw new Error(`DynamoDB Local needs ${absent} on the PATH`);
  install();
  const port = await freePort();
  const folder = storage === 'disk' ? mkdtempSync(path.join(ROOT, '.cache', 'dynamodb-tables-')) : undefined;
  const server = spawn(
    'java',
    [
      // It lives for seconds: compiling with all its might would take the time of what is tested, and bends what is measured.
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Djava.library.path=${HOME}`,
      '-cp',
      path.join(HOME, '*'),
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      ...(folder === undefined ? ['-inMemory'] : ['-dbPath', folder]),
      ...['-sharedDb', '-disableTelemetry', '-port', String(port)],
    ],
    // It writes a file of its own into the folder it runs in.
    { cwd: HOME, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  server.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  await answering(client, server, () => complaints);
  return {
    client,
    endpoint,
    createTable: async (name, sortKey, index) => {
      const keyNames = ['id', ...(sortKey ? [sortKey] : [])];
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [...keyNames, ...(index?.keyNames ?? [])].map((attribute) => ({
            AttributeName: attribute,
            AttributeType: 'S',
          })),
          KeySchema: keySchema(keyNames),
          ...(index && {
            GlobalSecondaryIndexes: [
              { IndexName: index.name, KeySchema: keySchema(index.keyNames), Projection: { ProjectionType: 'ALL' } },
            ],
          }),
        }),
      );
    },
    async stop() {
      client.destroy();
      const gone = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null) server.kill('SIGKILL');
      await gone;
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function keySchema(keyNames: readonly string[]): KeySchemaElement[] {
  return keyNames.map((name, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' }));
}

/** Fetched into a folder of its own and then renamed: test files that start together never see half of it. */
function install(): void {
  if (existsSync(HOME)) return;
  spawnSync('mkdir', ['-p', path.dirname(HOME)]);
  const staging = mkdtempSync(`${HOME}-`);
  const fetched = spawnSync(
    'mvn',
    [
      ...['-q', '-B', '-f', POM],
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      ...['-DincludeScope=runtime', `-DoutputDirectory=${staging}`],
    ],
    { encoding: 'utf8' },
  );
  if (fetched.status !== 0) throw new Error(`Maven could not fetch DynamoDB Local ${VERSION}: ${fetched.stdout}${fetched.stderr}`);
  if (!existsSync(HOME)) renameSync(staging, HOME);
}

/** Tests run from the sources, the bench from what was built of them. */
function projectRoot(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : projectRoot(path.dirname(folder));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function answering(client: DynamoDBClient, server: ChildProcess, complaints: () => string): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`DynamoDB Local stopped: ${complaints()}`);
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`DynamoDB Local did not answer: ${complaints()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
