import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DeliveryStatus } from '../../../../lib/blocks/fanout-contract';
import { createFeedback } from '../../../../lib/patterns/notification-fanout/handlers/feedback';
import type { SesEvent } from '../../../../lib/patterns/notification-fanout/handlers/ses-event';
import { TableReader } from '../../../../lib/runtime/channels/table-reader';
import { suppressionKey } from '../../../../lib/runtime/notifications/store/keys';
import { ChannelWorld } from '../../../runtime/channels/world';
import { bench, RecordedClient, type RecordParts, sqsRecord } from '../../../runtime/worker/worker-bench';
import { ADDRESS, EVENTS, NAME, sesEvent } from './ses-events';

function world(status: DeliveryStatus = 'sent', options: { readonly until?: readonly string[]; readonly digest?: readonly string[] } = {}) {
  const channels = new ChannelWorld();
  const events = options.digest?.map((id) => ({ id, occurrence: `of-${id}` }));
  const digest = events && { channel: 'email', rule: 'order-shipped', key: null, opens: 0, flush: 0, at: 0, events };
  channels.plan({ occurrence: NAME.occurrence, status, delivery: digest === undefined ? { event: 'e1' } : { digest } });
  const client = channels.client as DynamoDBClient;
  const sqs = new RecordedClient();
  const rule = { id: NAME.rule, fallback: { channel: 'sms', until: options.until ?? ['seen'] } };
  const feedback = createFeedback({
    tableName: 'fanout',
    reader: new TableReader({ dynamoDb: client, tableName: 'fanout' }),
    sqs: sqs as never,
    planQueues: { transactional: 'https://plan/transactional', bulk: 'https://plan/bulk' },
    rules: { rules: [rule] } as never,
    publish: true,
    clock: { now: () => channels.now, random: () => 0.5, after: () => () => {} },
  });
  const worker = bench<SesEvent>(feedback, { dynamoDb: client, sqs });
  const tell = (event: SesEvent, parts: Partial<RecordParts> = {}) => worker.run([sqsRecord({ body: JSON.stringify(event), ...parts })]);
  const suppressed = () => channels.item({ pk: suppressionKey(ADDRESS).pk });
  const passedOn = () => sqs.named('SendMessage').map(({ QueueUrl, MessageBody }) => [QueueUrl, JSON.parse(String(MessageBody))]);
  return { channels, tell, suppressed, passedOn, worker, message: () => channels.message('ann', NAME.occurrence), sqs };
}

