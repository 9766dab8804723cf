import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FanoutEnvironment, FanoutHandler, type ProviderSettings, SETTINGS_MODULE } from '../../../../lib/blocks/fanout-contract';
import { ChannelWorld, RULE, TEMPLATES } from '../../../runtime/channels/world';
import { RawAnswer, type ReceivedRequest, startAwsEndpoint } from '../../../support/aws-endpoint';

/** Requires the bundle as Lambda does, hands it one event, prints its answer. */
const LAMBDA = `
const { handler } = require(process.argv[1]);
handler(JSON.parse(process.argv[2]), { functionName: 'send', getRemainingTimeInMillis: () => 20000 }).then(
  (answer) => process.stdout.write('\\nANSWER ' + JSON.stringify(answer)),
  (error) => { process.stdout.write('\\nERROR ' + error.stack); process.exit(1); },
);`;

async function run(
  name: string,
  event: object,
  environment: Record<string, string>,
  world: ChannelWorld,
  provider: (request: ReceivedRequest) => object,
) {
  const layer = mkdtempSync(path.join(tmpdir(), 'settings-'));
  mkdirSync(path.join(layer, SETTINGS_MODULE));
  const settings = { rules: { version: 1, events: [], rules: [RULE] }, templates: TEMPLATES, validators: {} };
  writeFileSync(path.join(layer, SETTINGS_MODULE, 'index.js'), `module.exports = ${JSON.stringify(settings)};`);
  const asked: ReceivedRequest[] = [];
  const aws = await startAwsEndpoint((request) => {
    const command = { [`${request.operation}Command`]: class {} }[`${request.operation}Command`]!;
    if (/Item/.test(request.operation)) return world.client.send(Object.assign(new command(), { input: request.body }) as never);
    asked.push(request);
    return provider(request);
  });
  const bundle = path.resolve('dist/handlers', name);
  if (!existsSync(bundle)) throw new Error(`${bundle} is not built: npm run build`);
  const child = spawn(process.execPath, ['-e', LAMBDA, bundle, JSON.stringify(event)], {
    env: {
      ...{ PATH: process.env.PATH, NODE_PATH: layer, AWS_LAMBDA_FUNCTION_NAME: 'send', ...aws.environment },
      ...{ BREAKWATER_IDEMPOTENCY_TABLE: 'idempotency', BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS: '1000000' },
      ...{
        BREAKWATER_QUEUE_URL: `${aws.environment.AWS_ENDPOINT_URL}/queue`,
        BREAKWATER_PARKING_LOT_URL: `${aws.environment.AWS_ENDPOINT_URL}/lot`,
      },
      BREAKWATER_RETRY_BUDGET: '{"attempts":3,"baseDelaySeconds":1,"maxDelaySeconds":10}',
      [FanoutEnvironment.TABLE]: 'fanout',
      ...environment,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  await new Promise((resolve) => child.on('close', resolve));
  aws.stop();
  rmSync(layer, { recursive: true });
  const answer = /ANSWER (.*)$/.exec(output)?.[1];
  if (answer === undefined) throw new Error(output);
  return { answer: JSON.parse(answer), asked, output };
}

function channelOf(channel: string, provider: ProviderSettings): Record<string, string> {
  return {
    [FanoutEnvironment.CHANNEL]: channel,
    [FanoutEnvironment.CHANNEL_SETTINGS]: JSON.stringify({ providers: [provider], unknownOutcome: 'park', unsubscribe: false }),
  };
}

describe('the built handler of a channel', () => {
  test('sends e-mail by SES, whose client lies beside it', async () => {
    const world = new ChannelWorld();
    const record = world.plan();
    const { answer, asked, output } = await run(
      FanoutHandler.SEND,
      { Records: [record] },
      channelOf('email', { kind: 'ses', from: 'shop@example.org' }),
      world,
      () => ({ MessageId: 'ses-1' }),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(asked).toMatchObject([
      { operation: 'POST /v2/email/outbound-emails', body: { Content: { Simple: { Subject: { Data: 'Order 7' } } } } },
    ]);
    expect(world.message()).toMatchObject({ status: 'sent', reason: 'sent: by ses, ses-1' });
    expect(output).not.toContain('ann.bell');
    expect(output).toContain('NotificationsSent');
  });

  test('sends text messages by SNS', async () => {
    const world = new ChannelWorld();
    const record = world.plan({ channel: 'sms', profile: { addresses: { sms: '+4915112345678' } } });
    const xml =
      '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>sns-1</MessageId></PublishResult></PublishResponse>';
    const { answer, asked } = await run(
      FanoutHandler.SEND,
      { Records: [record] },
      channelOf('sms', { kind: 'sms' }),
      world,
      () => new RawAnswer(200, { 'content-type': 'text/xml' }, xml),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(asked).toMatchObject([{ operation: 'Publish', body: { PhoneNumber: '+4915112345678', Message: 'Order 7 left, Ann.' } }]);
    expect(world.message('ann', 'occurrence-1', 'sms').status).toBe('sent');
  });

  test('says at its start what its environment lacks', async () => {
    await expect(run(FanoutHandler.SEND, {}, {}, new ChannelWorld(), () => ({}))).rejects.toThrow(
      'channel(): BREAKWATER_FANOUT_CHANNEL must be the name of a channel, given nothing; BREAKWATER_FANOUT_CHANNEL_SETTINGS must be',
    );
  });
});

test('the built handler of feedback takes what SES tells', async () => {
  const world = new ChannelWorld();
  world.plan({ status: 'sent' });
  const record = world.plan({ occurrence: 'other' });
  const detail = { eventType: 'Delivery', mail: { messageId: 'm', timestamp: new Date().toISOString(), tags: {} }, delivery: {} };
  const queues = { [FanoutEnvironment.PLAN_QUEUES]: '{"transactional":"https://a","bulk":"https://b"}' };
  const event = { Records: [{ ...record, body: JSON.stringify({ source: 'aws.ses', detail }) }] };
  await expect(run(FanoutHandler.FEEDBACK, event, queues, world, () => ({}))).resolves.toMatchObject({ answer: { batchItemFailures: [] } });
});

test('the built handler of links to unsubscribe answers a request', async () => {
  const environment = { [FanoutEnvironment.UNSUBSCRIBE_SECRET]: 'arn:secret' };
  const event = { queryStringParameters: { token: 'v1.a.b' }, requestContext: { http: { method: 'GET' } } };
  const { answer } = await run(FanoutHandler.UNSUBSCRIBE, event, environment, new ChannelWorld(), () => ({ SecretString: 'secret' }));
  expect(answer).toMatchObject({ statusCode: 400, headers: { 'content-type': 'text/html; charset=utf-8' } });
});
