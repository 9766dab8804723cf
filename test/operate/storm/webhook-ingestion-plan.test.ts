import fc from 'fast-check';
import { type PlannedStorm, planEvents } from '../../../examples/webhook-ingestion/storm/events';
import { planKills } from '../../../examples/webhook-ingestion/storm/kills';
import { SENDERS, stormSecrets } from '../../../examples/webhook-ingestion/storm/signing';
import type { Delivery, OutgoingRequest } from '../../../lib/operate/storm/contract';
import { seededRandom } from '../../../lib/operate/storm/random';
import { type Provider, verify } from '../../../lib/runtime/signatures';

const NOW = 1_800_000_000;
const URLS = { queue: 'http://localhost:4566/000000000000/events', parkingLot: 'http://localhost:4566/000000000000/parked' };

function planOf(seed: number, events: number, duplicates = 0.2): PlannedStorm {
  return planEvents({ random: seededRandom(seed), events, duplicates, tag: `s${seed}` });
}

function deliveriesOf(plan: PlannedStorm): Delivery[] {
  return plan.bursts.flat();
}

function providerOf(path: string): Provider {
  return path === '/subscriptions' ? 'standardWebhooks' : (path.slice(1) as Provider);
}

function verdictOn(request: OutgoingRequest, ...versions: readonly ('current' | 'previous')[]) {
  return verify({
    provider: providerOf(request.path),
    secrets: versions.map((version) => stormSecrets(version)[request.path.slice(1) as (typeof SENDERS)[number]]),
    config: {},
    nowEpochSeconds: NOW,
    request,
  });
}

test('one seed sends the same requests in the same order, another seed others', () => {
  const sent = (seed: number) =>
    planOf(seed, 80).bursts.map((burst) =>
      burst.map((delivery) => ({ ...delivery.request(NOW), body: delivery.request(NOW).body.toString('base64') })),
    );
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      expect(sent(seed)).toEqual(sent(seed));
      expect(sent(seed)).not.toEqual(sent(seed + 1));
    }),
    { numRuns: 5 },
  );
});

test('every event is delivered, under an id that is no part of another', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 200 }), (seed, count) => {
      const plan = planOf(seed, count);
      expect(plan.events).toHaveLength(count);
      expect(new Set(plan.events.map(({ id }) => id)).size).toBe(count);
      expect(new Set(plan.events.map(({ id }) => id.length)).size).toBe(1);
      expect(new Set(deliveriesOf(plan).map(({ eventId }) => eventId))).toEqual(new Set(plan.events.map(({ id }) => id)));
    }),
    { numRuns: 30 },
  );
});

test('the share of events that asked for it is delivered two to five times, some of them at the same moment', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(0, 0.2, 0.5, 1), (seed, duplicates) => {
      const plan = planOf(seed, 200, duplicates);
      const copies = new Map<string, number>();
      for (const { eventId } of deliveriesOf(plan)) copies.set(eventId, (copies.get(eventId) ?? 0) + 1);
      // A changed copy is a delivery more, of an event that is no duplicate for that.
      for (const id of plan.ids['changed copy'] ?? []) copies.set(id, copies.get(id)! - 1);
      const repeated = [...copies.values()].filter((count) => count > 1);
      expect(repeated).toHaveLength(duplicates * 200);
      expect(Math.max(1, ...repeated)).toBeLessThanOrEqual(5);
      expect(plan.bursts.some((burst) => burst.length > 1)).toBe(duplicates > 0);
    }),
    { numRuns: 20 },
  );
});

test('a verifier that this signs apart from accepts what is right, under the id of its event, and refuses every fault', async () => {
  const plan = planOf(7, 300, 0);
  const events = new Map(plan.events.map((event) => [event.id, event]));
  const reasons: Record<string, Set<string>> = {};
  const senders = new Set<string>();
  for (const delivery of deliveriesOf(plan)) {
    const event = events.get(delivery.eventId)!;
    const request = delivery.request(NOW);
    senders.add(request.path);
    const verdict = await verdictOn(request, 'current', 'previous');
    if (verdict.accepted) {
      expect({ id: event.id, ends: event.ends }).not.toEqual({ id: event.id, ends: ['rejected'] });
      if (event.kind !== 'malformed JSON') expect(verdict.dedupeId).toBe(event.id);
    } else {
      expect({ id: event.id, ends: event.ends }).toEqual({ id: event.id, ends: ['rejected'] });
      reasons[event.rejection!] = (reasons[event.rejection!] ?? new Set()).add(verdict.reason);
    }
  }
  expect(senders).toEqual(new Set(SENDERS.map((sender) => `/${sender}`)));
  expect(reasons).toEqual({
    'forged signature': new Set(['signature_mismatch']),
    'altered body': new Set(['signature_mismatch']),
    'missing signature': new Set(['missing_signature']),
    'stale timestamp': new Set(['stale_timestamp']),
    'future timestamp': new Set(['future_timestamp']),
    'duplicated signature header': new Set(['duplicated_header']),
  });
});

test('about a tenth is signed with the secret before, as during a rotation', async () => {
  const plan = planOf(11, 400, 0);
  const valid = plan.events.filter(({ ends }) => !ends.includes('rejected')).map(({ id }) => id);
  const requests = deliveriesOf(plan)
    .filter(({ eventId }) => valid.includes(eventId))
    .map((delivery) => delivery.request(NOW));
  const verdicts = await Promise.all(requests.map((request) => verdictOn(request, 'current')));
  const refused = verdicts.filter(({ accepted }) => !accepted).length;
  expect(refused / requests.length).toBeGreaterThan(0.05);
  expect(refused / requests.length).toBeLessThan(0.15);
});

