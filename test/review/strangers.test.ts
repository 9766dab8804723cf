import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE, pageWith, type Reviewed, reviewStrangers, sectionOf } from '../../bench/strangers';
import type { Finding } from '../../lib/review/report';
import { reviewOf } from '../support/topology/read';
import {
  arn,
  bucket,
  bus,
  httpApi,
  integration,
  invokes,
  lambda,
  oneTask,
  pipe,
  queue,
  type Resources,
  ref,
  role,
  rule,
  schedule,
  table,
  topic,
} from '../support/topology/resources';

/** Resources that the CDK adds for deployment and logs: no event of the business passes them. */
const HELPERS = /NotificationsHandler|LogRetention|Provider|OnEvent|IsComplete|AWS679f|CustomS3AutoDelete/;

describe('other people’s stacks under review', () => {
  let groups: ReturnType<typeof reviewStrangers>;
  const all = () => groups.flatMap(([, reviewed]) => reviewed);
  const named = (name: string): Reviewed => all().find((one) => one.name === name)!;
  const found = (name: string, rule: string): Finding[] => named(name).result.report.findings.filter((one) => one.rule === rule);

  beforeAll(() => {
    // Deprecations and warnings of strangers are theirs.
    const silenced = [jest.spyOn(console, 'log').mockImplementation(), jest.spyOn(console, 'warn').mockImplementation()];
    groups = reviewStrangers();
    for (const one of silenced) one.mockRestore();
  });

  it('are told in the page as they are found today (run node dist/bench/strangers.js after a build)', () => {
    const page = readFileSync(join(__dirname, '../..', PAGE), 'utf8');
    expect(page).toBe(pageWith(sectionOf(groups), page));
  });

  it('park events in queues without an alarm, each of which is found', () => {
    for (const { name, result } of all()) {
      const lots = [...result.graph.nodes.values()].filter((node) => node.kind === 'queue' && node.deadLetter);
      const told = found(name, 'loss-parking-lot-alarm').flatMap((finding) => finding.resources);
      const watched = new Set(result.graph.alarms.flatMap((alarm) => alarm.watches));
      expect(lots.filter((lot) => !told.includes(lot.label) && !watched.has(lot.id)).map((lot) => `${name}: ${lot.label}`)).toEqual([]);
    }
  });

  it('keep a visibility that does not follow the timeout', () => {
    expect(found('aws-sqs-lambda', 'time-visibility')).toEqual([]);
    expect(found('aws-sqs-lambda, the handler given 60 s', 'time-visibility')).toMatchObject([
      { message: expect.stringContaining('shows a message again after 30 s') },
    ]);
  });

  it('leave rules of EventBridge without a dead-letter queue', () => {
    for (const name of ['aws-eventbridge-lambda', 'aws-eventbridge-sqs', 'EventBridge rule to Lambda', 'EventBridge rule to SQS']) {
      expect(found(name, 'loss-rule-target')).toHaveLength(1);
    }
    expect(found('EventBridge rule with DLQ and two attempts to Lambda', 'loss-rule-target')).toEqual([]);
  });

  it('retry records of streams 500 times', () => {
    expect(found('aws-dynamodbstreams-lambda', 'storm-retry-budget')).toMatchObject([
      { message: expect.stringMatching(/501 times, the budget is 10: .* \(1 \+ MaximumRetryAttempts 500\)/) },
    ]);
  });

  it('multiply retries from construct to construct', () => {
    const [worst] = found('aws-sqs-lambda + aws-lambda-sns + aws-sns-lambda', 'storm-retry-budget');
    expect(worst!.message).toMatch(/15 x Lambda for \w+ 3 = 45/);
  });

  it('have helpers of the CDK, on which no event travels', () => {
    const withHelpers = ['Custom resources and log retention', 'S3 to Lambda', 'S3 to Lambda to the same bucket', 'aws-s3-lambda'];
    for (const name of withHelpers) {
      const { report, graph } = named(name).result;
      expect([...graph.nodes.values()].some((node) => HELPERS.test(node.label) && node.outsideFlow)).toBe(true);
      const travelled = [
        ...report.findings.flatMap((one) => [...one.resources, ...one.path]),
        ...report.paths.flatMap((one) => one.resources),
      ];
      expect(travelled.filter((label) => HELPERS.test(label))).toEqual([]);
      expect(report.unknowns.filter((one) => HELPERS.test(one.resource.logicalId))).toEqual([]);
    }
  });

  it('are never clean by silence: what has no finding says what is open', () => {
    for (const { name, result } of groups.flatMap(([title, reviewed]) => (title === 'Ours' ? [] : reviewed))) {
      const { findings, unknowns } = result.report;
      expect({ name, said: findings.length + unknowns.length > 0 }).toEqual({ name, said: true });
    }
  });

  it('show nothing in our own patterns, and leave open what no template tells', () => {
    const [, ours] = groups.find(([title]) => title === 'Ours')!;
    const told = ours.map(({ name, result: { report } }) => ({
      name,
      findings: report.findings.map(({ rule, severity }) => `${severity} ${rule}`),
      open: report.unknowns.map(({ property }) => property),
    }));
    expect(told).toEqual([
      { name: 'WebhookIngestion', findings: [], open: [] },
      { name: 'NotificationFanout', findings: [], open: ['Role: sns:Publish', 'Role: sns:Publish', 'consumers'] },
    ]);
  });
});

