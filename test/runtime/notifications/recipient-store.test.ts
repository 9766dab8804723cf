import type { Recipient } from '../../../lib/notification-rules/records';
import { membersPartition, nameOfPart, SORT_KEY, shardOf, suppressionKey } from '../../../lib/runtime/notifications/store/keys';
import { storedSuppressions } from '../../../lib/runtime/notifications/store/suppressed-addresses';
import { contracts, NIGHT, RULES } from '../../support/notifications/fanout-scenarios';
import { FanoutWorld, TABLE } from '../../support/notifications/fanout-world';

const worldOf = () => new FanoutWorld({ rules: RULES, contracts, now: NIGHT });
const ANN: Recipient = { id: 'ann#1%', addresses: { email: 'Ann@example.com' }, topics: ['news', 'offers', 'news'] };

async function membersOf(world: FanoutWorld, topic?: string): Promise<string[]> {
  const { items } = await world.store.page(membersPartition(topic, shardOf(ANN.id)));
  return items.map((item) => nameOfPart(item[SORT_KEY]!.S!));
}

async function reasonFor(world: FanoutWorld, address: string): Promise<string | undefined> {
  const item = await world.store.readOne(suppressionKey(address));
  return storedSuppressions(RULES, item === undefined ? [] : [item]).reasonFor('email', address, NIGHT);
}

test('a recipient is found among all and by topics, and by those of the last put only', async () => {
  const world = worldOf();
  await world.recipients.put(ANN);
  expect([await membersOf(world), await membersOf(world, 'news'), await membersOf(world, 'offers')]).toEqual([
    [ANN.id],
    [ANN.id],
    [ANN.id],
  ]);
  await world.recipients.put({ ...ANN, topics: ['offers'] });
  expect([await membersOf(world), await membersOf(world, 'news'), await membersOf(world, 'offers')]).toEqual([[ANN.id], [], [ANN.id]]);
  expect(await world.recipients.get(ANN.id)).toEqual({ ...ANN, topics: ['offers'] });
});

test('what is deleted is found nowhere, and may come back', async () => {
  const world = worldOf();
  await world.recipients.put({ ...ANN, suppressed: ['bounced@example.com'] });
  await world.recipients.delete(ANN.id);
  expect([await membersOf(world), await membersOf(world, 'news'), await world.recipients.get(ANN.id)]).toEqual([[], [], undefined]);
  expect(await reasonFor(world, 'bounced@example.com')).toBe('no reason given');
  await world.recipients.put(ANN);
  expect(await membersOf(world, 'news')).toEqual([ANN.id]);
});

test('an address that a recipient lists is suppressed for everybody, without case for e-mail, until it is put without it', async () => {
  const world = worldOf();
  await world.recipients.put({ ...ANN, suppressed: [{ address: 'Bob@Example.com', channel: 'email', reason: 'complaint' }] });
  expect(await reasonFor(world, 'bob@example.COM')).toBe('complaint');
  expect(JSON.stringify(world.tables.items(TABLE).filter(({ pk }) => pk!.S!.startsWith('SUPPRESSED')))).not.toMatch(/bob/i);
  await world.recipients.put(ANN);
  expect(await reasonFor(world, 'bob@example.com')).toBeUndefined();
});

test('puts of one recipient at once: one of them stands whole, and is found by its topics', async () => {
  const world = worldOf();
  await world.recipients.put(ANN);
  const wishes = [['news'], ['offers'], ['news', 'third'], []];
  await Promise.all(wishes.map((topics) => world.recipients.put({ ...ANN, topics })));
  const { topics: standing = [] } = (await world.recipients.get(ANN.id))!;
  expect(wishes).toContainEqual(standing);
  for (const topic of [undefined, ...standing]) expect(await membersOf(world, topic)).toEqual([ANN.id]);
});

test.each([
  [{ id: 'ann', timezone: 'Mars/Base' }, 'timezone: must be an IANA time zone'],
  [{ id: 'x'.repeat(257) }, 'id: has 257 bytes, allowed are 256'],
  [{ id: 'ann', adresses: {} }, 'the document: adresses is not known'],
])('%j is no recipient', async (recipient, fault) => {
  const world = worldOf();
  await expect(world.recipients.put(recipient as Recipient)).rejects.toThrow(fault);
  await expect(world.recipients.putMany([ANN, recipient as Recipient])).rejects.toThrow(`[1]: ${fault}`);
  expect(world.tables.items(TABLE)).toEqual([]);
});

test('who unsubscribes gets no more on the channel: of a category, or at all, also where a more specific preference decides', async () => {
  const world = worldOf();
  await world.recipients.put({ ...ANN, preferences: { categories: { orders: true, news: { channels: { email: true, sms: true } } } } });
  expect(await world.recipients.unsubscribe({ recipient: ANN.id, channel: 'email', category: 'orders' })).toBe(true);
  const categories = { orders: { enabled: true, channels: { email: false } }, news: { channels: { email: true, sms: true } } };
  expect((await world.recipients.get(ANN.id))!.preferences).toEqual({ categories });
  await world.recipients.unsubscribe({ recipient: ANN.id, channel: 'email' });
  expect((await world.recipients.get(ANN.id))!.preferences).toEqual({
    channels: { email: false },
    categories: { ...categories, news: { channels: { email: false, sms: true } } },
  });
  expect(await world.recipients.unsubscribe({ recipient: 'nobody', channel: 'email' })).toBe(false);
});
