import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, NestedStack, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { Alarms, DeliveryReview, type DeliveryReviewProps, ReviewSeverity } from '../../lib';
import { RULES } from '../../lib/review';
import { payments } from '../support/cdk/stacks';

const before = process.cwd();
let folder: string;
let reported: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-plugin-'));
  process.chdir(folder);
  reported = '';
  jest.spyOn(console, 'error').mockImplementation((...parts: unknown[]) => {
    reported += `${parts.join(' ')}\n`;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.chdir(before);
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

/** A queue in front of a function, without a dead-letter queue. */
function lossy(scope: Construct): Queue {
  const queue = new Queue(scope, 'Orders');
  const worker = new LambdaFunction(scope, 'Worker', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
  });
  worker.addEventSource(new SqsEventSource(queue));
  return queue;
}

interface Outcome {
  readonly failed: boolean;
  readonly text: string;
  readonly violations: ReadonlyArray<{
    readonly ruleName: string;
    readonly severity: string;
    readonly suggestedFix?: string;
    readonly fix?: string;
    readonly violatingConstructs: ReadonlyArray<{ readonly constructPath?: string }>;
  }>;
}

/** Synthesises as `cdk synth` would. Older CDKs set an exit code where newer ones throw. */
function synth(app: App): Outcome {
  let text = '';
  let failed = false;
  try {
    app.synth();
  } catch (error) {
    failed = true;
    text = String(error);
  }
  failed ||= process.exitCode === 1;
  process.exitCode = 0;
  const report = ['validation-report.json', 'policy-validation-report.json']
    .map((file) => join(folder, 'cdk.out', file))
    .map((file) => {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as { pluginReports: Array<{ violations: Outcome['violations'] }> };
      } catch {
        return undefined;
      }
    })
    .find((one) => one !== undefined);
  return { failed, text: text + reported, violations: report?.pluginReports.flatMap((one) => one.violations) ?? [] };
}

function appWith(props: DeliveryReviewProps = {}): { readonly app: App; readonly stack: Stack } {
  const app = new App({ outdir: join(folder, 'cdk.out') });
  Validations.of(app).addPlugins(new DeliveryReview(props));
  return { app, stack: new Stack(app, 'Shop') };
}

const rulesOf = ({ violations }: Outcome) => violations.map((one) => one.ruleName);
const LOST = 'loss-queue-without-dead-letter';

describe('the synth of an app with the plugin', () => {
  test('fails on an error, with rule, construct path, way of the event and fix', () => {
    const { app, stack } = appWith();
    lossy(stack);
    const outcome = synth(app);
    expect(outcome.failed).toBe(true);
    expect(outcome.text).toContain(LOST);
    expect(outcome.text).toContain('Shop/Orders');
    expect(outcome.text).toMatch(/Orders[0-9A-F]{8} -> Worker[0-9A-F]{8}/);
    expect(outcome.text).toContain('RedrivePolicy');
    const violation = outcome.violations.find((one) => one.ruleName === LOST)!;
    expect(violation.severity).toBe('error');
    expect(violation.suggestedFix ?? violation.fix).toContain('RedrivePolicy');
    expect(violation.violatingConstructs.map((one) => one.constructPath?.replace('/Resource', ''))).toEqual(['Shop/Orders']);
  });

  test('passes with what is less than an error, and reports it', () => {
    const { app, stack } = appWith({ rules: [LOST], severity: { loss: ReviewSeverity.WARNING } });
    lossy(stack);
    const outcome = synth(app);
    expect(outcome.failed).toBe(false);
    expect(outcome.violations.find((one) => one.ruleName === LOST)!.severity).toBe('warning');
    expect(outcome.text).toContain(LOST);
  });

  test('passes without a word on a pattern of ours', () => {
    const { app, stack } = appWith();
    const onCall = new Topic(stack, 'OnCallPeople');
    onCall.addSubscription(new EmailSubscription('on-call@example.com'));
    payments(stack, { alarms: Alarms.toTopic(onCall) });
    const outcome = synth(app);
    expect(outcome.failed).toBe(false);
    expect(outcome.violations.filter((one) => RULES.some((rule) => rule.id === one.ruleName))).toEqual([]);
  });

  test('reads the stacks of stages and nested stacks with the rest', () => {
    const { app, stack } = appWith({ rules: [LOST] });
    lossy(new NestedStack(stack, 'Inner'));
    lossy(new Stack(new Stage(app, 'Prod'), 'Shop'));
    const outcome = synth(app);
    const constructs = outcome.violations.flatMap((one) =>
      one.violatingConstructs.map((construct) => construct.constructPath?.replace('/Resource', '')),
    );
    expect(constructs.sort()).toEqual(['Prod/Shop/Orders', 'Shop/Inner/Orders']);
  });

  test('reviews only the stage it is added to', () => {
    const app = new App({ outdir: join(folder, 'cdk.out') });
    lossy(new Stack(app, 'Free'));
    const prod = new Stage(app, 'Prod');
    Validations.of(prod).addPlugins(new DeliveryReview({ rules: [LOST] }));
    lossy(new Stack(prod, 'Shop'));
    const outcome = synth(app);
    expect(outcome.failed).toBe(true);
    expect(outcome.violations.flatMap((one) => one.violatingConstructs.map((construct) => construct.constructPath))).toEqual([
      expect.stringMatching(/^Prod\/Shop\/Orders/),
    ]);
  });
});

