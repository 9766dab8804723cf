import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DeskRequest } from '../../../lib/blocks/parking-contract';
import { bodiesIn } from '../../../lib/runtime/parking/bodies';
import { createDesk, type DeskDependencies } from '../../../lib/runtime/parking/desk';
import { ParkingStore } from '../../../lib/runtime/parking/store';
import { IntakeBench, lot, parked } from '../../runtime/parking/intake-bench';
import { envelope, NOW } from '../../runtime/worker/worker-bench';
import type { DeskModel } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';

const { deploy, run } = parkedWorld();

/** The desk function's own code over what an intake has stored in memory. */
function deployDeskOver({ dependencies: { dynamoDb, s3, clock } }: IntakeBench): void {
  const answers = (answer: object) => ({ send: async () => answer });
  const desk = createDesk({
    settings: {
      tableName: 'parking',
      bucketName: 'bodies',
      lots: [lot],
      stateMachine: 'arn:aws:states:us-east-1:111122223333:stateMachine:jobs',
    },
    store: new ParkingStore('parking', { dynamoDb, clock } as ConstructorParameters<typeof ParkingStore>[1]),
    bodies: bodiesIn('bodies', s3),
    claimBodies: (bucket: string) => bodiesIn(bucket, s3),
    dynamoDb,
    clock,
    sfn: answers({ executionArn: 'arn' }),
    lambda: answers({}),
    cloudWatch: answers({ MetricAlarms: [] }),
    eventBridge: answers({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }),
  } as unknown as DeskDependencies);
  const commands: ReadonlyArray<DeskRequest['command']> = [
    ...(['groups', 'messages', 'show', 'plan', 'redrive', 'discard', 'adopt', 'job', 'jobs'] as const),
    ...(['pause', 'resume', 'stop', 'edit', 'acknowledge', 'resolve', 'ignore', 'reopen', 'audit'] as const),
  ];
  deploy(Object.fromEntries(commands.map((command) => [command, (request: DeskRequest) => desk(request as never)])) as DeskModel);
}

test('what the intake stored is seen, acknowledged, edited, redriven and audited by the command line', async () => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
  const bench = new IntakeBench();
  await bench.run(
    ...Array.from({ length: 3 }, (_, index) =>
      parked({
        body: envelope({ amount: index }, { id: `evt_${index}` }),
        key: `stripe#evt_${index}`,
        error: new Error(`no account ${index}`),
      }),
    ),
    parked({ body: envelope({}, { id: 'evt_9' }), key: 'stripe#evt_9', error: new TypeError('x is undefined') }),
  );
  deployDeskOver(bench);
  const group = bench.groups.find(({ errorName }) => errorName === 'Error')!.group;
  const [message] = bench.messages.filter((one) => one.group === group);

  expect((await run(['groups'])).out).toMatch(new RegExp(`^${group} {2}ours +open +3 parked +Error: no account # +record-payment`, 'm'));
  expect((await run(['list', group])).out.match(/^[0-9a-f]{16} {2}parked/gm)).toHaveLength(3);
  expect((await run(['show', message!.id])).out).toContain(`"amount": ${message!.idempotencyKey!.slice(-1)}`);
  expect((await run(['show', '0'.repeat(16)])).error).toBe(`There is no parked message ${'0'.repeat(16)}, or its time has run out.`);
  expect(await run(['acknowledge', group, '--for', '8h'])).toMatchObject({
    error: '',
    out: expect.stringMatching(`^${group} is acknowledged until `),
  });

  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-real-desk-'));
  writeFileSync(path.join(folder, 'event.json'), '{"amount":7}\n');
  const edited = await run(['edit', message!.id, '--because', 'wrong amount', '--file', path.join(folder, 'event.json')]);
  rmSync(folder, { recursive: true });
  expect(edited).toMatchObject({ error: '', code: 0 });
  expect((await run(['show', message!.id])).out).toContain('"amount": 7');

  const begun = await run(['redrive', group, '--rate', '1/s', '--canary', '1', '--yes', '--detach']);
  expect(begun.out).toContain('3, 1 of them first, as a canary');
  const [job] = bench.jobs;
  expect(begun.note).toContain(`job ${job!.id} has begun`);
  expect((await run(['redrive', group, '--yes'])).error).toContain(job!.id);
  expect((await run(['pause', job!.id])).out).toContain('paused');
  expect((await run(['jobs'])).out).toMatch(new RegExp(`^${job!.id} +redrive +paused +${group}`, 'm'));
  expect((await run(['stop', job!.id])).out).toContain('stopped');

  const { out } = await run(['audit', group]);
  for (const action of ['acknowledge', 'redrive', 'pause', 'stop']) expect(out).toMatch(new RegExp(`^2\\S+ +${action} .*user/ann`, 'm'));
});
