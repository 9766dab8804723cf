import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  App,
  CfnOutput,
  CfnParameter,
  aws_cloudwatch as cloudwatch,
  DefaultStackSynthesizer,
  aws_events as events,
  aws_iam as iam,
  aws_lambda as lambda,
  NestedStack,
  Stack,
  Stage,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { reduceAssembly, resourcesOf, typesOf } from '../../../lib/operate/local/assembly-reduction';
import { readStacks, readTemplate } from '../../../lib/operate/local/cloud-assembly';
import type { Template } from '../../../lib/operate/local/template-reduction';

// The machine may be busy with other suites: a slow answer is no wrong one.
jest.setTimeout(60_000);

const DEFAULTS = { account: '000000000000', region: 'us-east-1' };
const ARCHIVE = new Set(['AWS::Events::Archive']);
let outdir: string;
let app: App;

beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), 'breakwater-assembly-test-'));
  app = new App({ outdir });
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

function archiveIn(scope: Stack): events.Archive {
  return new events.EventBus(scope, 'Bus').archive('Archive', { eventPattern: { source: ['x'] } });
}

interface AssetFile {
  readonly source: { readonly path: string };
  readonly destinations: Record<string, { readonly objectKey: string }>;
}

function assetsOf(directory: string, stack: string): Record<string, AssetFile> {
  return JSON.parse(readFileSync(path.join(directory, `${stack}.assets.json`), 'utf8')).files;
}

