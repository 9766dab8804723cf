import { type CompareItem, type ReadItem, ReportKey, RunKey } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { partsOf } from '../../../../lib/patterns/nightly-reconciliation/handlers/plan';
import type { ReconciliationRules } from '../../../../lib/reconciliation-rules/rules';
import { BUCKET, NightWorld } from '../../../support/night/world';
import { csvOf, DAY, type Row, RULES, reconciled } from '../../../support/reconciliation/files';

jest.setTimeout(60_000);

const RUN = { date: DAY, run: 1, attempt: 1 };
const row = (index: number, amount = `${index}.00`): Row => ({ reference: `R${index}`, amount, note: 'x'.repeat(20) });
const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, index) => row(from + index));

const left = [...rows(1, 60), row(60, '7.00'), row(61)];
const right = [...rows(1, 60), row(60, '7.01'), row(62)];

test('a night in parts and files ends in the report that one machine makes of the whole', async () => {
  const world = await NightWorld.create();
  const report = await world.night(
    RUN,
    [
      { name: 'a.csv', body: csvOf(left.slice(0, 20)) },
      { name: 'b.csv', body: csvOf(left.slice(20)) },
    ],
    right,
  );
  expect(world.json<{ parts: number }>(RunKey.plan(RUN)).parts).toBeGreaterThan(3);
  const whole = await reconciled(left, right);
  const places = ({ left: a, right: b, ...one }: (typeof report.breaks)[number]) => ({ ...one, amounts: [a?.amountMinor, b?.amountMinor] });
  expect(report.breaks.map(places)).toEqual(whole.breaks.map(places));
  expect(report.breaks.map((one) => one.left?.file ?? null)).toEqual(['b.csv', 'b.csv', null]);
  expect([report.matched, report.totals, report.proof?.left.read]).toEqual([whole.matched, whole.totals, whole.proof?.left.read]);
  expect(world.json(ReportKey.json(DAY))).toEqual(report);
});

test('the event, the metrics and the mark of the date say what the night came to', async () => {
  const world = await NightWorld.create();
  await world.night(RUN, left, right);
  expect(world.events).toEqual([
    {
      ...{ version: 1, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), reconciliation: RULES.name, date: DAY, run: 1 },
      ...{ matched: 59, breaks: 3, classes: { amount: 1, missing_left: 1, missing_right: 1 }, inTransit: 0, badRows: 0 },
      ...{ rows: { left: 61, right: 61 }, opened: 3, closed: 0, reopened: 0 },
      report: {
        json: `s3://${BUCKET}/reports/summary/date=${DAY}/report.json`,
        page: `s3://${BUCKET}/reports/page/date=${DAY}/report.html`,
        csv: `s3://${BUCKET}/reports/breaks-csv/date=${DAY}/breaks.csv`,
        parquet: `s3://${BUCKET}/reports/breaks/date=${DAY}/breaks.parquet`,
      },
    },
  ]);
  expect(world.metrics).toEqual([
    ['ReconciliationCompleted', 1],
    ['ReconciliationBreaks', 3],
    ['ReconciliationInTransit', 0],
    ['ReconciliationBadRows', 0],
    ['ReconciliationRows', 122],
  ]);
  expect(await world.nights.find(DAY)).toMatchObject({ run: 1, state: 'completed' });
  const { json, page, csv, parquet } = world.reports(RUN);
  expect(csv.bytes.toString().split('\r\n')).toHaveLength(5);
  expect(parquet.bytes.subarray(0, 4).toString()).toBe('PAR1');
  expect(page.bytes.toString()).toContain('<!doctype html>');
  expect([json, page, csv].map((one) => one.contentType)).toEqual([
    'application/json',
    'text/html; charset=utf-8',
    'text/csv; charset=utf-8',
  ]);
});

test('each part holds so many bytes at most, at least one and at most a thousand parts', () => {
  const file = (name: string, bytes: number) => ({ key: name, name, bytes });
  expect(partsOf([file('a.csv', 500), file('b.csv', 501)], 500)).toBe(3);
  // Counted as what they hold, about.
  expect(partsOf([file('a.csv.gz', 500)], 500)).toBe(6);
  expect(partsOf([file('a.parquet', 500)], 500)).toBe(4);
  expect(partsOf([{ ...file('a', 500), content: 'parquet' }], 500)).toBe(4);
  expect(partsOf([file('a.csv', 0)], 500)).toBe(1);
  expect(partsOf([file('a.csv', 1e12)], 500)).toBe(1000);
});

test('a run goes on with the rules and the parts it was begun with, whatever the stack says by then', async () => {
  const world = await NightWorld.create();
  await world.begin(RUN, { left, right });
  const { plan } = world.steps();
  const { parts } = await plan(RUN);
  world.rules({ ...RULES, name: 'another' });
  const next = { ...RUN, attempt: 2 };
  const larger = await NightWorld.create({ partBytes: 10_000_000, buckets: world.buckets });
  expect(await larger.steps().plan(next)).toMatchObject({ parts });
  expect(world.json<ReconciliationRules>(RunKey.rules(RUN)).name).toBe(RULES.name);
  // A refusal of this attempt lies under its number.
  for (const key of [RunKey.reads(RUN), RunKey.comparisons(RUN)]) expect(world.json<object[]>(key)[0]).toMatchObject({ ...next, parts });
});

