import path from 'node:path';
import { storm } from '../../examples/nightly-reconciliation/storm';
import type { NightAccount } from '../../examples/nightly-reconciliation/storm/account';
import { parseStormOptions, type StormOptions } from '../../lib/operate/storm/options';
import { describeScripted, runScripted, scriptedFailures } from '../../lib/operate/storm/scripted';

jest.setTimeout(600_000);

test('two nights end as they must, row by row, though functions are killed, the run is stopped, done again and restated, and damaged files are refused', async () => {
  const [result] = await runScripted({
    options: parseStormOptions(['nightly-reconciliation', '--events', '5000'], storm) as StormOptions,
    storm,
    app: 'node dist/bin/app.js',
    workingDirectory: path.resolve(__dirname, '../..'),
    progress: () => {},
  });
  expect({ failures: scriptedFailures(result!), clean: result!.clean }).toEqual({ failures: [], clean: true });
  const { runs, refused, claims, parts } = result!.played.record as unknown as NightAccount;
  expect(runs.map(({ what, date, run, attempt, precision, recall }) => [what, date, run, attempt, precision, recall])).toEqual([
    ['first night', '2026-10-24', 1, 2, 1, 1],
    ['unchanged', '2026-10-24', 2, 1, 1, 1],
    ['restated', '2026-10-24', 3, 1, 1, 1],
    ['second night', '2026-10-25', 1, 1, 1, 1],
    ['balances', '2026-10-26', 1, 1, 1, 1],
  ]);
  for (const { classes } of runs.slice(0, 4)) {
    expect(Object.keys(classes)).toEqual([
      'ambiguous',
      'amount',
      'bank_fee',
      'date',
      'duplicate_left',
      'duplicate_right',
      'field',
      'group_mismatch',
      'missing_left',
      'missing_right',
    ]);
  }
  expect(runs.map(({ register }) => register.reopened > 0)).toEqual([false, false, false, true, false]);
  expect(refused.map(({ what, status }) => `${what} ${status}`)).toEqual([
    'a side without a file FAILED',
    'an empty file FAILED',
    'a truncated gzip FAILED',
  ]);
  expect(claims.every(({ holds }) => holds)).toBe(true);
  expect(parts).toBeGreaterThanOrEqual(4);
  expect(result!.kills).toEqual({
    'copy before its list': 1,
    'read after its parts, before its marker': 1,
    'read after its marker': 1,
    'compare before its put': 1,
    'compare after its put': 1,
    'finish after a register transaction': 1,
    'finish before its report': 1,
    'finish after its report': 1,
    'finish after its event': 1,
    'scan after a page': 1,
  });
  expect(describeScripted(result!)).toMatch(/breaks by class, found of true/);
});