describe('what SES tells of an e-mail', () => {
  test.each<[keyof typeof EVENTS, DeliveryStatus, string]>([
    ['hardBounce', 'bounced', 'bounce: Permanent, General'],
    ['softBounce', 'bounced', 'bounce: Transient, MailboxFull'],
    ['complaint', 'complained', 'complaint: abuse'],
    ['delivery', 'delivered', 'delivered: to the mail server of the recipient'],
    ['reject', 'failed', 'rejected: by SES, Bad content'],
    ['renderingFailure', 'failed', 'rendering: SES could not render a template of its own'],
    ['delay', 'sent', ''],
    ['open', 'sent', ''],
    ['click', 'sent', ''],
    ['send', 'sent', ''],
  ])('%s: its delivery is %s', async (name, status, reason) => {
    const { tell, message } = world();
    await expect(tell(EVENTS[name])).resolves.toEqual({ batchItemFailures: [] });
    expect(message()).toMatchObject(
      reason === ''
        ? { status }
        : { status, reason, at: Date.parse('2026-11-21T10:00:0'.concat(name === 'reject' || name === 'renderingFailure' ? '0Z' : '4Z')) },
    );
  });

  test.each<[keyof typeof EVENTS, boolean]>([
    ['hardBounce', true],
    ['complaint', true],
    ['softBounce', false],
    ['delivery', false],
    ['delay', false],
    ['reject', false],
  ])('%s suppresses its address: %s', async (name, wanted) => {
    const { tell, suppressed } = world();
    await tell(EVENTS[name]);
    if (!wanted) return expect(suppressed()).toBeUndefined();
    expect(suppressed()).toMatchObject({
      'by#provider:email': [{ channel: 'email', reason: name === 'complaint' ? 'complaint' : 'bounce' }],
    });
    return undefined;
  });

  test('is told to whoever waits for it, and noted in the timeline, once however often it comes', async () => {
    const { tell, passedOn, channels } = world();
    await tell(EVENTS.open);
    await tell(EVENTS.open);
    const [first, second] = passedOn();
    // The queue knows a copy by its text.
    expect(second).toEqual(first);
    expect([first]).toEqual([
      [
        'https://plan/transactional',
        { kind: 'engagement', recipient: 'ann', event: 'e1', channel: 'email', engagement: 'opened', at: '2026-11-21T10:00:04.000Z' },
      ],
    ]);
    expect(channels.delivery('ann', NAME.occurrence).timeline.map(({ status }) => status)).toEqual(['sent', 'opened']);
  });

  test('counts as engagement when a rule waits for just that', async () => {
    const waiting = world('sent', { until: ['delivered'] });
    await waiting.tell(EVENTS.delivery);
    expect(waiting.passedOn()).toMatchObject([['https://plan/transactional', { engagement: 'delivered' }]]);
    const other = world();
    await other.tell(EVENTS.delivery);
    expect(other.passedOn()).toEqual([]);
  });

  test('of a digest is an engagement with each of its events', async () => {
    const { tell, passedOn } = world('sent', { digest: ['e1', 'e2'] });
    await tell(
      sesEvent('Email Clicked', 'Click', { click: { timestamp: '2026-11-21T10:00:04.000Z' } }, { ...NAME, event: undefined as never }),
    );
    expect(passedOn().map(([, { event, engagement }]) => [event, engagement])).toEqual([
      ['e1', 'clicked'],
      ['e2', 'clicked'],
    ]);
  });

  test('may come before the message is noted as sent, and after worse: a later status stays', async () => {
    const early = world('queued');
    await early.tell(EVENTS.delivery);
    expect(early.message().status).toBe('delivered');
    const late = world('complained');
    await late.tell(EVENTS.delivery);
    expect(late.message().status).toBe('complained');
    expect(late.channels.delivery('ann', NAME.occurrence).timeline.map(({ status }) => status)).toEqual(['complained', 'delivered']);
  });

  test('resolves an outcome that nobody knew', async () => {
    const { tell, message } = world('unknown');
    await tell(EVENTS.delivery);
    expect(message().status).toBe('delivered');
  });

  test('suppresses also when the e-mail is of no delivery that is kept', async () => {
    const { tell, suppressed } = world();
    const { detail } = EVENTS.hardBounce;
    await tell({ ...EVENTS.hardBounce, detail: { ...detail, mail: { ...detail!.mail, tags: {} } } });
    expect(suppressed()).toMatchObject({ 'by#provider:email': [{ reason: 'bounce' }] });
  });

  test('that is no event of SES is parked', async () => {
    const { tell, sqs } = world();
    await tell({ detail: { eventType: 'Bounce' } });
    expect(sqs.named('SendMessage')[0]).toMatchObject({ MessageAttributes: { BreakwaterReason: { StringValue: 'malformed' } } });
  });

  test('leaves no address in logs, metrics or the delivery', async () => {
    const { tell, channels, worker } = world();
    for (const event of Object.values(EVENTS)) await tell(event);
    await tell({ detail: { eventType: ADDRESS } });
    const told = JSON.stringify([worker.telemetry.lines, worker.telemetry.counts, channels.delivery('ann', NAME.occurrence)]);
    expect(told).toContain('bounced');
    expect(told).not.toContain('recipient@');
  });
});

test('what is kept of a suppressed address does not name it', async () => {
  const { tell, suppressed } = world();
  await tell(EVENTS.hardBounce);
  expect(JSON.stringify(suppressed())).not.toContain('example.com');
});
