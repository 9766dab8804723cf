import 'cdk-breakwater/testing';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { stableTemplate } from '../../lib/testing/stable-template';
import { arn, idempotent, lambda, mapping, parkingLot, queue, type Resources, ref, stream } from '../support/topology/resources';

const root = path.resolve(__dirname, '../..');

function worker(scope: Construct, queueOf: Queue): void {
  new LambdaFunction(scope, 'Worker', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
  }).addEventSource(new SqsEventSource(queueOf));
}
const lossy = (scope: Construct) => worker(scope, new Queue(scope, 'Orders'));
const stack = (scope: Construct = new App(), id = 'Shop') => new Stack(scope, id);

const consumed = (maxReceiveCount: unknown = 5): Resources => ({
  Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount } }),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: idempotent(),
});
const template = (Resources: Resources) => ({ Resources });
const failureOf = (assertion: () => void): string => {
  try {
    assertion();
  } catch (error) {
    return String((error as Error).message);
  }
  throw new Error('expected a failure');
};

describe('toLoseNothing', () => {
  test('passes where every event ends, and fails where one is lost', () => {
    expect(template(consumed())).toLoseNothing();
    expect(template({ ...consumed(), Queue: queue() })).not.toLoseNothing();
  });

  test('takes a stack, a stage, an app, a Template and a template', () => {
    const app = new App();
    const lost = stack(app);
    lossy(lost);
    for (const received of [lost, app, Template.fromStack(lost), Template.fromStack(lost).toJSON()]) expect(received).not.toLoseNothing();
    const stage = new Stage(app, 'Prod');
    lossy(stack(stage));
    expect(stage).not.toLoseNothing();
  });

  test('tells the way hop by hop with construct paths, the fix and the page', () => {
    const lost = stack();
    lossy(lost);
    const message = failureOf(() => expect(lost).toLoseNothing());
    expect(message).toMatch(/^expected Shop to lose nothing, and it does in 1 place\n/);
    expect(message).toMatch(/error loss-queue-without-dead-letter: /);
    expect(message).toMatch(/\n {2}way: Orders\w{8} \(Shop\/Orders\/Resource\)\n {4}-> Worker\w{8} \(Shop\/Worker\/Resource\)\n/);
    expect(message).toMatch(/\n {2}fix: .*RedrivePolicy/);
    expect(message).toMatch(/\n {2}at: {2}Orders\w{8} \(Shop\/Orders\/Resource\)\n/);
    expect(message).toContain('docs/rules/loss-queue-without-dead-letter.md');
  });

  test('is about the stack that was given, its nested ones included, and follows its events through the others of the app', () => {
    const app = new App();
    const own = stack(app, 'Own');
    const other = stack(app, 'Other');
    lossy(other);
    new Queue(own, 'Calm');
    expect(own).toLoseNothing();
    expect(other).not.toLoseNothing();

    const nesting = stack(new App(), 'Nesting');
    const inner = new NestedStack(nesting, 'Inner');
    lossy(inner);
    expect(nesting).not.toLoseNothing();
    expect(inner).not.toLoseNothing();

    const flow = new App();
    const source = stack(flow, 'Source');
    const queueOfSource = new Queue(source, 'Orders');
    worker(stack(flow, 'Consumer'), queueOfSource);
    expect(source).not.toLoseNothing();
  });

  test('takes for granted what it is told to', () => {
    const lost = template({ ...consumed(), Queue: queue() });
    expect(lost).toLoseNothing({ ignore: [{ rule: 'loss-queue-without-dead-letter', resource: 'Queue', because: 'sent again' }] });
    expect(lost).not.toLoseNothing({ ignore: [{ rule: 'loss-queue-without-dead-letter', resource: 'Other', because: 'sent again' }] });
    expect(() => expect(lost).toLoseNothing({ ignore: [{ rule: 'los', resource: '*', because: 'so' }] })).toThrow(
      /no rule and no category/,
    );
  });

  test.each<[unknown, RegExp]>([
    [undefined, /expected a Stack, a Stage, a Template or a template with Resources, given undefined/],
    ['cdk.out', /given cdk\.out/],
    [{ Outputs: {} }, /given an object with Outputs/],
    [new Queue(new Stack(), 'Queue'), /given an object with/],
  ])('refuses what is no stack and no template', (received, reason) => {
    expect(() => expect(received).toLoseNothing()).toThrow(reason);
    expect(() => expect(received).not.toLoseNothing()).toThrow(reason);
  });
});

describe('toStayWithinRetryBudget', () => {
  test('holds the handler runs to the budget that is given', () => {
    expect(template(consumed())).toStayWithinRetryBudget();
    expect(template(consumed())).toStayWithinRetryBudget({ handlerRuns: 5 });
    expect(template(consumed())).not.toStayWithinRetryBudget({ handlerRuns: 4 });
  });

  test('holds the time until an event is parked to it', () => {
    expect(template(consumed())).toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.hours(1) });
    expect(template(consumed())).not.toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.seconds(60) });
  });

  test('tells the product with its factors, and the way', () => {
    const message = failureOf(() => expect(template(consumed(7))).toStayWithinRetryBudget({ handlerRuns: 4 }));
    expect(message).toMatch(/^expected Template to stay within 4 handler runs within 21600 s, and it does not in 1 place\n/);
    expect(message).toMatch(/storm-retry-budget: one event may run Handler 7 times, the budget is 4: Queue 7/);
    expect(message).toContain('  way: Queue\n    -> Handler\n');
  });

  test('fails for runs without a limit, and for runs that the template does not tell', () => {
    const endless = template({
      Stream: stream(),
      Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler') }),
      Handler: lambda(),
    });
    expect(failureOf(() => expect(endless).toStayWithinRetryBudget())).toMatch(
      /handler runs without a limit: .*\n {2}way: Stream\n {4}-> Handler/,
    );
    const open = { ...template(consumed(ref('Runs'))), Parameters: { Runs: { Type: 'Number' } } };
    expect(failureOf(() => expect(open).toStayWithinRetryBudget())).toMatch(/handler runs that the template does not tell: /);
  });
});

