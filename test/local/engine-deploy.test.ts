import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Deployment, deploy, type LocalEngine, localUrl, startEngine } from '../../lib/operate/local';
import { appFolder, SHOP } from '../support/engine/app';

jest.setTimeout(300_000);

const lines: string[] = [];
const progress = (line: string): void => {
  lines.push(line);
};
const folders: string[] = [];
let engine: LocalEngine;

beforeAll(async () => {
  engine = await startEngine({ progress });
});
afterAll(async () => {
  await engine?.stop();
});
beforeEach(() => {
  lines.length = 0;
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderOf(...args: Parameters<typeof appFolder>): string {
  const folder = appFolder(...args);
  folders.push(folder);
  return folder;
}

const outputsOf = (deployment: Deployment, stackName: string): Readonly<Record<string, string>> =>
  deployment.stacks.find((stack) => stack.stackName === stackName)?.outputs ?? {};

const queueNames = async (where: LocalEngine, environment?: { account: string; region: string }): Promise<readonly string[]> => {
  const { credentials, ...config } = where.clientConfig;
  const accessKeyId = environment?.account ?? credentials.accessKeyId;
  const client = new SQSClient({ ...config, region: environment?.region ?? config.region, credentials: { ...credentials, accessKeyId } });
  const { QueueUrls: urls = [] } = await client.send(new ListQueuesCommand({}));
  return urls.map((url) => path.posix.basename(url));
};

describe("a user's app", () => {
  test('runs unchanged with IAM enforced, says what AWS alone runs, and is updated by the next deployment', async () => {
    const workingDirectory = folderOf(SHOP);
    const files = readdirSync(workingDirectory);
    const environment = { ...process.env };
    const first = await deploy({ engine, workingDirectory, progress });
    expect(first.stacks).toEqual([{ stackName: 'Shop', account: '000000000000', region: 'us-east-1', outputs: expect.any(Object) }]);
    expect(first.notRunLocally).toEqual([
      { stackName: 'Shop', logicalId: expect.stringMatching(/^Both/), type: 'AWS::CloudWatch::CompositeAlarm' },
    ]);
    const { Url: url, QueueUrl: queue, TableName: table } = outputsOf(first, 'Shop');
    await new SQSClient(engine.clientConfig).send(new GetQueueAttributesCommand({ QueueUrl: queue }));

    const refused = await fetch(`${localUrl(engine, url!)}first`);
    expect([refused.status, await refused.text()]).toEqual([502, expect.stringMatching(/not authorized to perform: dynamodb:PutItem/)]);

    const second = await deploy({ engine, workingDirectory, context: { grant: 'yes' }, progress });
    expect(outputsOf(second, 'Shop')).toEqual(outputsOf(first, 'Shop'));
    const answer = await fetch(`${localUrl(engine, url!)}orders/1`);
    expect([answer.status, await answer.text()]).toEqual([201, 'stored']);
    const { Items: items } = await new DynamoDBClient(engine.clientConfig).send(new ScanCommand({ TableName: table }));
    expect(items).toEqual([{ id: { S: '/orders/1' } }]);

    expect(readdirSync(workingDirectory)).toEqual(files);
    expect(process.env).toEqual(environment);
  });

  test('keeps its accounts, regions, qualifiers, stages, nested stacks and assets', async () => {
    const workingDirectory = folderOf(
      `
      const env = { account: '123456789012', region: 'eu-west-1' };
      const elsewhere = new cdk.Stack(app, 'Elsewhere', { env, synthesizer: new cdk.DefaultStackSynthesizer({ qualifier: 'mine' }) });
      new cdk.aws_sqs.Queue(elsewhere, 'Queue', { queueName: 'elsewhere' });
      new cdk.aws_lambda.Function(elsewhere, 'F', { runtime: cdk.aws_lambda.Runtime.NODEJS_22_X, handler: 'i.h', code: cdk.aws_lambda.Code.fromAsset('code') });
      class Nested extends cdk.NestedStack {
        constructor(scope, id) {
          super(scope, id);
          this.queue = new cdk.aws_sqs.Queue(this, 'Queue', { queueName: 'nested' });
          this.archive = new cdk.aws_events.EventBus(this, 'Bus').archive('Archive', { eventPattern: { source: ['x'] } });
        }
      }
      const outer = new cdk.Stack(new cdk.Stage(app, 'Beta'), 'Outer');
      const nested = new Nested(outer, 'Nested');
      new cdk.CfnOutput(outer, 'Queue', { value: nested.queue.queueName });
      new cdk.CfnOutput(outer, 'Archive', { value: nested.archive.archiveArn });
      const reader = new cdk.Stack(app, 'Reader');
      new cdk.aws_sqs.Queue(reader, 'Queue', { queueName: 'reader' });
      `,
      { 'code/i.js': 'exports.h = async () => 1;' },
    );
    const deployment = await deploy({ engine, workingDirectory, progress });
    expect(deployment.stacks.map(({ stackName, account, region }) => `${stackName} ${account} ${region}`).sort()).toEqual([
      'Beta-Outer 000000000000 us-east-1',
      'Elsewhere 123456789012 eu-west-1',
      'Reader 000000000000 us-east-1',
    ]);
    expect(outputsOf(deployment, 'Beta-Outer')).toEqual({ Queue: 'nested' });
    expect(deployment.notRunLocally).toEqual([
      {
        stackName: expect.stringMatching(/^Beta-Outer\/Nested/),
        logicalId: expect.stringMatching(/^BusArchive/),
        type: 'AWS::Events::Archive',
      },
    ]);
    expect(await queueNames(engine, { account: '123456789012', region: 'eu-west-1' })).toEqual(['elsewhere']);
    expect(await queueNames(engine)).toEqual(expect.arrayContaining(['nested', 'reader']));
  });

  test("may use the CDK's own custom resources, in Python and in Node", async () => {
    const workingDirectory = folderOf(`
      const stack = new cdk.Stack(app, 'Custom');
      const bucket = new cdk.aws_s3.Bucket(stack, 'Bucket', { removalPolicy: cdk.RemovalPolicy.DESTROY, autoDeleteObjects: true });
      const queue = new cdk.aws_sqs.Queue(stack, 'Queue');
      bucket.addEventNotification(cdk.aws_s3.EventType.OBJECT_CREATED, new cdk.aws_s3_notifications.SqsDestination(queue));
      new cdk.CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
      new cdk.CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
    `);
    const outputs = outputsOf(await deploy({ engine, workingDirectory, progress }), 'Custom');
    await new S3Client({ ...engine.clientConfig, forcePathStyle: true }).send(
      new PutObjectCommand({ Bucket: outputs.BucketName, Key: 'a', Body: 'x' }),
    );
    const { Messages: messages = [] } = await new SQSClient(engine.clientConfig).send(
      new ReceiveMessageCommand({ QueueUrl: outputs.QueueUrl, WaitTimeSeconds: 10, MaxNumberOfMessages: 10 }),
    );
    expect(messages.map(({ Body: body }) => JSON.parse(body!).Records?.[0]?.s3.object.key)).toContain('a');
  });

  test("finds DuckDB in a layer for another processor, with this machine's native part, and is told so", async () => {
    const workingDirectory = folderOf(`
      const { cpSync } = require('node:fs');
      const { aws_lambda: lambda } = cdk;
      for (const name of ['node-api', 'node-bindings']) {
        cpSync(${JSON.stringify(path.resolve('node_modules/@duckdb'))} + '/' + name, 'layer/nodejs/node_modules/@duckdb/' + name, { recursive: true });
      }
      const stack = new cdk.Stack(app, 'Layered');
      const elsewhere = process.arch === 'arm64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64;
      new lambda.Function(stack, 'Compare', {
        functionName: 'compare',
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        timeout: cdk.Duration.seconds(60),
        layers: [new lambda.LayerVersion(stack, 'Engine', { code: lambda.Code.fromAsset('layer'), compatibleArchitectures: [elsewhere] })],
        code: lambda.Code.fromInline(\`
          const { DuckDBInstance } = require('@duckdb/node-api');
          exports.handler = async () => {
            const connection = await (await DuckDBInstance.create(':memory:')).connect();
            return (await connection.runAndReadAll('select 40 + 2')).getRows()[0][0];
          };\`),
      });`);
    await deploy({ engine, workingDirectory, progress });
    const lambda = new LambdaClient(engine.clientConfig);
    const answers = await Promise.all([1, 2, 3].map(() => lambda.send(new InvokeCommand({ FunctionName: 'compare' }))));
    expect(answers.map(({ Payload }) => Buffer.from(Payload!).toString())).toEqual(['42', '42', '42']);
    // Each process has it, and all have the same one.
    const temporary = path.join(path.dirname(engine.logFile!), 'tmp');
    const found = readdirSync(temporary, { recursive: true }).filter((file) => String(file).endsWith('/@duckdb/node-api/package.json'));
    expect(found.filter((file) => String(file).startsWith('ministack-lambda-compare-')).length).toBeGreaterThanOrEqual(3);
    expect(new Set(found.map((file) => realpathSync(path.join(temporary, String(file))))).size).toBe(1);
    expect(lines.filter((line) => line.includes('layers are for another'))).toEqual([
      expect.stringContaining(`@duckdb/node-bindings-${process.platform}-${process.arch} stands in for theirs`),
    ]);
  });

  test('deploys the stacks that are named, with those they need, and what the others need does not matter', async () => {
    const workingDirectory = folderOf(`
      const one = new cdk.Stack(app, 'One');
      new cdk.aws_sqs.Queue(one, 'Queue', { queueName: 'one' });
      const two = new cdk.Stack(app, 'Two');
      new cdk.aws_sqs.Queue(two, 'Queue', { queueName: 'two' });
      two.addDependency(one);
      const broken = new cdk.Stack(app, 'Broken');
      const archive = new cdk.aws_events.EventBus(broken, 'Bus').archive('Archive', { eventPattern: { source: ['x'] } });
      new cdk.aws_sqs.Queue(broken, 'Queue', { queueName: archive.archiveArn });
    `);
    const deployment = await deploy({ engine, workingDirectory, stacks: ['Two'], progress });
    expect(deployment.stacks.map(({ stackName }) => stackName)).toEqual(['One', 'Two']);
    await expect(deploy({ engine, workingDirectory, progress })).rejects.toThrow(
      /^Broken: Queue\w+ \(AWS::SQS::Queue\) refers in Properties\.QueueName to BusArchive\w+ \(AWS::Events::Archive\)/,
    );
    await expect(deploy({ engine, workingDirectory, stacks: ['Three'], progress })).rejects.toThrow(/Three/);
  });

  test('is built first as cdk.json says, unless its command is named', async () => {
    const body = "new cdk.aws_sqs.Queue(new cdk.Stack(app, 'Built'), 'Queue');";
    const build = "node -e \"require('fs').writeFileSync('built', '')\"";
    const workingDirectory = folderOf(body, { 'cdk.json': JSON.stringify({ app: 'node app.js', build }) });
    await deploy({ engine, app: 'node app.js', workingDirectory, progress });
    expect(existsSync(path.join(workingDirectory, 'built'))).toBe(false);
    await deploy({ engine, workingDirectory, progress });
    expect(existsSync(path.join(workingDirectory, 'built'))).toBe(true);
    await expect(
      deploy({ engine, workingDirectory: folderOf(body, { 'cdk.json': '{"app":"node app.js","build":"exit 3"}' }), progress }),
    ).rejects.toThrow('the build command of cdk.json, exit 3, ended with exit code 3');
  });

  test.each([
    ["throw new Error('no such tenant');", {}, /synthesis failed: .*no such tenant/s],
    ["cdk.Annotations.of(new cdk.Stack(app, 'S')).addError('forbidden here');", {}, /synthesis failed: .*forbidden here/s],
    ['', { 'cdk.json': '{}' }, /has no cdk\.json with an "app".*--app/],
    ['', { 'cdk.json': '{"app":' }, /cdk\.json is not valid JSON/],
    [
      "new cdk.aws_sqs.CfnQueue(new cdk.Stack(app, 'S'), 'Queue', { visibilityTimeout: 99_999 });",
      {},
      /^deployment to the local engine failed: S failed: .*Queue.*VisibilityTimeout. Value must be between 0 and 43200/s,
    ],
  ])('that does not get through fails with what it said itself: %s', async (body, files, reason) => {
    await expect(deploy({ engine, workingDirectory: folderOf(body, files), progress })).rejects.toThrow(reason);
  });

  test('goes to the engine that is named, though another is deployed to at the same time', async () => {
    const other = await startEngine({ progress });
    try {
      const to = (where: LocalEngine, name: string) =>
        deploy({
          engine: where,
          workingDirectory: folderOf(`new cdk.aws_sqs.Queue(new cdk.Stack(app, 'Same'), 'Queue', { queueName: '${name}' });`),
          progress,
        });
      await Promise.all([to(engine, 'same-here'), to(other, 'same-there')]);
      expect(await queueNames(other)).toEqual(['same-there']);
      expect(await queueNames(engine)).toContain('same-here');
      expect(await queueNames(engine)).not.toContain('same-there');
    } finally {
      await other.stop();
    }
  });
});
