import path from 'node:path';
import { storm } from '../../examples/parking-desk/storm';
import type { AuditEntry, ParkingJob } from '../../lib/operate/storm/contract';
import { parseStormOptions, type StormOptions } from '../../lib/operate/storm/options';
import { describe as describeResult, failures, type StormResult } from '../../lib/operate/storm/report';
import { runSession } from '../../lib/operate/storm/session';

jest.setTimeout(400_000);

async function stormOver(app: string): Promise<StormResult> {
  const [result] = await runSession({
    options: { ...(parseStormOptions(['parking-desk', '--events', '60']) as StormOptions) },
    storm,
    app,
    workingDirectory: path.resolve(__dirname, '../..'),
    progress: () => {},
  });
  return result!;
}

test('what an operator redrives, edits and discards has exactly one end, while intake and jobs are killed', async () => {
  const result = await stormOver('node dist/bin/app.js');
  expect({ failures: failures(result), clean: result.clean }).toEqual({ failures: [], clean: true });
  expect(result).toMatchObject({ done: 56, parked: { permanent: 2 }, discarded: { permanent: 2 }, doubled: [], supersededCopies: 0 });
  expect(result.kills).toEqual({
    'intake after its S3 put': 1,
    'intake before its transaction': 1,
    'intake after its transaction': 1,
    'job after it sent': 1,
    'job after its transaction': 1,
  });
  const { jobs, audit } = result.operated!.record as { readonly jobs: readonly ParkingJob[]; readonly audit: readonly AuditEntry[] };
  expect(jobs.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
    'discard finished',
    'redrive finished',
    'redrive finished',
    'redrive finished',
    'redrive stopped',
  ]);
  expect(audit).toHaveLength(7);
  expect(describeResult(result)).toMatch(/came back with the same/);
});

test('a storm finds what an intake loses that takes messages out of the parking lot before it stores them', async () => {
  const result = await stormOver('node test/support/storm/faulty-desk-app.cjs');
  expect(result.clean).toBe(false);
  expect(result.lost.length).toBeGreaterThanOrEqual(2);
  expect(result.operated!.faults.length).toBeGreaterThan(0);
  expect(result.doubled).toEqual([]);
});
