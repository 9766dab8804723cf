import { type CompareItem, type NightRun, type ReadItem, RunKey } from '../../../../lib/patterns/nightly-reconciliation/contract';
import type { ReconciliationRules } from '../../../../lib/reconciliation-rules/rules';
import type { StoredObject } from '../../../support/night/in-memory-bucket';
import { Killed, KilledAt } from '../../../support/night/killed';
import { BUCKET, NightWorld } from '../../../support/night/world';
import { broken, DAY, type Row, RULES } from '../../../support/reconciliation/files';

jest.setTimeout(120_000);

const FIRST: NightRun = { date: DAY, run: 1, attempt: 1 };
const SECOND: NightRun = { date: '2026-11-22', run: 1, attempt: 1 };
const THIRD: NightRun = { date: '2026-11-24', run: 1, attempt: 1 };
const CARRYING: ReconciliationRules = { ...RULES, timing: { minimumAgeDays: 2, carryForward: true } };

const row = (reference: string, date: string = DAY, amount = '5.00'): Row => ({ reference, date, amount });
const both = [row('both')];
const keys = (entries: ReadonlyArray<{ readonly key: readonly string[] }>) => entries.map(({ key }) => key.join('/'));

describe('a row that is delivered once', () => {
  test('matches its counterpart that comes a night later, on either side, with the proof of all rows', async () => {
    const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
    const first = await world.night(FIRST, [...both, row('a')], [...both, row('b')]);
    expect([first.breaks, keys(first.inTransit)]).toEqual([[], ['a', 'b']]);
    const second = await world.night(SECOND, [row('new'), row('b')], [row('new'), row('a')]);
    expect([second.breaks, second.inTransit, second.matched.pairs]).toEqual([[], [], 3]);
    expect(second.proof?.left).toMatchObject({
      read: 3,
      carried: { file: `carried from ${DAY}`, read: 1 },
      compared: { EUR: { rows: 3 } },
    });
    expect(second.totals.right).toMatchObject({ rows: 3, byCurrency: { EUR: '1500' } });
    expect(world.reports(SECOND).page.bytes.toString()).toContain(`left: 3 read (1 carried from ${DAY}) = 3 compared + 0 bad`);
    const third = await world.night(THIRD, [row('third')], [row('third')]);
    expect([third.proof?.left.carried, third.matched.pairs]).toEqual([undefined, 1]);
  });

  test('becomes missing by its age, names the record it was delivered as, and is one break from night to night', async () => {
    const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
    const files = (name: string, rows: string) => [{ name, body: `reference,amount,currency,date\n${rows}` }];
    const matched = `both,1,EUR,${DAY}\n`;
    await world.night(FIRST, files('day-21.csv', `${matched}late,7.50,EUR,${DAY}\n`), files('bank.csv', matched));
    const second = await world.night(SECOND, files('day-22.csv', matched), files('bank.csv', matched));
    expect(second.breaks).toEqual([]);
    expect(second.inTransit).toEqual([
      {
        ...{ side: 'left', key: ['late'], ageDays: 1 },
        row: { file: 'day-21.csv', record: 2, since: DAY, amountMinor: '750', currency: 'EUR', date: DAY },
      },
    ]);
    const third = await world.night(THIRD, files('day-24.csv', matched), files('bank.csv', matched));
    expect(third.breaks).toMatchObject([{ class: 'missing_right', key: ['late'], left: { file: 'day-21.csv', record: 2, since: DAY } }]);
    const fourth = await world.night({ ...THIRD, date: '2026-11-25' }, files('day-25.csv', matched), files('bank.csv', matched));
    expect(fourth.breaks).toEqual(third.breaks);
    expect(await world.register.open(RULES.name)).toMatchObject([
      { id: third.breaks[0]!.id, opened: THIRD.date, lastSeen: '2026-11-25', versions: [] },
    ]);
    const last = await world.night(
      { ...THIRD, date: '2026-11-26' },
      files('day-26.csv', matched),
      files('bank.csv', `late,7.50,EUR,${DAY}\n${matched}`),
    );
    expect(last.breaks).toEqual([]);
    expect(await world.register.open(RULES.name)).toEqual([]);
  });

  test('is carried as the rows of its batch, which a later row completes', async () => {
    const group = { batch: 'batch', account: 'account', side: 'left' } as const;
    const world = await NightWorld.create({ rules: { ...CARRYING, group }, partBytes: 5_000 });
    const part = (reference: string, amount: string): Row => ({ ...row(reference, DAY, amount), batch: 'B1', account: 'x' });
    const sum: Row = { ...row('B1', DAY, '6.00'), account: 'x' };
    const first = await world.night(FIRST, [...both, part('p1', '1.00'), part('p2', '2.00')], both);
    expect(first.inTransit).toMatchObject([{ row: { rows: 2, amountMinor: '300' } }]);
    const second = await world.night(SECOND, [row('new'), part('p3', '3.00')], [row('new'), sum]);
    expect([second.breaks, second.inTransit, second.matched]).toEqual([[], [], { pairs: 1, oneToMany: 0, manyToOne: 1 }]);
  });
});

