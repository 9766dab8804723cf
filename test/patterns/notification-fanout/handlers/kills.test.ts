import { readEvent } from '../../../../lib/runtime/notifications/store/items';
import { account, comment, contracts, NIGHT, people, RULES, runTimers } from '../../../support/notifications/fanout-scenarios';
import { FanoutWorld, Killed, TABLE } from '../../../support/notifications/fanout-world';

// Several pages and segments without hundreds of recipients.
jest.mock('../../../../lib/blocks/fanout-contract', () => ({
  ...jest.requireActual('../../../../lib/blocks/fanout-contract'),
  PAGE_RECIPIENTS: 2,
  AUDIENCE_SHARDS: 2,
}));

jest.setTimeout(300_000);

async function worldOf(): Promise<FanoutWorld> {
  const world = new FanoutWorld({ rules: RULES, contracts, now: NIGHT, publish: true, attempts: 50 });
  await world.recipients.putMany(people(5));
  return world;
}

/** Two events with the same recipients, then all that they leave behind. @param dies tells of each request of a worker whether it is its last */
async function story(dies: (index: number, moment: 'before' | 'after') => boolean) {
  const world = await worldOf();
  let isDead = false;
  let index = -1;
  world.intercept = (_, moment) => {
    if (moment === 'before') index += 1;
    if (!isDead && dies(index, moment)) isDead = true;
    if (isDead) throw new Killed('killed');
  };
  const deliver = world.deliver.bind(world);
  world.deliver = async (message) => {
    const isDone = await deliver(message).catch(() => false);
    if (isDead) world.restart();
    isDead = false;
    return isDone;
  };
  world.publish(comment('e1', ['p0', 'p1', 'nobody']));
  await world.settle();
  world.now += 60_000;
  world.publish(comment('e2', ['p1']));
  await world.settle();
  await runTimers(world);
  return { world, requests: index + 1 };
}

test('killed before or after any request, each recipient is planned once, and nothing that was to be sent or to come is missing', async () => {
  const undisturbed = await story(() => false);
  const must = account(undisturbed.world);
  expect(must.deliveries.length).toBeGreaterThan(9);
  expect(must.parked).toEqual([]);
  expect(must.handedOver.length).toBeGreaterThan(10);
  for (let at = 0; at < undisturbed.requests; at += 1)
    // Killed before a request is killed after the one before it, but where several are under way.
    for (const when of at % 5 === 0 ? (['before', 'after'] as const) : (['after'] as const)) {
      const { world } = await story((index, moment) => index === at && moment === when);
      expect({ at, when, ...account(world) }).toEqual({ at, when, ...must });
      expect(statesOf(world)).toEqual(statesOf(undisturbed.world));
    }
});

/** Events are planned to their end. */
function statesOf(world: FanoutWorld): string[] {
  const events = world.tables.items(TABLE).filter(({ sk }) => sk!.S === 'EVENT');
  return events.map((item) => readEvent(item).state);
}