describe('what strangers taught the rules', () => {
  const told = (id: string, resources: Resources) => reviewOf(resources).report.findings.filter((finding) => finding.rule === id);
  const flow = { Flow: oneTask(invokes('Handler')), Handler: lambda() };

  it('a schedule is small, an event of a bus need not be', () => {
    const target = { Targets: [{ Id: 'One', Arn: ref('Flow') }] };
    expect(told('size-hand-over', { Rule: rule({ ScheduleExpression: 'rate(1 hour)', ...target }), ...flow })).toEqual([]);
    expect(told('size-hand-over', { Nightly: schedule({ Target: { Arn: ref('Flow') } }), ...flow })).toEqual([]);
    const Rule = rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] }, ...target });
    expect(told('size-hand-over', { Bus: bus(), Rule, ...flow })).toHaveLength(1);
  });

  it('a queue in front of a pipe starts an execution once, and a function as often as the queue tries', () => {
    const redriven = queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 20 } });
    const piped = (Target: unknown) => ({ Queue: redriven, Dlq: queue(), Pipe: pipe({ Source: arn('Queue'), Target }), ...flow });
    expect(told('storm-retry-budget', piped(ref('Flow')))).toEqual([]);
    expect(told('storm-retry-budget', piped(arn('Handler')))).toMatchObject([{ path: ['Queue', 'Pipe', 'Handler'] }]);
    expect(told('repetition-effect', piped(arn('Handler')))).toMatchObject([{ resources: ['Handler'] }]);
  });

  it('an API that waits for an Express machine gives up before it', () => {
    const waiting = (properties: object) => ({
      Api: httpApi(),
      Start: integration({
        ApiId: ref('Api'),
        IntegrationType: 'AWS_PROXY',
        IntegrationSubtype: 'StepFunctions-StartSyncExecution',
        RequestParameters: { StateMachineArn: ref('Flow') },
      }),
      ...flow,
      Flow: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineType: 'EXPRESS',
          Definition: { ...properties, StartAt: 'Work', States: { Work: { Type: 'Task', End: true, ...invokes('Handler') } } },
        },
      },
    });
    expect(told('time-caller-timeout', waiting({}))).toMatchObject([
      { resources: ['Start', 'Flow'], message: 'Api waits 30 s for Flow, which may run 5 min' },
    ]);
    expect(told('time-caller-timeout', waiting({ TimeoutSeconds: 20 }))).toEqual([]);
  });

  it('a notification with a filter need not be a loop', () => {
    const written = (entry: object) => ({
      Bucket: bucket({
        NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn('Handler'), ...entry }] },
      }),
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['s3:PutObject', { 'Fn::Join': ['', [arn('Bucket'), '/*']] }]),
    });
    expect(told('storm-loop', written({}))).toMatchObject([{ severity: 'error' }]);
    const Filter = { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } };
    expect(told('storm-loop', written({ Filter }))).toMatchObject([{ severity: 'info' }]);
  });

  it('what nobody invokes or reads is said to be open', () => {
    const { report } = reviewOf({ Handler: lambda(), Queue: queue(), Topic: topic() });
    expect(report.unknowns.map(({ resource, property }) => `${resource.logicalId} ${property}`)).toEqual([
      'Handler invocation',
      'Queue consumers',
      'Topic consumers',
    ]);
  });
});

const waits = { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } };

describe('the report', () => {
  const redriven = queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } });
  const { report } = reviewOf({
    Queue: redriven,
    Dlq: queue(),
    Pipe: pipe({ Source: arn('Queue'), Target: ref('Flow'), TargetParameters: waits }),
    Flow: oneTask({ ...invokes('Handler'), Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }] }, { StateMachineType: 'EXPRESS' }),
    Handler: lambda({ Role: arn('Role') }),
    Role: role(['dynamodb:PutItem', arn('Table')]),
    Table: table(),
  });

  it('has the fields that are promised, in every finding and every path', () => {
    const { findings, paths } = JSON.parse(JSON.stringify(report)) as { findings: object[]; paths: object[] };
    expect(findings.length * paths.length).toBeGreaterThan(0);
    for (const one of findings) {
      expect(one).toMatchObject({
        rule: expect.any(String),
        category: expect.stringMatching(/^(?:loss|repetition|storm|blocking|time|size|checklist)$/),
        severity: expect.stringMatching(/^(?:error|warning|info)$/),
        resources: expect.arrayContaining([expect.any(String)]),
        path: expect.arrayContaining([expect.any(String)]),
        message: expect.any(String),
        fix: expect.any(String),
      });
    }
    const count = /^(?:\d+(?:\.\d+)?|unlimited|unknown)$/;
    for (const { handlerRuns, handOverAttempts, secondsUntilParked, ...one } of report.paths) {
      expect(one).toMatchObject({
        from: one.resources[0],
        to: one.resources.at(-1),
        ends: expect.stringMatching(/^(?:effect|dlq|drop|error-to-caller|blocks|unknown)$/),
      });
      for (const value of [handlerRuns, handOverAttempts, secondsUntilParked]) expect(String(value)).toMatch(count);
    }
  });

  it('shows a storm as the product of its factors', () => {
    expect(report.findings.map(({ message }) => message)).toContain(
      'one event may run Handler 20 times, the budget is 10: Pipe 5 x Flow 4 = 20 (maxReceiveCount 5, 1 + retries 3 of Work); behind it Pipe 5 x Flow 4 x SDK in Handler 3 = 60 calls of Table',
    );
  });
});