test('what had a counterpart is not carried: pairs that differ, and duplicates', async () => {
  const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
  const first = await world.night(FIRST, [row('pair'), row('twice'), row('twice')], [row('pair', DAY, '9.00'), row('twice')]);
  expect(broken(first)).toEqual(['amount pair 500|900', 'duplicate_left twice 500|-']);
  expect(world.json(RunKey.carried(FIRST))).toEqual({});
  const second = await world.night(SECOND, both, both);
  expect([second.breaks, second.matched.pairs, second.proof?.left.read]).toEqual([[], 1, 1]);
});

test('of a side that carries alone, rows without counterpart are kept; the other delivers what is open again', async () => {
  const rules: ReconciliationRules = { ...RULES, timing: { minimumAgeDays: 2, carryForward: { right: true } } };
  const world = await NightWorld.create({ rules, partBytes: 5_000 });
  await world.night(FIRST, [...both, row('a')], [...both, row('b')]);
  const second = await world.night(SECOND, [row('a'), row('new')], [row('new')]);
  expect(keys(second.inTransit)).toEqual(['a', 'b']);
  expect([second.proof?.left.carried, second.proof?.right.carried?.read]).toEqual([undefined, 1]);
  const third = await world.night(THIRD, [row('a'), row('b')], [row('a')]);
  expect([third.breaks, third.matched.pairs]).toEqual([[], 2]);
  // A side that is not to carry any more delivers its open rows again.
  await world.night({ ...THIRD, date: '2026-11-25' }, both, [...both, row('c')]);
  world.rules({ ...rules, timing: { carryForward: { left: true } } });
  const last = await world.night({ ...THIRD, date: '2026-11-26' }, both, both);
  expect([last.breaks, last.proof?.right.carried]).toEqual([[], undefined]);
});

test('later rules match rows of a side that carries nothing with rows of one that does', async () => {
  const timing = { minimumAgeDays: 2, carryForward: { left: true } };
  const world = await NightWorld.create({ rules: { ...RULES, timing, later: [{ name: 'amount', key: [] }] }, partBytes: 5_000 });
  const first = await world.night(FIRST, [...both, row('a', DAY, '1.00'), row('b', DAY, '2.00')], [...both, row('x', DAY, '1.00')]);
  expect([first.later!.length, keys(first.inTransit)]).toEqual([1, ['b']]);
  const second = await world.night(SECOND, [row('new')], [row('new'), row('y', DAY, '2.00')]);
  expect([second.later!.length, second.inTransit, second.proof?.left.carried?.read]).toEqual([1, [], 1]);
});

