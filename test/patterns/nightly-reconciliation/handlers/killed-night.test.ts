import { type CompareItem, type NightRun, type ReadItem, RunKey } from '../../../../lib/patterns/nightly-reconciliation/contract';
import type { StoredObject } from '../../../support/night/in-memory-bucket';
import { Killed, KilledAt } from '../../../support/night/killed';
import { NightWorld } from '../../../support/night/world';
import { DAY, type Row, RULES } from '../../../support/reconciliation/files';
import { difference, night } from '../../../support/reconciliation/register';

jest.setTimeout(120_000);

const RUN: NightRun = { date: DAY, run: 1, attempt: 1 };
const row = (index: number, amount = `${index}.00`): Row => ({ reference: `R${index}`, amount });
const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, index) => row(from + index));
const sides = { left: [...rows(1, 40), row(40, '7.00'), row(41)], right: [...rows(1, 40), row(40, '7.01'), row(42)] };
/** Two of them are no breaks any more. */
const before = night('2026-11-20', difference('a'), difference('b'));

type Steps = ReturnType<NightWorld['steps']>;
const STEPS: Readonly<Record<keyof Steps, (steps: Steps, world: NightWorld) => Promise<unknown>>> = {
  plan: ({ plan }) => plan(RUN),
  read: ({ read }, world) => read(world.json<ReadItem[]>(RunKey.reads(RUN))[1]!),
  compare: ({ compare }, world) => compare(world.json<CompareItem[]>(RunKey.comparisons(RUN))[1]!),
  finish: ({ finish }) => finish(RUN),
};
const NAMES = Object.keys(STEPS) as Array<keyof Steps>;

/** What stands in the bucket when each step begins, from a night that nothing disturbed. */
const begun = new Map<keyof Steps, ReadonlyMap<string, StoredObject>>();

async function worldBefore(step: keyof Steps): Promise<NightWorld> {
  const world = await NightWorld.create();
  await world.register.apply({ ...before, name: RULES.name }, 'before');
  await world.begin(RUN, sides);
  for (const [key, object] of begun.get(step) ?? []) world.buckets.objects.set(key, object);
  return world;
}

beforeAll(async () => {
  const world = await worldBefore('plan');
  const steps = world.steps();
  const keep = (step: keyof Steps) => begun.set(step, new Map(world.buckets.objects));
  await steps.plan(RUN);
  const [reads, comparisons] = [world.json<ReadItem[]>(RunKey.reads(RUN)), world.json<CompareItem[]>(RunKey.comparisons(RUN))];
  keep('read');
  for (const item of reads) await steps.read(item);
  keep('compare');
  for (const item of comparisons) await steps.compare(item);
  keep('finish');
});

const outcome = async (world: NightWorld) => ({ contents: world.contents(), items: await world.items() });

describe.each(NAMES)('%s', (name) => {
  const step = STEPS[name];

  test.each([false, true])('killed at any request (sent: %s) and repeated leaves what an undisturbed one leaves', async (isSent) => {
    const whole = await worldBefore(name);
    await step(whole.steps(), whole);
    for (let at = 1; ; at += 1) {
      const world = await worldBefore(name);
      const killed = new KilledAt(at, isSent);
      const died = await step(world.steps(killed), world).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          return true;
        },
      );
      expect(died).toBe(killed.isReached);
      if (died) await step(world.steps(), world);
      expect(await outcome(world)).toEqual(await outcome(whole));
      // Told at least once, and each time the same.
      expect([...new Set(world.events.map((event) => JSON.stringify(event)))]).toEqual(whole.events.map((event) => JSON.stringify(event)));
      expect(new Set(world.metrics.map(String))).toEqual(new Set(whole.metrics.map(String)));
      if (!died) {
        expect(at).toBeGreaterThan(5);
        return;
      }
    }
  });

  test('twice at once leaves what one leaves', async () => {
    const [whole, world] = [await worldBefore(name), await worldBefore(name)];
    await step(whole.steps(), whole);
    await Promise.all([step(world.steps(), world), step(world.steps(), world)]);
    expect(await outcome(world)).toEqual(await outcome(whole));
    expect(new Set(world.events.map((event) => JSON.stringify(event)))).toEqual(
      new Set(whole.events.map((event) => JSON.stringify(event))),
    );
  });

  test('repeated asks, and writes nothing but its lists', async () => {
    const world = await worldBefore(name);
    await step(world.steps(), world);
    const [after, asked] = [await outcome(world), world.buckets.requests.length];
    const told = [world.events.length, world.metrics.length];
    await step(world.steps(), world);
    expect(await outcome(world)).toEqual(after);
    expect([world.events.length, world.metrics.length]).toEqual(told);
    const writes = world.buckets.requests.slice(asked).filter((request) => /^(Put|Create|Delete)/.test(request));
    expect(writes).toHaveLength(name === 'plan' ? 2 : 0);
  });
});

test('a night that was killed anywhere goes on in the next attempt and ends in the same bytes', async () => {
  const whole = await worldBefore('plan');
  await whole.go(RUN);
  const next = { ...RUN, attempt: 2 };
  for (const at of [3, 25, 55, 90]) {
    const world = await worldBefore('plan');
    await expect(world.go(RUN, new KilledAt(at, at % 2 === 0))).rejects.toThrow(Killed);
    await world.nights.failed(RUN);
    await world.nights.begin(next, RUN);
    await world.go(next);
    expect(world.reports(next)).toEqual(whole.reports(RUN));
    expect(world.report(next)).toEqual(whole.report(RUN));
    expect(world.events).toEqual(whole.events);
  }
});