describe('an acknowledged finding', () => {
  test('does not fail the synth', () => {
    const { app, stack } = appWith({ rules: [LOST] });
    Validations.of(lossy(stack)).acknowledge({ id: `cdk-breakwater::${LOST}`, reason: 'orders are sent again each night' });
    const outcome = synth(app);
    expect(outcome.failed).toBe(false);
    expect(rulesOf(outcome)).toEqual([]);
  });

  test('of another rule changes nothing', () => {
    const { app, stack } = appWith({ rules: [LOST] });
    Validations.of(lossy(stack)).acknowledge({ id: 'cdk-breakwater::loss-retention', reason: 'short' });
    expect(synth(app).failed).toBe(true);
  });
});

describe('properties', () => {
  test('are those of breakwater.json: each has its effect', () => {
    const rulesFor = (props: DeliveryReviewProps): string[] => {
      const { app, stack } = appWith(props);
      const parkingLot = new Queue(stack, 'ParkingLot', { retentionPeriod: Duration.days(14) });
      const queue = new Queue(stack, 'Orders', {
        deadLetterQueue: { queue: parkingLot, maxReceiveCount: 5 },
        visibilityTimeout: Duration.minutes(1),
      });
      const worker = new LambdaFunction(stack, 'Worker', {
        runtime: Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler = async () => {}'),
      });
      worker.addEventSource(new SqsEventSource(queue));
      return rulesOf(synth(app));
    };
    const before = rulesFor({});
    expect(before).toEqual(expect.arrayContaining(['loss-parking-lot-alarm', 'repetition-effect']));
    expect(before).not.toContain('storm-retry-budget');
    expect(rulesFor({ budget: { handlerRuns: 4 } })).toContain('storm-retry-budget');
    expect(rulesFor({ budget: { within: Duration.minutes(1) } })).toContain('storm-time-until-parked');
    expect(rulesFor({ objectives: { asynchronous: Duration.seconds(1) } })).toContain('time-objective');
    expect(rulesFor({ assumptions: { idempotent: ['Shop/Worker'] } })).not.toContain('repetition-effect');
    expect(
      rulesFor({ ignore: [{ rule: 'loss-parking-lot-alarm', resource: 'Shop/ParkingLot', because: 'watched by hand' }] }),
    ).not.toContain('loss-parking-lot-alarm');
    expect(rulesFor({ rules: ['repetition'] }).every((rule) => rule.startsWith('repetition-'))).toBe(true);
  });

  test('go before those of the file, whose ignores count beside them', () => {
    writeFileSync('breakwater.json', JSON.stringify({ $schema: './config.json', rules: ['storm'], severity: { loss: 'warning' } }));
    writeFileSync('other.json', JSON.stringify({ rules: ['size'], ignore: [{ rule: LOST, resource: '*', because: 'seen' }] }));
    const outcomeOf = (props: DeliveryReviewProps) => {
      const { app, stack } = appWith(props);
      lossy(stack);
      return synth(app);
    };
    expect(rulesOf(outcomeOf({})).filter((rule) => rule.startsWith('loss-'))).toEqual([]);
    expect(outcomeOf({ rules: [LOST] })).toMatchObject({ failed: false, violations: [{ ruleName: LOST, severity: 'warning' }] });
    expect(outcomeOf({ rules: [LOST], severity: { [LOST]: ReviewSeverity.ERROR } }).failed).toBe(true);
    expect(rulesOf(outcomeOf({ rules: [LOST], configFile: 'other.json' }))).toEqual([]);
  });

  test.each<[DeliveryReviewProps, RegExp]>([
    [{ rules: ['loss-retentoin'] }, /^DeliveryReview: no rule and no category is called "loss-retentoin"/],
    [
      { ignore: [{ rule: 'loss', resource: '*', because: ' ' }] },
      /^DeliveryReview: ignore\[0\]\.because must be the reason, in words, given " "/,
    ],
    [{ budget: { handlerRuns: 0 } }, /^DeliveryReview: budget\.handlerRuns must be a number above 0, given 0/],
    [{ objectives: { synchronous: Duration.seconds(0) } }, /^DeliveryReview: objectives\.synchronousSeconds must be a number above 0/],
    [{ configFile: 'none.json' }, /^none\.json: no such file/],
  ])('that can not be used are refused where they are written: %j', (props, reason) => {
    expect(() => new DeliveryReview(props)).toThrow(reason);
  });

  test('tell the CDK version and rules', () => {
    const { name, version, ruleIds } = new DeliveryReview();
    expect(name).toBe('cdk-breakwater');
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(ruleIds).toEqual(RULES.map((rule) => rule.id));
  });
});
