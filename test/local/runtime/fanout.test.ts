import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { controlEvent, eventProgress } from '../../../lib/runtime/notifications/event-control';
import { readDelivery } from '../../../lib/runtime/notifications/store/items';
import { recipientDeliveries } from '../../../lib/runtime/notifications/timelines';
import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';
import { account, comment, contracts, NIGHT, people, RULES, runTimers } from '../../support/notifications/fanout-scenarios';
import { FanoutWorld, PLAN_QUEUES, TABLE } from '../../support/notifications/fanout-world';

jest.setTimeout(120_000);

describeWithDynamoDbLocal('planning on the table', (local) => {
  beforeAll(async () => {
    await local().createTable('records');
    const keys = (...names: string[]) =>
      names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const) }));
    await local().client.send(
      new CreateTableCommand({
        ...{ TableName: TABLE, BillingMode: 'PAY_PER_REQUEST', KeySchema: keys('pk', 'sk') },
        AttributeDefinitions: ['pk', 'sk', 'recipient', 'planned_at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        GlobalSecondaryIndexes: [
          { IndexName: 'byRecipient', KeySchema: keys('recipient', 'planned_at'), Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
      }),
    );
  });

  async function story(world: FanoutWorld): Promise<FanoutWorld> {
    await world.recipients.putMany(people(6));
    await world.recipients.put({ ...people(1)[0]!, suppressed: ['P0@example.com'] });
    world.tell({ kind: 'engagement', recipient: 'p2', event: 'e1', channel: 'email', engagement: 'opened', at: '2026-11-20T23:31:00Z' });
    world.publish(comment('e1', ['p0', 'p1', 'p2', 'nobody']));
    await world.settle();
    world.tell({
      kind: 'engagement',
      recipient: 'p1',
      event: 'e1',
      channel: 'in_app',
      engagement: 'delivered',
      at: '2026-11-20T23:32:00Z',
    });
    world.publish(comment('e1', ['p0']));
    world.publish(comment('e2', ['p1']));
    await world.settle();
    await runTimers(world);
    return world;
  }

  test('comes to what it comes to in memory: conditions, transactions, lists and indexes included', async () => {
    const options = { rules: RULES, contracts, now: NIGHT, publish: true };
    const inMemory = await story(new FanoutWorld(options));
    const world = await story(new FanoutWorld({ ...options, dynamoDb: local().client as never }));
    const { Items = [] } = await local().client.send(new ScanCommand({ TableName: TABLE }));
    const byKey = Items.filter(({ sk }) => sk!.S === 'DELIVERY').sort((one, other) => (one.pk!.S! < other.pk!.S! ? -1 : 1));
    expect(account(world, byKey.map(readDelivery))).toEqual(account(inMemory));
    expect(world.parked).toEqual([]);

    expect(await eventProgress('e1', world.store)).toEqual(await eventProgress('e1', inMemory.store));
    const sqs = { send: async () => ({}) } as never;
    await controlEvent('e1', 'cancel', { store: world.store, sqs, queues: PLAN_QUEUES });
    expect((await eventProgress('e1', world.store)).event.state).toBe('cancelled');
    const timeline = await recipientDeliveries('p1', 10, { store: world.store, dynamoDb: local().client });
    expect(timeline.map(({ event, digest }) => event ?? digest!.events.map(({ id }) => id).join())).toEqual(['e1,e2', 'e2', 'e1']);
    await world.recipients.delete('p1');
    expect(await world.recipients.get('p1')).toBeUndefined();
  });
});