describe('a stable template', () => {
  const hash = (character: string) => character.repeat(64);
  const version = 'c0ffee00'.repeat(4);
  const built = (code: string, current: string) => ({
    Resources: {
      Worker: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { S3Bucket: { 'Fn::Sub': 'cdk-assets' }, S3Key: `${code}.zip` }, Description: `digest sha256:${hash('d')}` },
        Metadata: { 'aws:asset:path': `asset.${code}` },
      },
      [`WorkerCurrentVersion${current}`]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('Worker') } },
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionVersion: arn(`WorkerCurrentVersion${current}`, 'Version'),
          Note: { 'Fn::Sub': `\u0024{WorkerCurrentVersion${current}.Version}` },
        },
      },
      Flow: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionS3Location: { Key: `${code}.json` } } },
      Image: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { ImageUri: { 'Fn::Sub': `1.dkr.ecr/cdk-container-assets-1-eu:${code}` } } },
      },
      Script: { Type: 'AWS::CloudFront::Function', Properties: { Source: { Key: `${code}.js` } } },
    },
  });

  test('is the same for another build of the same code', () => {
    const one = stableTemplate(built(hash('a'), version));
    expect(stableTemplate(built(hash('b'), 'deadbeef'.repeat(4)))).toEqual(one);
    expect(JSON.stringify(one)).not.toMatch(new RegExp(`${hash('a')}|${version}`));
    expect(Object.keys(one.Resources as object)).toContain('WorkerCurrentVersion<version hash>');
  });

  test('keeps digests that are no asset, and ids that are no version', () => {
    const text = JSON.stringify(stableTemplate(built(hash('a'), version)));
    expect(text).toContain(`sha256:${hash('d')}`);
    const queueId = `Queue${version}`;
    expect(stableTemplate(template({ [queueId]: queue() }))).toEqual(template({ [queueId]: queue() }));
  });

  test('of a stack of the CDK does not change with its code', () => {
    const stableOf = (code: string) => {
      const shop = stack();
      const handler = new LambdaFunction(shop, 'Worker', {
        runtime: Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: Code.fromInline(code),
      });
      expect(handler.currentVersion.node.path).toBe('Shop/Worker/CurrentVersion');
      return JSON.stringify(stableTemplate(Template.fromStack(shop).toJSON())).replace(code, '');
    };
    expect(stableOf('one')).toBe(stableOf('two'));
  });
});

describe('in a project of a user', () => {
  const matchers = path.join(root, 'lib/testing/index.ts');
  let project: string;
  beforeAll(() => {
    project = mkdtempSync(path.join(tmpdir(), 'breakwater-jest-'));
    symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'));
    const { jest } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { jest: { transform: object } };
    const shared = { rootDir: project, transform: jest.transform, moduleNameMapper: { '^cdk-breakwater/testing$': matchers } };
    const projects = [
      { ...shared, displayName: 'set up', testMatch: ['**/shop.test.js'], setupFilesAfterEnv: [matchers] },
      { ...shared, displayName: 'given', testMatch: ['**/given.test.js'], injectGlobals: false },
    ];
    writeFileSync(path.join(project, 'package.json'), JSON.stringify({ jest: { projects } }));
    writeFileSync(
      path.join(project, 'given.test.js'),
      `const { expect, test } = require('@jest/globals');
      const { registerMatchers } = require('cdk-breakwater/testing');
      test('expect without globals', () => {
        expect(expect({}).toLoseNothing).toBeUndefined();
        registerMatchers(expect);
        expect({ Resources: {} }).toLoseNothing();
        expect({ Resources: {} }).toMatchStableSnapshot();
      });`,
    );
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  function jestOn(template: object): { readonly code: number | null; readonly text: string } {
    writeFileSync(
      path.join(project, 'shop.test.js'),
      `test('shop', () => {
        expect.assertions(3);
        expect(${JSON.stringify(template)}).toMatchStableSnapshot();
        expect(${JSON.stringify(template)}).toMatchStableSnapshot('again');
        expect(() => expect({ Resources: {} }).not.toMatchStableSnapshot()).toThrow('can not be used with not');
      });`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/jest/bin/jest.js'), '--ci=false', '-i'], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, JEST_WORKER_ID: undefined, CI: undefined, FORCE_COLOR: '0' },
    });
    return { code: status, text: stdout + stderr };
  }

  test('a snapshot is matched by another build of the code, and not by another property', () => {
    const resources = (hash: string, Timeout: number) =>
      template({ Handler: lambda({ Code: { S3Bucket: 'assets', S3Key: `${hash.repeat(64)}.zip` }, Timeout }) });
    const first = jestOn(resources('a', 10));
    expect(first.text).toMatch(/3 snapshots written/);
    expect(first.code).toBe(0);
    const snapshot = readFileSync(path.join(project, '__snapshots__/shop.test.js.snap'), 'utf8');
    expect(snapshot).toContain('"S3Key": "<asset hash>.zip"');
    expect(snapshot).toMatch(/exports\[`shop: again 1`\]/);
    expect(jestOn(resources('b', 10))).toMatchObject({ code: 0 });
    const changed = jestOn(resources('b', 20));
    expect(changed.code).toBe(1);
    expect(changed.text).toMatch(/- +"Timeout": 10,\n\s*\+ +"Timeout": 20,/);
  }, 60_000);
});
