import { ReportKey, RunKey } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { NightWorld } from '../../../support/night/world';
import { csvOf, DAY, type Row, reconciled } from '../../../support/reconciliation/files';

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