test('what a later rule matches is not carried, whether it was delivered or carried itself; the rest is', async () => {
  const rules: ReconciliationRules = { ...CARRYING, later: [{ name: 'amount', key: [] }] };
  const world = await NightWorld.create({ rules, partBytes: 5_000 });
  const ruled = ({ later }: { readonly later?: ReadonlyArray<{ readonly key: object; readonly left: object }> }) => later;
  const first = await world.night(FIRST, [...both, row('a', DAY, '1.00'), row('b', DAY, '2.00')], [...both, row('x', DAY, '1.00')]);
  expect(ruled(first)).toMatchObject([{ key: { left: ['a'], right: ['x'] } }]);
  expect(keys(first.inTransit)).toEqual(['b']);
  const second = await world.night(SECOND, [row('new')], [row('new'), row('y', DAY, '2.00')]);
  expect(second.proof?.left.carried).toEqual({ file: `carried from ${DAY}`, read: 1 });
  expect(second.proof?.right.carried).toBeUndefined();
  expect(ruled(second)).toMatchObject([{ key: { left: ['b'], right: ['y'] }, left: { record: 3, since: DAY } }]);
  const third = await world.night(THIRD, [row('third')], [row('third')]);
  expect([third.proof?.left.carried, third.breaks, third.matched.pairs]).toEqual([undefined, [], 1]);
});

test('a row that is delivered again although it was carried is a duplicate of itself', async () => {
  const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
  await world.night(FIRST, [...both, row('a')], both);
  expect(broken(await world.night(SECOND, [row('a')], [row('a')]))).toEqual(['duplicate_left a 500|-']);
});

test('a side that delivers no rows fails the run, whatever was carried', async () => {
  const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
  await world.night(FIRST, [...both, row('a')], both);
  const empty = [{ name: 'empty.csv', body: 'reference,amount,currency,date\n', mayBeEmpty: true }];
  await expect(world.night(SECOND, empty, both)).rejects.toThrow('left: 1 files hold no rows');
});

test('rules of other formats, signs and normalisers read carried rows anew; a column they lack fails the run and says what to do', async () => {
  const world = await NightWorld.create({ rules: { ...CARRYING, date: { column: 'date', formats: ['DD.MM.YYYY'] } }, partBytes: 5_000 });
  const dotted = row('A-1', '21.11.2026');
  await world.night(FIRST, [row('both', '21.11.2026'), dotted], [row('both', '21.11.2026')]);
  world.rules({
    ...CARRYING,
    date: { column: 'date', formats: ['DD.MM.YYYY'] },
    key: [{ column: 'reference', normalise: ['digitsOnly'] }],
  });
  const second = await world.night(SECOND, [row('7', '22.11.2026')], [row('7', '22.11.2026'), row('1', '21.11.2026')]);
  expect([second.breaks, second.matched.pairs]).toEqual([[], 2]);

  const other = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
  await other.night(FIRST, [...both, row('a')], both);
  other.rules({ ...CARRYING, fields: [{ column: 'note' }] });
  await expect(other.night(SECOND, both, both)).rejects.toThrow(
    /^left: carried from 2026-11-21: has no column "note".*leave timing.carryForward out for one night/,
  );
});

describe('which run is taken', () => {
  test('the last completed run of the last earlier date that has one, when the run is planned; a resumed one keeps it', async () => {
    const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
    await world.night(FIRST, [...both, row('a')], both);
    await world.night({ ...FIRST, run: 2 }, [...both, row('b')], both);
    await world.begin({ ...FIRST, run: 3 }, { left: both, right: both });
    await world.begin(SECOND, { left: both, right: both });
    await world.begin(THIRD, { left: both, right: both });
    await world.steps().plan(THIRD);
    expect(world.json(RunKey.taken(THIRD))).toMatchObject({ left: { key: RunKey.carriedFile({ ...FIRST, run: 2 }, 'left'), records: 1 } });
    await world.go(SECOND);
    await world.go({ ...THIRD, attempt: 2 });
    expect(keys(world.report(THIRD).breaks)).toEqual(['b']);
    await world.night({ ...THIRD, run: 2 }, both, both);
    expect(world.json(RunKey.taken({ ...THIRD, run: 2 }))).toMatchObject({ left: { key: RunKey.carriedFile(SECOND, 'left') } });
  });

  test('a date that was not to carry forward leaves nothing, and older ones are not taken in its place', async () => {
    const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
    await world.night(FIRST, [...both, row('a')], both);
    world.rules(RULES);
    await world.night(SECOND, both, both);
    world.rules(CARRYING);
    expect((await world.night(THIRD, both, both)).proof?.left.read).toBe(1);
  });
});

