import { Ways } from '../../lib/topology';
import { read, told } from '../support/topology/read';
import {
  api,
  arn,
  bucket,
  idempotent,
  invokes,
  lambda,
  mapping,
  method,
  oneTask,
  parkingLot,
  queue,
  ref,
  role,
  rule,
  sub,
  subscription,
  table,
  topic,
} from '../support/topology/resources';

const apiTo = (logicalId: string) => ({
  Api: api(),
  Post: method({
    RestApiId: ref('Api'),
    Integration: {
      Type: 'AWS_PROXY',
      Uri: sub(`arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/<${logicalId}.Arn>/invocations`),
    },
  }),
});

/** API -> function -> queue -> function -> table, with a parking lot. */
const ingestion = {
  ...apiTo('Receive'),
  Receive: lambda({ Role: arn('ReceiveRole') }),
  ReceiveRole: role(['sqs:SendMessage', arn('Queue')]),
  Queue: queue({ VisibilityTimeout: 60, RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } }),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Worker') }),
  Worker: idempotent({ Role: arn('WorkerRole') }),
  WorkerRole: role(['dynamodb:PutItem', arn('Table')]),
  Table: table(),
};

describe('paths', () => {
  it('end in an effect, in a parking lot, or with an error for the caller', () => {
    expect(told(read(ingestion))).toEqual([
      'Api > Receive | error-to-caller',
      'Api > Receive > Queue | error-to-caller',
      'Api > Receive > Queue > Worker > ParkingLot | dlq',
      'Api > Receive > Queue > Worker > Table | effect',
    ]);
  });

  it('count the runs of the handler and the time until the event is parked', () => {
    const { paths } = read(ingestion).paths;
    expect(paths.find((path) => path.ends === 'dlq')).toMatchObject({ handlerRuns: 5, handOverAttempts: 5, secondsUntilParked: 300 });
  });

  it('keep attempts to hand over apart from runs of the handler', () => {
    const { paths } = read({
      Topic: topic(),
      Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: arn('Handler') }),
      Handler: lambda(),
    }).paths;
    expect(paths.map(({ ends, handlerRuns, handOverAttempts }) => ({ ends, handlerRuns, handOverAttempts }))).toEqual([
      // The function is away: 23 days of attempts, no run.
      { ends: 'drop', handlerRuns: 1, handOverAttempts: 100_015 },
      // The function fails: three runs.
      { ends: 'drop', handlerRuns: 3, handOverAttempts: 100_015 },
      { ends: 'effect', handlerRuns: 3, handOverAttempts: 100_015 },
    ]);
  });

  it('show the product of the runs with its factors', () => {
    const topology = read({
      Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
      Dlq: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Starter') }),
      Starter: lambda({ Role: arn('Role') }),
      Role: role(['states:StartExecution', ref('Flow')]),
      Flow: oneTask({ ...invokes('Worker'), Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }] }),
      Worker: lambda(),
    });
    const path = topology.paths.paths.find((one) => one.nodes.at(-1) === 'Test/Worker' && one.ends === 'effect')!;
    expect(path.handlerRuns).toBe(20);
    expect(path.factors.map((factor) => [factor.runs, factor.because])).toEqual([
      [5, 'maxReceiveCount 5'],
      [4, '1 + retries 3 of Work'],
    ]);
  });

  it('begin anew behind a handler that repeats nothing: what it starts, it starts once', () => {
    const topology = read({
      Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
      Dlq: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Starter') }),
      Starter: idempotent({ Role: arn('Role') }),
      Role: role(['states:StartExecution', ref('Flow')]),
      Flow: oneTask({ ...invokes('Worker'), Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }] }),
      Worker: lambda(),
    });
    const path = topology.paths.paths.find((one) => one.nodes.at(-1) === 'Test/Worker' && one.ends === 'effect')!;
    expect(path.handlerRuns).toBe(4);
    expect(path.factors.map((factor) => factor.because)).toEqual(['1 + retries 3 of Work']);
    expect(new Ways(topology.graph).worstTo('Test/Worker').runs).toBe(4);
  });

  it('end at the machine that keeps a failed execution, and nowhere when it keeps none', () => {
    const rest = { Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: ref('Flow') }] }), Handler: lambda() };
    expect(told(read({ ...rest, Flow: oneTask(invokes('Handler')) }))).toContain('Rule > Flow | dlq');
    expect(told(read({ ...rest, Flow: oneTask(invokes('Handler'), { StateMachineType: 'EXPRESS' }) }))).toContain('Rule > Flow | drop');
  });

  it('that a stream blocks say so', () => {
    expect(
      told(
        read({
          Table: table(),
          Source: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler') }),
          Handler: lambda(),
        }),
      ),
    ).toContain('Table > Handler | blocks');
  });

  it('to a dead-letter topic without subscriptions are lost', () => {
    const topology = read({
      Rule: rule({ ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: arn('Handler') }] }),
      Handler: lambda({ DeadLetterConfig: { TargetArn: ref('Topic') } }),
      Topic: topic(),
    });
    expect(told(topology)).toContain('Rule > Handler > Topic | drop');
  });

  it('walk a loop once', () => {
    const topology = read({
      Bucket: bucket({ NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn('Handler') }] } }),
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['s3:PutObject', { 'Fn::Join': ['', [arn('Bucket'), '/*']] }]),
    });
    expect(told(topology)).toEqual(['Bucket > Handler | drop', 'Bucket > Handler > Bucket | unknown']);
  });

  it('go on where parked events are taken out again, also when two queues park in each other', () => {
    const redriven = (to: string) => queue({ RedrivePolicy: { deadLetterTargetArn: arn(to), maxReceiveCount: 3 } });
    const worker = { Source: mapping({ EventSourceArn: arn('Work'), FunctionName: ref('Handler') }), Handler: lambda() };
    const again = { Again: mapping({ EventSourceArn: arn('Dlq'), FunctionName: ref('Second') }), Second: lambda() };
    const paths = ['Work > Handler > Dlq | dlq', 'Work > Handler | effect'];
    expect(told(read({ Work: redriven('Dlq'), Dlq: redriven('Work'), ...worker }))).toEqual(paths);
    expect(told(read({ Work: redriven('Dlq'), Dlq: queue(), ...worker, ...again }))).toEqual([
      'Dlq > Second | drop',
      'Dlq > Second | effect',
      ...paths,
    ]);
  });

  it('tell the worst of several hand-overs between the same two', () => {
    const source = (MaximumRetryAttempts: number) =>
      mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler'), MaximumRetryAttempts });
    const { paths } = read({ Table: table(), A: source(2), B: source(9), C: source(4), Handler: lambda() }).paths;
    expect(paths.map(({ ends, handlerRuns }) => [ends, handlerRuns])).toEqual([
      ['drop', 10],
      ['effect', 10],
    ]);
  });

  it('are bounded, and say so when they are', () => {
    const width = 12;
    const resources: Record<string, ReturnType<typeof topic>> = { Start: topic() };
    for (let layer = 0; layer < 6; layer += 1) {
      for (let index = 0; index < width; index += 1) {
        resources[`T${layer}x${index}`] = topic();
        const from = layer === 0 ? ['Start'] : Array.from({ length: width }, (_, other) => `T${layer - 1}x${other}`);
        for (const giver of from)
          resources[`S${layer}x${index}from${giver}`] = subscription({
            TopicArn: ref(giver),
            Protocol: 'sqs',
            Endpoint: ref(`T${layer}x${index}`),
          });
      }
    }
    const { paths, truncated } = read(resources).paths;
    expect(paths.length).toBeLessThanOrEqual(2_001);
    expect(truncated).toContain('Start');
  });
});
