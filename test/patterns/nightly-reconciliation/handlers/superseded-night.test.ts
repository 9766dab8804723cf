import type { NightRun } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';
import { Interrupted } from '../../../support/night/interrupted';
import { NightWorld } from '../../../support/night/world';
import { DAY, type Row, RULES } from '../../../support/reconciliation/files';

jest.setTimeout(120_000);

const FIRST: NightRun = { date: DAY, run: 1, attempt: 1 };
const LATER: NightRun = { date: DAY, run: 2, attempt: 1 };
const row = (index: number, amount = `${index}.00`): Row => ({ reference: `R${index}`, amount });

const left = [row(1, '5.00'), row(2), row(3)];
/** The first run has breaks that the later one has not, and says otherwise of one of them. */
const stale = [row(1, '6.00'), row(2), row(4)];
const restated = [row(1, '8.00'), row(2), row(3)];

/** What both runs wrote up to their last step. */
let prepared: InMemoryBuckets;

beforeAll(async () => {
  const world = await NightWorld.create({ partBytes: 1_000_000 });
  for (const [run, right] of [[FIRST, stale] as const, [LATER, restated] as const]) {
    await world.begin(run, { left, right });
    const { plan, read, compare } = world.steps();
    await plan(run);
    for (const side of ['left', 'right'] as const) await read({ ...run, side, file: 0, parts: 1 });
    await compare({ ...run, part: 0, parts: 1 });
  }
  prepared = world.buckets;
});

/** The first run has come as far as its last step, whose function goes on although its execution was stopped. */
async function beforeFinish(): Promise<NightWorld> {
  const buckets = new InMemoryBuckets();
  for (const [place, object] of prepared.objects) buckets.objects.set(place, object);
  const world = await NightWorld.create({ buckets });
  await world.nights.begin(FIRST, undefined);
  return world;
}

const laterRun = (world: NightWorld) => async (): Promise<void> => {
  await world.nights.begin(LATER, await world.nights.find(DAY));
  await world.steps().finish(LATER);
};

/** What people see of a date: its reports, what is open, the figures, and the mark of the date. */
async function seen(world: NightWorld): Promise<object> {
  const open = (await world.register.open(RULES.name)).map(({ id, differenceMinor }) => ({ id, differenceMinor }));
  const { json, csv, parquet } = world.reports(LATER);
  const { completedAt: _, startedAt: __, ...night } = (await world.nights.find(DAY))!;
  return { open, json, csv, parquet, night, runs: await world.register.runs(RULES.name, 2) };
}

test('a later run between any two requests of the function that finishes ends as if that one had stopped there', async () => {
  const expected = await beforeFinish();
  await laterRun(expected)();
  const asked = new Interrupted(Number.POSITIVE_INFINITY, async () => undefined);
  await (await beforeFinish()).steps(asked).finish(FIRST);
  expect(asked.requests).toBeGreaterThan(25);
  for (let at = 1; at <= asked.requests; at += 1) {
    const world = await beforeFinish();
    await world.steps(new Interrupted(at, laterRun(world))).finish(FIRST);
    expect([at, await seen(world)]).toEqual([at, await seen(expected)]);
  }
});
