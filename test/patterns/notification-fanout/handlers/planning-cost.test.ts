import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { NotificationRule, NotificationRules } from '../../../../lib/notification-rules/rules';
import { itemBytes } from '../../../../lib/runtime/transaction/limits';
import { comment, contracts, NIGHT, RULES } from '../../../support/notifications/fanout-scenarios';
import { FanoutWorld, type SentRequest } from '../../../support/notifications/fanout-world';

jest.setTimeout(60_000);

const RECIPIENTS = 100;
type Item = Record<string, AttributeValue>;

/** What one event to its recipients costs, for one of them. Units as DynamoDB counts them; the index takes one more for each delivery, keys only. */
async function costOf(rule: Partial<NotificationRule>, publish = false, recipients = RECIPIENTS) {
  const rules: NotificationRules = {
    ...RULES,
    quietHours: undefined as never,
    rules: [
      {
        id: 'rule',
        event: 'comment',
        category: 'social',
        audience: { field: '/payload/to' },
        channels: ['email', 'push'],
        ...rule,
      },
    ],
  };
  const world = new FanoutWorld({
    rules: JSON.parse(JSON.stringify(rules)),
    contracts,
    now: NIGHT,
    publish,
  });
  // Ids as long as those of most.
  const ids = Array.from({ length: recipients }, (_, index) => `0f7a3c52-66e1-8d1e-9a52-${String(index).padStart(12, '0')}`);
  await world.recipients.putMany(
    ids.map((id, index) => ({
      id,
      timezone: 'Europe/Berlin',
      addresses: {
        email: `p${index}@example.com`,
        push: `token-${index}`,
        sms: `+49${index}`,
      },
    })),
  );
  world.publish(comment('5b1d2c9e-0a43-8f3e-b1c4-7d2f0e9a6c11', ids));
  await world.settle();
  expect(world.deliveries()).toHaveLength(recipients);
  const per = (total: number): number => Math.round((total / recipients) * 100) / 100;
  return {
    requests: per(world.requests.length),
    write: per(sum(world.requests, writeUnits)),
    read: per(sum(world.requests, (one) => readUnits(one, world))),
  };
}

function sum(requests: readonly SentRequest[], units: (request: SentRequest) => number): number {
  return requests.reduce((total, request) => total + units(request), 0);
}

function writeUnits({ kind, input }: SentRequest): number {
  const { Item, TransactItems = [] } = input as {
    Item?: Item;
    TransactItems?: { Put?: { Item: Item } }[];
  };
  const unitsOf = (item: Item) => Math.ceil(itemBytes(item) / 1024) + (item.planned_at === undefined ? 0 : 1);
  if (kind === 'PutItem') return unitsOf(Item!);
  // Of an update's size the request says nothing: those here change small items.
  if (kind === 'UpdateItem') return 1;
  return TransactItems.reduce(
    (total, { Put }) =>
      total + (Put === undefined ? 2 : 2 * Math.ceil(itemBytes(Put.Item) / 1024) + (Put.Item.planned_at === undefined ? 0 : 1)),
    0,
  );
}

/** Consistent reads: a unit for each item up to 4 KB, also for one that is not there. */
function readUnits({ kind, input }: SentRequest, { tables }: FanoutWorld): number {
  if (kind === 'GetItem') return 1;
  if (kind === 'Query')
    return Math.ceil(
      (
        tables.answer({ input, constructor: { name: 'QueryCommand' } }) as {
          Items: Item[];
        }
      ).Items.reduce((bytes, item) => bytes + itemBytes(item), 0) / 4096,
    );
  const { RequestItems = {} } = input as {
    RequestItems?: Record<string, { Keys: Item[] }>;
  };
  return Object.values(RequestItems).reduce((total, { Keys }) => total + Keys.length, 0);
}

test('what planning costs for one recipient, on a page of 100 with two messages each', async () => {
  expect({
    plain: await costOf({}),
    published: await costOf({}, true),
    capped: await costOf({ cap: { limit: 3, window: 'P1D' } }),
    digest: await costOf({ digest: { window: 'PT1H' } }),
  }).toMatchInlineSnapshot(`
   {
     "capped": {
       "read": 4.03,
       "requests": 1.36,
       "write": 5.19,
     },
     "digest": {
       "read": 5.03,
       "requests": 1.18,
       "write": 9.19,
     },
     "plain": {
       "read": 3.03,
       "requests": 1.35,
       "write": 2.19,
     },
     "published": {
       "read": 3.03,
       "requests": 1.35,
       "write": 3.19,
     },
   }
  `);
});

test('what accepting and planning an event to one recipient costs, with two messages', async () => {
  expect(await costOf({}, false, 1)).toEqual({ requests: 17, write: 13, read: 6 });
});