test('without carryForward nothing of a night is written for the next, and its parts hold no more than is compared', async () => {
  const sides = [[...both, row('a')], both] as const;
  const [plain, off] = await Promise.all(
    [RULES, { ...RULES, timing: { carryForward: false } }].map(async (rules) => {
      const world = await NightWorld.create({ rules });
      await world.night(FIRST, ...sides);
      return world;
    }),
  );
  const contents = ({ [RunKey.rules(FIRST)]: _, ...rest }: Readonly<Record<string, string>>) => rest;
  expect(contents(off!.contents())).toEqual(contents(plain!.contents()));
  expect(plain!.buckets.keys(BUCKET).filter((key) => /carried|taken/.test(key))).toEqual([]);
  expect(plain!.buckets.text(BUCKET, RunKey.part(FIRST, 'left', 0, 0))).not.toContain('origin_file');
});

describe('killed', () => {
  const sides = { left: both, right: [...both, row('b'), row('d')] };
  /** What stands in the bucket when a step of the second night begins. */
  const begun = new Map<'plan' | 'finish', ReadonlyMap<string, StoredObject>>();

  async function worldBefore(step: 'plan' | 'finish'): Promise<NightWorld> {
    const world = await NightWorld.create({ rules: CARRYING, partBytes: 5_000 });
    await world.begin(SECOND, sides);
    for (const [key, object] of begun.get(step) ?? []) world.buckets.objects.set(key, object);
    return world;
  }

  beforeAll(async () => {
    const world = await worldBefore('plan');
    await world.night(FIRST, [...both, row('a'), row('b'), row('c'), row('d')], [...both, row('x')]);
    begun.set('plan', new Map(world.buckets.objects));
    const { plan, read, compare } = world.steps();
    expect((await plan(SECOND)).parts).toBeGreaterThan(1);
    for (const item of world.json<ReadItem[]>(RunKey.reads(SECOND))) await read(item);
    for (const item of world.json<CompareItem[]>(RunKey.comparisons(SECOND))) await compare(item);
    begun.set('finish', new Map(world.buckets.objects));
  });

  test.each(['plan', 'finish'] as const)('%s at any request and repeated leaves what an undisturbed one leaves', async (step) => {
    const whole = await worldBefore(step);
    await whole.steps()[step](SECOND);
    for (let at = 1; ; at += 1) {
      const world = await worldBefore(step);
      const killed = new KilledAt(at, at % 2 === 0);
      const died = await world
        .steps(killed)
        [step](SECOND)
        .then(
          () => false,
          (error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            return true;
          },
        );
      if (!died) return expect(at).toBeGreaterThan(10);
      await world.steps()[step](SECOND);
      expect(world.contents()).toEqual(whole.contents());
    }
  });

  test('a night goes on in the next attempt and ends in the same bytes, as does the night after', async () => {
    const ended = async (at: number) => {
      const world = await worldBefore('plan');
      const next = { ...SECOND, attempt: 2 };
      if (at === 0) await world.go(SECOND);
      else {
        await expect(world.go(SECOND, new KilledAt(at, at % 2 === 0))).rejects.toThrow(Killed);
        await world.nights.failed(SECOND);
        await world.nights.begin(next, SECOND);
        await world.go(next);
      }
      await world.night(THIRD, both, both);
      return { second: world.reports(SECOND), third: world.reports(THIRD), broken: broken(world.report(THIRD)) };
    };
    const whole = await ended(0);
    expect(whole.broken).toEqual(['missing_right a 500|-', 'missing_right c 500|-', 'missing_left x -|500']);
    for (const at of [12, 45]) expect(await ended(at)).toEqual(whole);
  });
});
