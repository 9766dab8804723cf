import path from 'node:path';
import { storm } from '../../examples/notification-fanout/storm';
import type { FanoutAccount } from '../../examples/notification-fanout/storm/account';
import { parseStormOptions, type StormOptions } from '../../lib/operate/storm/options';
import { describeScripted, runScripted, type ScriptedResult, scriptedFailures } from '../../lib/operate/storm/scripted';

jest.setTimeout(600_000);

async function stormOf(...args: readonly string[]): Promise<ScriptedResult> {
  const [result] = await runScripted({
    options: parseStormOptions(['notification-fanout', ...args], storm) as StormOptions,
    storm,
    app: 'node dist/bin/app.js',
    workingDirectory: path.resolve(__dirname, '../..'),
    progress: () => {},
  });
  return result!;
}

test('everybody is told once of what he wants to hear, though functions are killed, providers fail, and somebody pauses and cancels', async () => {
  const result = await stormOf('--events', '60');
  expect({ failures: scriptedFailures(result), clean: result.clean }).toEqual({ failures: [], clean: true });
  const { findings, outcomes, events, digests, fallbacks } = result.played.record as unknown as FanoutAccount;
  expect(findings).toEqual({ missing: 0, doubled: 0, against: 0, unaccounted: 0, wrong: 0 });
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['sent', 'suppressed', 'no_address', 'held', 'digest']));
  for (const channel of ['email', 'sms', 'push', 'chat']) expect(outcomes.sent![channel]).toBeGreaterThan(0);
  expect(events.repeated).toBeGreaterThan(0);
  expect(digests.left).toBeGreaterThan(0);
  expect(fallbacks).toBeGreaterThan(0);
  expect(describeScripted(result)).toMatch(/0 missing, 0 doubled, 0 against/);
});
