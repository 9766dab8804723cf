import fc from 'fast-check';
import { orderSchema } from '../../../examples/parking-desk/order';
import { ALL_CAUSES, CAUSES, planKills, planOrders, SECRET } from '../../../examples/parking-desk/storm/orders';
import { seededRandom } from '../../../lib/operate/storm/random';
import { verify } from '../../../lib/runtime/signatures';

const NOW = 1_800_000_000;

function planOf(seed: number, events: number, duplicates = 0.2) {
  return planOrders({ random: seededRandom(seed), events, duplicates, tag: `s${seed}` });
}

function countOf(events: ReturnType<typeof planOf>['events'], kind: string): number {
  return events.filter((event) => event.kind === kind).length;
}

test('3,600 orders are 3,000 good ones and 600 of five causes', () => {
  const { events } = planOf(1, 3_600);
  expect(countOf(events, 'good')).toBe(3_000);
  expect(ALL_CAUSES.map((cause) => countOf(events, cause))).toEqual([200, 150, 100, 100, 50]);
});

test('every order is sent under a signature that holds, poison once and a part of the good ones twice, whatever the number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 60, max: 400 }), async (seed, count) => {
      const { events, bursts } = planOf(seed, count);
      expect(new Set(events.map(({ id }) => id)).size).toBe(count);
      const sent = bursts.flat();
      expect(sent).toHaveLength(count + Math.round(0.2 * count));
      for (const { id, kind } of events) {
        const deliveries = sent.filter(({ eventId }) => eventId === id);
        expect(deliveries.length).toBeLessThanOrEqual(kind === 'good' ? 2 : 1);
        expect(deliveries.length).toBeGreaterThanOrEqual(1);
      }
      const request = sent[seed % sent.length]!.request(NOW);
      const verdict = await verify({ provider: 'github', secrets: [SECRET], config: {}, nowEpochSeconds: NOW, request });
      expect(verdict).toMatchObject({ accepted: true });
      for (const cause of ALL_CAUSES) expect(countOf(events, cause)).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 10 },
  );
});

test('only a quantity in words is refused by the schema: the other causes are found by what the order means', () => {
  const { events, bursts } = planOf(3, 120);
  const refused = bursts
    .flat()
    .filter((delivery) => !orderSchema.safeParse(JSON.parse(delivery.request(NOW).body.toString())).success)
    .map(({ eventId }) => events.find(({ id }) => id === eventId)?.kind);
  expect(new Set(refused)).toEqual(new Set(['quantity in words']));
  expect(refused).toHaveLength(countOf(events, 'quantity in words'));
});

test('an order that is to be done says what it books, and one that waits or is discarded does not', () => {
  for (const { kind, ends, effect } of planOf(4, 90).events) {
    expect(ends).toEqual(kind === 'good' ? ['done'] : CAUSES[kind as keyof typeof CAUSES].ends);
    expect(effect !== undefined).toBe(ends.includes('done'));
  }
});

test('each process that is killed while poison is parked works on an order of its own, which is poison', () => {
  const { events } = planOf(5, 3_600);
  const kills = planKills(seededRandom(5), events);
  const victims = kills.map(({ holding }) => holding[0]!);
  expect(kills.map(({ name }) => name)).toEqual(
    ['intake after its S3 put', 'intake before its transaction', 'intake after its transaction'].flatMap((name) => Array(4).fill(name)),
  );
  expect(new Set(victims).size).toBe(victims.length);
  for (const victim of victims) expect(events.find(({ id }) => id === victim)?.kind).not.toBe('good');
});
