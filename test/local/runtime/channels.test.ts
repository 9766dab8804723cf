import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RefusedError } from '../../../lib/runtime';
import { SharedBreaker } from '../../../lib/runtime/channels/shared-breaker';
import { SharedRate } from '../../../lib/runtime/channels/shared-rate';
import { systemClock } from '../../../lib/runtime/clock';
import { breakerKey, deliveryItemKey, rateKey, suppressionKey } from '../../../lib/runtime/notifications/store/keys';
import { ADDRESS } from '../../runtime/channels/messages';
import { ChannelWorld } from '../../runtime/channels/world';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';

describeWithDynamoDbLocal('a channel and the table it shares', (local) => {
  const item = async (key: object) => {
    const { Item } = await local().client.send(new GetItemCommand({ TableName: 'fanout', Key: marshall(key), ConsistentRead: true }));
    return Item && unmarshall(Item);
  };
  beforeAll(async () => {
    await local().createTable('idempotency');
    await local().client.send(
      new CreateTableCommand({
        TableName: 'fanout',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  });

  test.each<[string, () => Promise<{ id: string }>, string]>([
    ['is sent', async () => ({ id: 'p' }), 'sent'],
    ['has no known outcome', () => Promise.reject(Object.assign(new Error(), { code: 'ECONNRESET' })), 'unknown'],
    ['is refused', () => Promise.reject(new RefusedError('gone: no', { suppress: true })), 'failed'],
  ])('a message that %s', async (occurrence, provider, status) => {
    const world = new ChannelWorld({ client: local().client, publish: true, settings: { ratePerSecond: 100 } });
    world.provider = provider;
    world.plan({ occurrence });
    for (const planned of world.planned()) await local().client.send(new PutItemCommand({ TableName: 'fanout', Item: planned }));
    await world.receive();
    expect(world.queue).toEqual([]);
    const delivery = await item(deliveryItemKey({ occurrence, recipient: 'ann' }));
    expect(delivery).toMatchObject({
      messages: { 'email#order-shipped': { status } },
      timeline: [{ status: 'queued' }, { status }],
      outbox: { detailType: 'NotificationDeliveryChanged' },
    });
    if (status === 'failed') expect(await item(suppressionKey(ADDRESS))).toMatchObject({ 'by#provider:email': [{ reason: 'gone' }] });
  });

  test('three workers take each place once, and are as quick as the rate', async () => {
    const table = { dynamoDb: local().client, tableName: 'fanout', clock: systemClock };
    const workers = Array.from({ length: 3 }, () => new SharedRate(rateKey('together'), 100, table));
    const sent: number[] = [];
    const started = Date.now();
    const until = started + 20_000;
    await Promise.all(
      [0, 1, 2, 0, 1, 2].map(async (worker) => {
        for (let batch = 0; batch < 2; batch++) {
          await Promise.all(
            Array.from({ length: 10 }, async () => {
              await expect(workers[worker]!.waitForPlace('transactional', until)).resolves.toBeUndefined();
              sent.push(Date.now());
            }),
          );
        }
      }),
    );
    expect(sent).toHaveLength(120);
    expect(Math.max(...sent) - started).toBeGreaterThanOrEqual(1_190);
    const { free_at: free } = (await item(rateKey('together'))) as { free_at: number };
    // Each of them took one, whatever met.
    expect(free / 1000 - started).toBeGreaterThanOrEqual(1_200);
  });

  test('a breaker is tried by one of those that come at the same time', async () => {
    let now = Date.now();
    const clock = { ...systemClock, now: () => now };
    const workers = Array.from(
      { length: 6 },
      () => new SharedBreaker(breakerKey('email', 'ses'), { dynamoDb: local().client, tableName: 'fanout', clock }),
    );
    for (let failure = 0; failure < 5; failure++) {
      const admission = await workers[0]!.admit();
      if (admission.admitted) await admission.report(false);
    }
    now += 1_000;
    for (const worker of workers) expect((await worker.admit()).admitted).toBe(false);
    now += 10_000;
    const admissions = await Promise.all(workers.map((worker) => worker.admit()));
    expect(admissions.filter(({ admitted }) => admitted)).toHaveLength(1);
  });
});