/** Every asset that is a template must be named by what it contains, or the bucket would hand out an older one. */
function expectTemplatesNamedByContent(directory: string): void {
  let checked = 0;
  for (const manifest of readdirSync(directory).filter((file) => file.endsWith('.assets.json'))) {
    for (const [id, file] of Object.entries(assetsOf(directory, manifest.replace('.assets.json', '')))) {
      if (!file.source.path.endsWith('.template.json')) continue;
      const hash = createHash('sha256')
        .update(readFileSync(path.join(directory, file.source.path)))
        .digest('hex');
      expect([file.source.path, id]).toEqual([file.source.path, hash]);
      for (const { objectKey } of Object.values(file.destinations)) expect(objectKey).toBe(`${hash}.json`);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(0);
}

function templateUrl(directory: string, artifact: string): string {
  return JSON.parse(readFileSync(path.join(directory, 'manifest.json'), 'utf8')).artifacts[artifact].properties.stackTemplateAssetObjectUrl;
}

describe('the stacks of an assembly', () => {
  test('are read with their environment, bucket and bootstrap parameter, by the names of whatever synthesizer made it', () => {
    new sqs.Queue(new Stack(app, 'Plain'), 'Q');
    const synthesizer = new DefaultStackSynthesizer({
      qualifier: 'mine',
      fileAssetsBucketName: `assets-\${AWS::AccountId}-of-\${Qualifier}-\${AWS::Region}`,
    });
    new sqs.Queue(new Stack(app, 'Own', { stackName: 'named', env: { account: '123456789012', region: 'eu-west-1' }, synthesizer }), 'Q');
    new sqs.Queue(new Stack(new Stage(app, 'Beta'), 'Inner'), 'Q');
    app.synth();
    const stacks = readStacks(outdir, DEFAULTS).map(
      ({ directory: _directory, artifactId: _artifact, templateFile: _file, ...rest }) => rest,
    );
    expect(stacks).toEqual(
      expect.arrayContaining([
        {
          stackName: 'Plain',
          environment: DEFAULTS,
          assetDestinations: [{ bucketName: 'cdk-hnb659fds-assets-000000000000-us-east-1', region: 'us-east-1' }],
          bootstrapParameters: ['/cdk-bootstrap/hnb659fds/version'],
        },
        {
          stackName: 'named',
          environment: { account: '123456789012', region: 'eu-west-1' },
          assetDestinations: [{ bucketName: 'assets-123456789012-of-mine-eu-west-1', region: 'eu-west-1' }],
          bootstrapParameters: ['/cdk-bootstrap/mine/version'],
        },
        expect.objectContaining({ stackName: 'Beta-Inner', environment: DEFAULTS }),
      ]),
    );
    expect(stacks).toHaveLength(3);
  });

  test('name the types of their resources, of nested stacks too, but none that a transform of the template replaces', () => {
    const stack = new Stack(app, 'S');
    new sqs.Queue(stack, 'Q');
    archiveIn(new NestedStack(stack, 'Nested'));
    const sam = new Stack(app, 'Sam');
    sam.addTransform('AWS::Serverless-2016-10-31');
    new (class extends sqs.Queue {})(sam, 'Q2');
    sam.templateOptions.metadata = {};
    const function_ = new lambda.CfnFunction(sam, 'F', { code: { zipFile: 'x' }, role: 'r' });
    Object.defineProperty(function_, 'cfnResourceType', { value: 'AWS::Serverless::Function' });
    app.synth();
    expect([...typesOf(resourcesOf(readStacks(outdir, DEFAULTS)))].sort()).toEqual([
      'AWS::CloudFormation::Stack',
      'AWS::Events::Archive',
      'AWS::Events::EventBus',
      'AWS::SQS::Queue',
    ]);
  });

  test('a folder that is no assembly is refused by name', () => {
    expect(() => readStacks(outdir, DEFAULTS)).toThrow(`${outdir} is not a synthesised CDK assembly`);
  });
});

describe('refused types taken out of an assembly', () => {
  test('nothing refused leaves every file as it is', () => {
    archiveIn(new Stack(app, 'S'));
    app.synth();
    const before = readdirSync(outdir).map((file) => readFileSync(path.join(outdir, file), 'utf8'));
    expect(reduceAssembly(readStacks(outdir, DEFAULTS), new Set())).toEqual([]);
    expect(reduceAssembly(readStacks(outdir, DEFAULTS), new Set(['AWS::Budgets::Budget']))).toEqual([]);
    expect(readdirSync(outdir).map((file) => readFileSync(path.join(outdir, file), 'utf8'))).toEqual(before);
  });

  test('are listed, and the template goes out under a new name with all that names it', () => {
    const stack = new Stack(app, 'S');
    const alarm = new sqs.Queue(stack, 'Q')
      .metricApproximateNumberOfMessagesVisible()
      .createAlarm(stack, 'A', { threshold: 1, evaluationPeriods: 1 });
    const composite = new cloudwatch.CompositeAlarm(stack, 'C', {
      alarmRule: cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM),
    });
    new CfnOutput(stack, 'Name', { value: composite.alarmName });
    app.synth();
    const before = templateUrl(outdir, 'S');
    const [read] = readStacks(outdir, DEFAULTS);
    expect(reduceAssembly([read!], new Set(['AWS::CloudWatch::CompositeAlarm']))).toEqual([
      { stackName: 'S', logicalId: expect.stringMatching(/^C/), type: 'AWS::CloudWatch::CompositeAlarm' },
    ]);
    const template: Template = readTemplate(outdir, 'S.template.json');
    expect(Object.values(template.Resources ?? {}).map(({ Type: type }) => type)).toEqual(['AWS::SQS::Queue', 'AWS::CloudWatch::Alarm']);
    expect(template.Outputs).toBeUndefined();
    expectTemplatesNamedByContent(outdir);
    const after = templateUrl(outdir, 'S');
    expect(after).not.toBe(before);
    const [hash] = Object.keys(assetsOf(outdir, 'S'));
    expect(after).toMatch(new RegExp(`/${hash}\\.json$`));
  });

  test('out of a nested stack: the outer template points to the new one and loses what it took from the inner', () => {
    const stack = new Stack(app, 'S');
    const nested = new NestedStack(stack, 'Nested');
    const archive = archiveIn(nested);
    new CfnOutput(stack, 'Arn', { value: archive.archiveArn });
    new CfnOutput(stack, 'Kept', { value: new sqs.Queue(nested, 'Q').queueUrl });
    new iam.ManagedPolicy(stack, 'P', {
      statements: [new iam.PolicyStatement({ actions: ['events:*'], resources: [archive.archiveArn] })],
    });
    app.synth();
    const [read] = readStacks(outdir, DEFAULTS);
    expect(reduceAssembly([read!], ARCHIVE)).toEqual([
      { stackName: expect.stringMatching(/^S\/Nested/), logicalId: expect.stringMatching(/^BusArchive/), type: 'AWS::Events::Archive' },
    ]);
    expectTemplatesNamedByContent(outdir);
    const outer = readTemplate(outdir, 'S.template.json');
    expect(Object.keys(outer.Outputs ?? {})).toEqual(['Kept']);
    const inner = Object.entries(assetsOf(outdir, 'S')).find(([, file]) => file.source.path.includes('nested'));
    expect(JSON.stringify(outer)).toContain(`${inner?.[0]}.json`);
    expect(JSON.stringify(outer)).toMatch(/not-run-locally-[A-Za-z0-9]+-Outputs/);
  });

  test.each(['strong', 'weak'])('a stack that takes over what another has lost, loses it too, by a %s reference', (strength) => {
    app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', strength);
    const producer = new Stack(app, 'Producer');
    const consumer = new Stack(app, 'Consumer');
    const { archiveArn } = archiveIn(producer);
    new CfnOutput(consumer, 'Arn', { value: archiveArn });
    new CfnOutput(consumer, 'Kept', { value: 'x' });
    new sqs.Queue(consumer, 'Q');
    app.synth();
    reduceAssembly(readStacks(outdir, DEFAULTS), ARCHIVE);
    expect(Object.keys(readTemplate(outdir, 'Consumer.template.json').Outputs ?? {})).toEqual(['Kept']);
    expectTemplatesNamedByContent(outdir);
  });

  test('a stack of which nothing is left can still be deployed', () => {
    new events.CfnArchive(new Stack(app, 'S'), 'Archive', { sourceArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' });
    app.synth();
    reduceAssembly(readStacks(outdir, DEFAULTS), ARCHIVE);
    expect(Object.values(readTemplate(outdir, 'S.template.json').Resources ?? {})).toEqual([
      { Type: 'AWS::CloudFormation::WaitConditionHandle' },
    ]);
  });

  test('in a stage, whose assembly is a folder below', () => {
    const inner = new Stack(new Stage(app, 'Beta'), 'Inner');
    archiveIn(inner);
    app.synth();
    const stacks = readStacks(outdir, DEFAULTS);
    expect(reduceAssembly(stacks, ARCHIVE)).toEqual([expect.objectContaining({ stackName: 'Beta-Inner' })]);
    expectTemplatesNamedByContent(stacks[0]!.directory);
  });

  test('are missed when something that is left needs them: nothing is written', () => {
    const stack = new Stack(app, 'S');
    const { archiveArn } = archiveIn(stack);
    new lambda.CfnFunction(stack, 'F', {
      code: { zipFile: 'x' },
      role: new CfnParameter(stack, 'P').valueAsString,
      environment: { variables: { ARCHIVE: archiveArn } },
    });
    app.synth();
    const before = readFileSync(path.join(outdir, 'S.template.json'), 'utf8');
    expect(() => reduceAssembly(readStacks(outdir, DEFAULTS), ARCHIVE)).toThrow(
      /^S: F \(AWS::Lambda::Function\) refers in Properties\.Environment\.Variables\.ARCHIVE to BusArchive/,
    );
    expect(readFileSync(path.join(outdir, 'S.template.json'), 'utf8')).toBe(before);
  });
});