test('an early refund has a payment that covers it and leaves after it; the others never have one', () => {
  const plan = planOf(3, 400);
  const order = plan.bursts.flat().map(({ eventId }) => eventId);
  const bodies = new Map(
    deliveriesOf(plan)
      .filter(({ eventId }) => !plan.ids['malformed JSON']?.includes(eventId))
      .map((delivery) => [
        delivery.eventId,
        JSON.parse(delivery.request(NOW).body.toString('utf8')) as { customer: string; amount: number },
      ]),
  );
  const paymentsOf = (customer: string) => (plan.ids.payment ?? []).filter((id) => bodies.get(id)?.customer === customer);
  expect(plan.ids['refund before its payment']?.length).toBeGreaterThan(5);
  for (const refund of plan.ids['refund before its payment'] ?? []) {
    const [payment, ...more] = paymentsOf(bodies.get(refund)!.customer);
    expect(more).toEqual([]);
    expect(bodies.get(payment!)!.amount).toBeGreaterThanOrEqual(bodies.get(refund)!.amount);
    expect(order.indexOf(payment!)).toBeGreaterThan(order.indexOf(refund));
  }
  for (const refund of plan.ids['refund without payment'] ?? []) expect(paymentsOf(bodies.get(refund)!.customer)).toEqual([]);
});

test('a large body is over what a message may hold, a malformed one is no JSON but names its event', () => {
  const plan = planOf(5, 200);
  for (const delivery of deliveriesOf(plan)) {
    const { body } = delivery.request(NOW);
    expect(body.length > 1_048_576).toBe(plan.ids['large body']!.includes(delivery.eventId));
    if (!plan.ids['malformed JSON']!.includes(delivery.eventId)) continue;
    expect(() => JSON.parse(body.toString('utf8')) as unknown).toThrow(SyntaxError);
    expect(body.toString('utf8')).toContain(delivery.eventId);
  }
});

test('kills strike worker, receiver and intake before, between and after their writes, each another event', () => {
  const plan = planOf(1, 1_000);
  const kills = planKills(seededRandom(1), plan, URLS);
  const count: Record<string, number> = {};
  for (const { name } of kills) count[name] = (count[name] ?? 0) + 1;
  expect(count).toEqual({
    'worker before its commit': 3,
    'worker after its commit': 3,
    'worker between two commits': 3,
    'worker before parking': 3,
    'worker after parking': 3,
    'intake after its S3 put': 3,
    'intake before its transaction': 3,
    'intake after its transaction': 3,
    'receiver before its enqueue': 3,
    'receiver after its enqueue': 3,
    'receiver between S3 and queue': 3,
  });
  const victims = kills.flatMap(({ holding }) => holding.slice(0, 1));
  expect(new Set(victims).size).toBe(victims.length);
});

const INTAKE_KILLS = ['intake after its S3 put', 'intake before its transaction', 'intake after its transaction'];

test.each([
  { events: 20_000, afterCommit: 100, otherwise: 25, receivers: 20, intakes: [20, 20, 20] },
  { events: 5_000, afterCommit: 25, otherwise: 6, receivers: 5, intakes: [5, 5, 5] },
  // The workers have taken all that is parked.
  { events: 100, afterCommit: 8, otherwise: 2, receivers: 1, intakes: [] },
])(
  'half of the workers that a soak of $events events kills die between commit and answer',
  ({ events, afterCommit, otherwise, receivers, intakes }) => {
    const kills = planKills(seededRandom(1), planOf(1, events), { ...URLS, soak: true });
    const count: Record<string, number> = {};
    for (const { name } of kills) count[name] = (count[name] ?? 0) + 1;
    expect(count).toEqual({
      'worker before its commit': otherwise,
      'worker after its commit': afterCommit,
      'worker between two commits': otherwise,
      'worker before parking': otherwise,
      'worker after parking': otherwise,
      ...Object.fromEntries(intakes.map((kills, index) => [INTAKE_KILLS[index], kills])),
      'receiver before its enqueue': receivers,
      'receiver after its enqueue': receivers,
      'receiver between S3 and queue': receivers,
    });
    const victims = kills.flatMap(({ holding }) => holding.slice(0, 1));
    expect(new Set(victims).size).toBe(victims.length);
  },
);

test("a soak's kills go on through outage and restart, a storm's leave time for what they delay", () => {
  const plan = planOf(2, 5_000);
  const share = (soak: boolean) => {
    const positions = planKills(seededRandom(2), plan, { ...URLS, soak })
      .filter(({ name }) => name === 'worker after its commit')
      .map(({ holding: [id] }) => Number(id!.slice(-6)) / 5_000);
    return { thirds: [0, 1, 2].map((third) => positions.some((at) => Math.floor(at * 3) === third)), last: Math.max(...positions) };
  };
  expect(share(true).thirds).toEqual([true, true, true]);
  expect(share(false).last).toBeLessThan(0.6);
});

test('a storm holds no bodies: each request makes its own', () => {
  for (const delivery of deliveriesOf(planOf(4, 60))) {
    const [one, other] = [delivery.request(NOW).body, delivery.request(NOW).body];
    expect(one.equals(other)).toBe(true);
    expect(one.buffer === other.buffer && one.byteOffset === other.byteOffset).toBe(false);
  }
});

test('a storm too small for kills has none', () => {
  expect(planKills(seededRandom(1), planOf(1, 20), URLS)).toEqual([]);
});
