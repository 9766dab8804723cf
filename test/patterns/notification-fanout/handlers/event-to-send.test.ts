import type { Context } from 'aws-lambda';
import { readContracts } from '../../../../lib/notification-rules/contracts';
import { createChannel } from '../../../../lib/runtime/channels/channel';
import type { OutgoingMessage } from '../../../../lib/runtime/channels/contract';
import { readUnsubscribeToken } from '../../../../lib/runtime/channels/unsubscribe-token';
import { systemClock } from '../../../../lib/runtime/clock';
import { createSecretReader } from '../../../../lib/runtime/secret-reader';
import { RULE, START, TEMPLATES } from '../../../runtime/channels/world';
import { recordedTelemetry, sqsRecord } from '../../../runtime/worker/worker-bench';
import type { SentCommand } from '../../../support/in-memory-table/in-memory-tables';
import { FanoutWorld, TABLE } from '../../../support/notifications/fanout-world';

const RULES = { version: 1 as const, events: [{ name: RULE.event, version: 1 }], rules: [RULE] };

test('an event is planned, sent, and what its link says holds for the next', async () => {
  const world = new FanoutWorld({ rules: RULES, contracts: readContracts('rules.json', RULES, () => '{}'), now: START });
  world.tables.createTable('sends', 'id');
  await world.recipients.put({ id: 'ann', addresses: { email: 'ann@example.com' }, data: { name: 'Ann' } });
  const sent: OutgoingMessage[] = [];
  const client = {
    config: {},
    middlewareStack: { identify: () => [], addRelativeTo: () => {} },
    send: async (command: SentCommand) => world.tables.answer(command),
  };
  const channel = createChannel({
    settings: {
      ...{ tableName: TABLE, channel: 'email', publish: true },
      settings: { providers: [], unknownOutcome: 'park', unsubscribe: true },
      unsubscribe: { secretArn: 'arn:secret', url: 'https://n.example.org/unsubscribe' },
    },
    rules: { rules: RULES, templates: TEMPLATES },
    secrets: createSecretReader({ now: () => world.now, getSecretValue: async () => ({ SecretString: 'a secret' }) }),
    senders: () => [{ name: 'ses', send: async (message) => void sent.push(message) }],
    worker: {
      settings: {
        ...{ idempotencyTable: 'sends', retentionSeconds: 1_000_000, queueUrl: 'own', parkingLotUrl: 'lot', functionName: 'send' },
        retryBudget: { attempts: 3, baseDelaySeconds: 1, maxDelaySeconds: 1 },
      },
      dynamoDb: client as never,
      sqs: { send: () => Promise.reject(new Error('nothing is parked')) } as never,
      s3: () => Promise.reject(new Error('no claims')),
      telemetry: recordedTelemetry(),
      clock: { ...systemClock, now: () => world.now },
    },
  });
  const happens = async (id: string) => {
    world.publish({ id, name: RULE.event, version: 1, payload: { customer: 'ann', order: 7 } });
    await world.settle();
    const records = world.handedOver().map((message) => sqsRecord({ body: JSON.stringify(message) }));
    const answer = await channel({ Records: records }, { getRemainingTimeInMillis: () => 30_000 } as Context);
    expect(answer).toEqual({ batchItemFailures: [] });
    const delivery = world.deliveries().find(({ event }) => event === id)!;
    return Object.values(delivery.messages).map(({ status, reason }) => `${status}: ${reason}`);
  };

  await expect(happens('e1')).resolves.toEqual(['sent: sent: by ses']);
  expect(sent).toMatchObject([{ address: 'ann@example.com', content: { subject: 'Order 7', text: 'Order 7 left, Ann.' }, events: ['e1'] }]);
  // Handed over again, with all that was handed over before.
  await expect(happens('e1')).resolves.toEqual(['sent: sent: by ses']);

  const token = new URL(sent[0]!.unsubscribeUrl!).searchParams.get('token')!;
  await expect(world.recipients.unsubscribe(readUnsubscribeToken(token, ['a secret'])!)).resolves.toBe(true);
  await expect(happens('e2')).resolves.toEqual(['suppressed: preference: category orders on email is off']);
  expect(sent).toHaveLength(1);
});
