import { readContracts } from '../../../../lib/notification-rules/contracts';
import type { NotificationRules } from '../../../../lib/notification-rules/rules';
import { comment, NIGHT, people, RULES } from '../../../support/notifications/fanout-scenarios';
import { FanoutWorld } from '../../../support/notifications/fanout-world';

const STRICT: NotificationRules['events'] = [
  { name: 'comment', version: 1, schema: { type: 'object', properties: { n: { type: 'number' } } } },
];

async function worldOf(semantics: NotificationRules['semantics'] = {}): Promise<FanoutWorld> {
  const rules = { ...RULES, events: STRICT, semantics };
  const world = new FanoutWorld({ rules, contracts: readContracts('rules.json', rules, () => '{}'), now: NIGHT });
  await world.recipients.putMany(people(2));
  return world;
}

const occurrences = (world: FanoutWorld): number => new Set(world.deliveries().map(({ occurrence }) => occurrence)).size;

test.each([
  [
    'a contract that nobody knows',
    { ...comment('e1', ['p0']), name: 'other' },
    '/metadata/contract: must be one of comment, given "other"',
  ],
  ['a version that nobody knows', { ...comment('e1', ['p0']), version: 2 }, '/metadata/version: must be one of 1, given 2'],
  ['a field that breaks the contract', { ...comment('e1', ['p0']), payload: { to: 'p0', n: 'x' } }, '/data/n: must be number'],
  ['no data', { id: 'e1', name: 'comment', version: 1 }, '/data: is missing'],
  [
    'an audience that is none',
    comment('e1', 7 as never),
    "/data/to: must be a recipient's id or a list of ids, as audience of rule direct",
  ],
  ['an id that is too long', comment('e'.repeat(257), ['p0']), '/metadata/eventId: has 257 bytes, allowed are 256'],
  [
    'a recipient whose id is too long',
    comment('e1', ['p'.repeat(300)]),
    '/data: names a recipient whose id has 300 bytes, allowed are 256',
  ],
])('%s is parked with the place, and claims nothing', async (_, event, cause) => {
  const world = await worldOf();
  world.publish(event);
  await world.settle();
  expect(world.parked.map((one) => one.cause)).toEqual([cause]);
  expect(world.deliveries()).toEqual([]);
  world.publish(comment('e1', ['p0']));
  await world.settle();
  expect(occurrences(world)).toBe(1);
});

test('a repeated id does nothing, with the same body or another', async () => {
  const world = await worldOf();
  world.publish(comment('e1', ['p0']));
  await world.settle();
  const before = world.deliveries();
  const handedOver = world.handedOver().length;
  world.publish(comment('e1', ['p0']));
  world.publish(comment('e1', ['p1']));
  await world.settle();
  expect(world.deliveries()).toEqual(before);
  expect(world.handedOver()).toHaveLength(handedOver);
  expect(world.parked).toEqual([]);
});

test('an id that is forgotten is another event, also with the same body', async () => {
  const world = await worldOf({ rememberEventIds: 'PT1H' });
  world.publish(comment('e1', ['p0']));
  await world.settle();
  world.now += 3_599_999;
  world.publish(comment('e1', ['p0']));
  await world.settle();
  expect(occurrences(world)).toBe(1);
  world.now += 1;
  world.publish(comment('e1', ['p0']));
  await world.settle();
  expect(occurrences(world)).toBe(2);
});

test('where a rejected event claims its id, what comes after it is a repetition', async () => {
  const world = await worldOf({ rejectedClaimsId: true });
  world.publish({ ...comment('e1', ['p0']), payload: { to: 'p0', n: 'x' } as never });
  await world.settle();
  world.publish(comment('e1', ['p0']));
  await world.settle();
  expect(world.parked).toHaveLength(1);
  expect(world.deliveries()).toEqual([]);
});