describe('from night to night', () => {
  const next = { date: '2026-11-22', run: 1, attempt: 1 };
  const late: Row = { ...row(70), date: DAY };

  test('a record that comes late is in transit, and matches on the next night', async () => {
    const world = await NightWorld.create({ rules: { ...RULES, timing: { minimumAgeDays: 2 } } });
    const first = await world.night(RUN, [row(1), late], [row(1)]);
    expect([first.breaks, first.inTransit.map(({ key }) => key)]).toEqual([[], [['r70']]]);
    const second = await world.night(next, [row(1), late], [row(1), late]);
    expect([second.breaks, second.inTransit, second.matched.pairs]).toEqual([[], [], 2]);
    expect(world.events.map(({ opened, closed, inTransit }) => [opened, closed, inTransit])).toEqual([
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(await world.register.open(RULES.name)).toEqual([]);
  });

  test('without a minimum age it is a break that closes by itself, and the page names it', async () => {
    const world = await NightWorld.create();
    await world.night(RUN, [row(1), late], [row(1)]);
    await world.night(next, [row(1), late], [row(1), late]);
    expect(world.events.map(({ opened, closed }) => [opened, closed])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(await world.register.entries([world.report(RUN).breaks[0]!.id])).toMatchObject([{ state: 'closed', closed: next.date }]);
    expect(world.reports(next).page.bytes.toString()).toMatch(/Closed by this run.*r70.*Last runs.*2026-11-21/s);
  });
});

describe('the same date again', () => {
  const again = { ...RUN, run: 2 };

  test('with the same sources changes nothing in the register, nor a byte of the reports', async () => {
    const world = await NightWorld.create();
    await world.night(RUN, left, right);
    const isNight = (item: { readonly id?: { readonly S?: string } }) => item.id?.S?.startsWith('night#') === true;
    const [items, reports] = [(await world.items()).filter((item) => !isNight(item)), world.reports(RUN)];
    await world.night(again, left, right);
    expect((await world.items()).filter((item) => !isNight(item))).toEqual(items);
    expect(world.reports(again)).toEqual(reports);
    expect(world.events[1]).toMatchObject({ run: 2, opened: 0, closed: 0, reopened: 0, breaks: 3 });
    expect(world.events[1]!.eventId).not.toBe(world.events[0]!.eventId);
  });

  test('with a restated file closes, opens again, and keeps what a break said before', async () => {
    const world = await NightWorld.create();
    await world.night(RUN, [row(1, '5.00')], [row(1, '6.00')]);
    await world.night(again, [row(1, '5.00')], [row(1, '5.00')]);
    await world.night({ ...RUN, run: 3 }, [row(1, '5.00')], [row(1, '8.00')]);
    expect(world.events.map(({ opened, closed, reopened }) => [opened, closed, reopened])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(await world.register.open(RULES.name)).toMatchObject([
      { opened: DAY, differenceMinor: '300', versions: [{ differenceMinor: '100', closed: DAY }] },
    ]);
    expect(world.reports(RUN).page.bytes.toString()).toContain('Open, and restated');
  });

  test('takes the place of the run before: what that one still does changes nothing', async () => {
    const world = await NightWorld.create();
    await world.begin(RUN, { left, right });
    const { plan, read, compare, finish } = world.steps();
    await plan(RUN);
    await world.night(again, left, left);
    for (const item of world.json<ReadItem[]>(RunKey.reads(RUN))) await read(item);
    for (const item of world.json<CompareItem[]>(RunKey.comparisons(RUN))) await compare(item);
    const [items, reports] = [await world.items(), world.reports(RUN)];
    await finish(RUN);
    expect([await world.items(), world.reports(RUN), world.events.length, world.metrics.length]).toEqual([items, reports, 1, 5]);
    expect(world.warnings).toEqual(['a later run of the date was begun: this one changes nothing more']);
  });
});

test('an event that the bus refuses fails the step, and is put again as it was', async () => {
  const world = await NightWorld.create();
  world.busAnswer = { ErrorCode: 'ThrottlingException' };
  await expect(world.night(RUN, left, right)).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect([await world.nights.find(DAY), world.metrics]).toMatchObject([{ state: 'started' }, []]);
  world.busAnswer = {};
  const asked = world.buckets.requests.length;
  await world.steps().finish(RUN);
  // What stands is told, not made again.
  expect(world.buckets.requests.slice(asked)).toEqual([`GetObject ${BUCKET}/${RunKey.completed(RUN)}`]);
  expect(world.events).toMatchObject([{ opened: 3 }]);
  await world.steps().finish(RUN);
  expect([world.events.length, world.metrics.length]).toEqual([1, 5]);
});
