import { createSocket, type Socket } from 'node:dgram';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as after } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createTelemetry } from '../../../lib/runtime/telemetry';
import { captureOutput, type Line } from '../../support/output';

const context = {
  functionName: 'receive',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:receive',
  memoryLimitInMB: '256',
  awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
} as Context;

const root = (invocation: number): string => `1-67891233-${String(invocation).padStart(24, '0')}`;

const environment = { ...process.env };
beforeEach(() => {
  process.env = { ...environment, AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand', AWS_LAMBDA_FUNCTION_NAME: 'receive' };
});
afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

describe('log lines', () => {
  test('carry the correlation id of their own record, also when records are worked on side by side', async () => {
    const { lines: output } = captureOutput();
    const { logger, correlated } = createTelemetry({ metricNamespace: 'Test' });
    await Promise.all(
      ['a', 'b', 'c'].map((id, index) =>
        correlated(id, async () => {
          logger.info('begun', { record: id });
          await after(3 - index);
          logger.info('done', { record: id });
        }),
      ),
    );
    logger.info('outside');
    const lines = output();
    expect(lines).toHaveLength(7);
    for (const line of lines.filter(({ record }) => record !== undefined)) expect(line.correlation_id).toBe(line.record);
    expect(lines.at(-1)).not.toHaveProperty('correlation_id');
  });

  test("name the function and Lambda's request inside an invocation", async () => {
    const { lines: output } = captureOutput();
    const { logger, invocation } = createTelemetry({ metricNamespace: 'Test' });
    await invocation(context, async () => logger.info('hello'));
    expect(output().find(({ message }) => message === 'hello')).toMatchObject({
      level: 'INFO',
      service: 'receive',
      cold_start: true,
      function_name: 'receive',
      function_request_id: context.awsRequestId,
    });
  });

  test('show what an error is and not what the SDK hangs on it', () => {
    const { lines: output } = captureOutput();
    const { logger } = createTelemetry({ metricNamespace: 'Test' });
    const cause = Object.assign(new Error('cancelled'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: { card: { S: '4242' } } }],
      $metadata: { requestId: 'R1', httpStatusCode: 400 },
    });
    logger.error('failed', { error: new Error('outer', { cause }) });
    const [line] = output();
    expect(line).toMatchObject({
      level: 'ERROR',
      error: { name: 'Error', message: 'outer', cause: { name: 'TransactionCanceledException', message: 'cancelled', requestId: 'R1' } },
    });
    expect(JSON.stringify(line)).not.toContain('4242');
  });

  test('show where an error was thrown, when it says so, and the id of a request that is one', () => {
    const { lines: output } = captureOutput();
    const { logger } = createTelemetry({ metricNamespace: 'Test' });
    const error = Object.assign(new Error('failed'), { $metadata: { requestId: 7 } });
    logger.error('failed', { error });
    delete error.stack;
    logger.error('failed', { error });
    const [first, second] = output().map((line) => line.error as Line);
    expect(first!.stack).toContain('telemetry.test');
    expect(Object.keys(first!)).toEqual(['name', 'location', 'message', 'stack']);
    expect(Object.keys(second!)).toEqual(['name', 'location', 'message']);
  });

  test('name the service as it was given, else as the environment does', () => {
    const { lines: output } = captureOutput();
    const say = (service?: string) => createTelemetry({ metricNamespace: 'Test', service }).logger.info('hello');
    say();
    process.env.POWERTOOLS_SERVICE_NAME = 'payments';
    say();
    say('given');
    delete process.env.POWERTOOLS_SERVICE_NAME;
    delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    say('');
    expect(output().map(({ service }) => service)).toEqual(['receive', 'payments', 'given', 'breakwater']);
  });
});

