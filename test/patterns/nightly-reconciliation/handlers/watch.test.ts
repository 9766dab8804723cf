import type { Night } from '../../../../lib/patterns/nightly-reconciliation/handlers/nights';
import { createWatch } from '../../../../lib/patterns/nightly-reconciliation/handlers/watch';

const TWO_HOURS = 7_200;
/** Of a run that was to start at 02:00 in Zurich. */
const DUE = '2026-11-21T03:00:00Z';
const NIGHT: Night = { date: '2026-11-20', run: 1, attempt: 1, state: 'started', startedAt: '2026-11-21T01:00:01Z' };

async function watched(night: Night | undefined, scheduledTime = DUE) {
  const asked: string[] = [];
  const counted: unknown[] = [];
  const watch = createWatch({
    calendar: { timeZone: 'Europe/Zurich', cutOffMinutes: 120, weekdays: [1, 2, 3, 4, 5], holidays: [] },
    lateAfterSeconds: TWO_HOURS,
    nights: {
      find: async (date) => {
        asked.push(date);
        return night;
      },
    },
    telemetry: { count: (...metric: unknown[]) => void counted.push(metric), logger: { error: () => undefined } } as never,
  });
  await watch({ scheduledTime });
  return { asked, counted };
}
const late = (value: number) => [['ReconciliationLate', undefined, value]];

test.each([
  ['that was never started', undefined, 1],
  ['that still runs', NIGHT, 1],
  ['that failed', { ...NIGHT, state: 'failed' }, 1],
  ['that was completed in time', { ...NIGHT, state: 'completed', completedAt: DUE }, 0],
  ['that was completed before this call, but too late', { ...NIGHT, state: 'completed', completedAt: '2026-11-21T03:00:01Z' }, 1],
  ['that was in time and is done again', { ...NIGHT, run: 2, completedAt: '2026-11-21T02:00:00Z' }, 0],
] as const)('a night %s', async (_, night, value) => {
  expect((await watched(night)).counted).toEqual(late(value));
});

test('looks at the date which the run was to start for, not at the one of its own time', async () => {
  expect((await watched(NIGHT, '2026-11-20T02:59:00Z')).asked).toEqual(['2026-11-19']);
  expect((await watched(NIGHT, '2026-11-20T03:00:00Z')).asked).toEqual(['2026-11-20']);
  expect((await watched(NIGHT, '2026-11-22T03:00:00Z')).asked).toEqual(['2026-11-20']);
});

test('a time that can not be read is an error, and no metric: the alarm takes its absence for late', async () => {
  await expect(watched(NIGHT, '<aws.scheduler.scheduled-time>')).rejects.toThrow('scheduledTime: must be a time');
});