describe('metrics', () => {
  interface Emf extends Line {
    readonly _aws: {
      readonly CloudWatchMetrics: readonly [{ Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }];
    };
  }
  const emf = (lines: Line[]): Emf[] => lines.filter((line): line is Emf => '_aws' in line);

  test('are published at the end of an invocation, also of one that throws, and a cold start counts once', async () => {
    const { lines: output } = captureOutput();
    const { invocation, count, time } = createTelemetry({ metricNamespace: 'Test', service: 'payments' });
    await expect(
      invocation(context, async () => {
        count('Received');
        time('EndToEndTime', 12);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await invocation(context, async () => count('Received'));
    const documents = emf(output());
    expect(documents.map(({ ColdStart, Received, EndToEndTime }) => ({ ColdStart, Received, EndToEndTime }))).toEqual([
      { ColdStart: 1 },
      { Received: 1, EndToEndTime: 12 },
      { Received: 1 },
    ]);
    expect(documents[1]).toMatchObject({ service: 'payments' });
    expect(documents[1]!._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'Test',
      Dimensions: [['service']],
      Metrics: [
        { Name: 'Received', Unit: 'Count' },
        { Name: 'EndToEndTime', Unit: 'Milliseconds' },
      ],
    });
  });

  test('with dimensions count with and without them, and leave other metrics alone', async () => {
    const { lines: output } = captureOutput();
    const { invocation, count } = createTelemetry({ metricNamespace: 'Test' });
    await invocation(context, async () => {
      count('Received');
      count('Rejected', { reason: 'stale_timestamp' });
      count('Rejected', { reason: 'no_secret' });
    });
    const documents = emf(output()).filter(({ ColdStart }) => ColdStart === undefined);
    expect(documents.map(({ Received, Rejected, reason }) => ({ Received, Rejected, reason }))).toEqual([
      { Rejected: 1, reason: 'stale_timestamp' },
      { Rejected: 1, reason: 'no_secret' },
      { Received: 1 },
    ]);
    expect(documents[0]!._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service'], ['service', 'reason']]);
    expect(documents[2]!._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service']]);
  });

  test('print nothing but themselves when there are none', async () => {
    const { lines: output } = captureOutput();
    process.env.AWS_LAMBDA_INITIALIZATION_TYPE = 'provisioned-concurrency';
    await createTelemetry({ metricNamespace: 'Test' }).invocation(context, async () => undefined);
    expect(output()).toEqual([]);
  });
});

describe('traces', () => {
  interface Document {
    readonly id: string;
    readonly trace_id: string;
    readonly parent_id: string;
    readonly name: string;
    readonly annotations?: Line;
    readonly fault?: boolean;
    readonly cause?: { readonly exceptions: readonly { readonly message: string }[] };
  }
  const documents: Document[] = [];
  let daemon: Socket;

  beforeAll(async () => {
    daemon = createSocket('udp4');
    daemon.on('message', (message) => documents.push(JSON.parse(message.toString().split('\n')[1]!) as Document));
    await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise<void>((resolve) => daemon.close(() => resolve())));
  beforeEach(() => {
    documents.length = 0;
    jest.resetModules();
    process.env.AWS_XRAY_DAEMON_ADDRESS = `127.0.0.1:${daemon.address().port}`;
    process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
    process.env.LAMBDA_TASK_ROOT = '/var/task';
  });

  /** As Lambda's loop does it: each invocation begins in an event of its own, with its own trace. */
  function invoke(invocation: number, sampled: boolean, work: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        process.env._X_AMZN_TRACE_ID = `Root=${root(invocation)};Parent=${String(invocation).padStart(16, 'a')};Sampled=${sampled ? 1 : 0};Lineage=1:abc:0`;
        work().then(resolve, reject);
      });
    });
  }
  async function received(count: number): Promise<void> {
    const deadline = Date.now() + 5_000;
    while (documents.length < count && Date.now() < deadline) await after(5);
    expect(documents.map(({ name }) => name)).toHaveLength(count);
  }

  test('a sampled invocation sends its subsegments to its own trace, with annotations, and messages name them as parent', async () => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    const headers = new Map<string, string | undefined>();
    const record = (correlationId: string): Promise<void> =>
      trace.subsegment('record', { correlationId }, async () => {
        await after(2);
        headers.set(correlationId, trace.header());
      });
    await invoke(1, false, () => record('1a'));
    await invoke(2, true, () => Promise.all([record('2a'), record('2b')]));
    await invoke(3, false, () => record('3a'));
    await invoke(4, true, async () => {
      await trace.prepare();
      await record('4a');
    });
    await received(3);
    const byCorrelation = new Map(documents.map((document) => [document.annotations?.correlationId, document]));
    expect([...byCorrelation.keys()].sort()).toEqual(['2a', '2b', '4a']);
    expect(byCorrelation.get('2a')).toMatchObject({ trace_id: root(2), parent_id: 'aaaaaaaaaaaaaaa2', name: 'record' });
    expect(byCorrelation.get('4a')).toMatchObject({ trace_id: root(4), parent_id: 'aaaaaaaaaaaaaaa4' });
    expect(headers.get('1a')).toBe(`Root=${root(1)};Parent=aaaaaaaaaaaaaaa1;Sampled=0`);
    for (const id of ['2a', '2b', '4a']) {
      const { trace_id, id: subsegment } = byCorrelation.get(id)!;
      expect(headers.get(id)).toBe(`Root=${trace_id};Parent=${subsegment};Sampled=1`);
    }
  });

  test('an error is recorded and thrown on', async () => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    const failing = invoke(1, true, () => trace.subsegment('enqueue', {}, () => Promise.reject(new Error('queue away'))));
    await expect(failing).rejects.toThrow('queue away');
    await received(1);
    expect(documents[0]).toMatchObject({ name: 'enqueue', fault: true, cause: { exceptions: [{ message: 'queue away' }] } });
  });

  test('the tracer is not loaded, and clients are left as they are, until an invocation is sampled', async () => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    const client = new SQSClient({ region: 'eu-west-1' });
    const instrumented = (): boolean => client.middlewareStack.identify().some((name) => name.includes('XRay'));
    expect(trace.captureClient(client)).toBe(client);
    await invoke(1, false, () => trace.subsegment('record', {}, async () => undefined));
    expect(instrumented()).toBe(false);
    await invoke(2, true, () => trace.subsegment('record', {}, async () => undefined));
    expect(instrumented()).toBe(true);
    await received(1);
  });

  test.each([
    ['nothing', undefined],
    ['something else', 'nonsense'],
    ['a root of another format', 'Root=1-2-3;Parent=53995c3f42cd8ad8;Sampled=1'],
    ['a root with something before it', `Root=x${root(1)};Sampled=1`],
    ['a root with something behind it', `Root=${root(1)}0;Sampled=1`],
  ])('from %s there is no header, and work is done', async (_name, value) => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    if (value === undefined) delete process.env._X_AMZN_TRACE_ID;
    else process.env._X_AMZN_TRACE_ID = value;
    expect(await trace.subsegment('record', {}, async () => [trace.header(), trace.traceId()])).toEqual([undefined, undefined]);
    await trace.prepare();
  });

  test.each([
    ['its parent', `Root=${root(1)};Parent=53995c3f42cd8ad8;Sampled=0`, `Root=${root(1)};Parent=53995c3f42cd8ad8;Sampled=0`],
    ['no parent', `Root=${root(1)}`, `Root=${root(1)};Sampled=0`],
    ['a parent with something before it', `Root=${root(1)};Parent=x53995c3f42cd8ad8;Sampled=0`, `Root=${root(1)};Sampled=0`],
    ['a parent with something behind it', `Root=${root(1)};Parent=53995c3f42cd8ad80;Sampled=0`, `Root=${root(1)};Sampled=0`],
  ])('a header is passed on with %s, and nothing that SQS would refuse', (_name, value, header) => {
    process.env._X_AMZN_TRACE_ID = value;
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    expect(trace.header()).toBe(header);
    expect(trace.traceId()).toBe(root(1));
  });

  test('the tracer is prepared beside a request when the invocation is sampled, and only then', async () => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    const isInstrumented = (): boolean =>
      trace
        .captureClient(new SQSClient({ region: 'eu-west-1' }))
        .middlewareStack.identify()
        .some((name) => name.includes('XRay'));
    await invoke(1, false, () => trace.prepare());
    expect(isInstrumented()).toBe(false);
    await invoke(2, true, async () => {
      let sent = false;
      setImmediate(() => {
        sent = true;
      });
      await trace.prepare();
      expect(sent).toBe(true);
    });
    expect(isInstrumented()).toBe(true);
    await invoke(3, true, async () => {
      let waited = false;
      setImmediate(() => {
        waited = true;
      });
      await trace.prepare();
      expect(waited).toBe(false);
    });
    // Outside of a subsegment there is nothing of our own to name as parent.
    await invoke(4, true, async () => expect(trace.header()).toBe(`Root=${root(4)};Parent=aaaaaaaaaaaaaaa4;Sampled=1`));
  });

  test('is that of the environment where the runtime keeps none itself', () => {
    process.env._X_AMZN_TRACE_ID = `Root=${root(1)};Sampled=0`;
    const runtime = globalThis as { awslambda?: object };
    const { awslambda } = runtime;
    delete runtime.awslambda;
    try {
      expect(createTelemetry({ metricNamespace: 'Test' }).trace.traceId()).toBe(root(1));
    } finally {
      if (awslambda !== undefined) runtime.awslambda = awslambda;
    }
  });

  test('requests of the handler that are none of the SDK are left as they are', async () => {
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    await invoke(1, true, () => trace.prepare());
    const modules = [http, https] as { __request?: unknown; __get?: unknown }[];
    const captured = modules.filter(({ __request }) => __request !== undefined);
    for (const one of captured) {
      Object.assign(one, { request: one.__request, get: one.__get });
      delete one.__request;
    }
    expect(captured).toEqual([]);
  });

  test('a tracer that can not be loaded is said once, and work is done', async () => {
    const { lines } = captureOutput();
    const { trace } = createTelemetry({ metricNamespace: 'Test' });
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    trace.captureClient({ config: {}, middlewareStack: {} });
    for (const invocation of [1, 2]) {
      await expect(invoke(invocation, true, () => trace.subsegment('record', {}, async () => trace.header()))).resolves.toBe(
        `Root=${root(invocation)};Parent=aaaaaaaaaaaaaaa${invocation};Sampled=1`,
      );
    }
    const warnings = lines().filter(({ level }) => level === 'WARN');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ message: 'tracing is off: the tracer could not be loaded', error: { name: 'TypeError' } });
  });
});
