import { DeleteTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDbLocal, missing, startDynamoDbLocal } from '../test/support/dynamodb-local/server';
import type { Measurement } from './effects-function';
import { Functions } from './effects-functions';
import { LOADS, type LoadShape, makeLoad } from './effects-load';
import { POWERTOOLS, SINGLE, SUBJECTS, TENS } from './effects-subjects';
import { median } from './measure';

/** DynamoDB Local gets slower as its tables fill: few events, and tables of their own for each measurement. */
const STAGES = {
  /** A write costs a durable commit, as it does at AWS. */
  disk: { storage: 'disk', batches: 10, rounds: 5 },
  /** A write costs computing alone, and that by the item: the least that batches save, and only to be trusted on an idle machine. */
  memory: { storage: 'memory', batches: 20, rounds: 7 },
} as const;
type Stage = (typeof STAGES)[keyof typeof STAGES];

/** Each way is worked before it is measured, until neither Node nor the JVM is cold for it. */
const WARMING_MILLISECONDS = 6_000;

/** So many invocations work side by side, as with any backlog: while one waits another computes, in each way alike. */
const INVOCATIONS = 4;

/** Measurements of each subject, round by round. */
type Rounds = ReadonlyMap<string, readonly Measurement[]>;

const TARGETS: ReadonlyArray<{
  readonly subject: string;
  readonly load: LoadShape;
  readonly what: 'requests' | 'time of Powertools';
  readonly most: number;
}> = [
  { subject: TENS, load: LOADS[0]!, what: 'requests', most: 0.15 },
  { subject: TENS, load: LOADS[1]!, what: 'requests', most: 0.4 },
  { subject: SINGLE, load: LOADS[0]!, what: 'time of Powertools', most: 0.65 },
  { subject: TENS, load: LOADS[0]!, what: 'time of Powertools', most: 0.15 },
];

/** What exactly one effect costs in each way to get it, on DynamoDB Local. True when every target is met; they are meant for writes that are durable. */
export async function effectsWithinTargets(stage: Stage = STAGES.disk): Promise<boolean> {
  const absent = missing();
  if (absent !== undefined) {
    console.log(`MISSED  effects: not measured, DynamoDB Local needs ${absent}`);
    return false;
  }
  console.log(
    '\neffects: figures of an event with one write. Requests as sent, repeated ones included; write units as DynamoDB Local tells them for',
  );
  console.log('single writes, and by the rule of DynamoDB for refused writes (1) and for transactions (2 an item, written or cancelled)');
  const verdicts: boolean[] = [];
  for (const [load, rounds] of await measureAll(stage)) {
    print(stage, load, rounds);
    verdicts.push(...TARGETS.filter((target) => target.load === load).map((target) => hold(target, rounds)));
  }
  return verdicts.every(Boolean);
}

async function measureAll(stage: Stage): Promise<ReadonlyMap<LoadShape, Rounds>> {
  const local = await startDynamoDbLocal(stage.storage);
  const functions = new Functions();
  try {
    const measured = new Map<LoadShape, Rounds>();
    for (const load of LOADS) measured.set(load, await measureLoad(stage, load, local, functions));
    return measured;
  } finally {
    functions.stop();
    await local.stop();
  }
}

async function measureLoad(stage: Stage, load: LoadShape, local: DynamoDbLocal, functions: Functions): Promise<Rounds> {
  const names = SUBJECTS.map(({ name }) => name);
  const measured = new Map(names.map((name): [string, Measurement[]] => [name, []]));
  for (const name of names) {
    const until = Date.now() + WARMING_MILLISECONDS;
    while (Date.now() < until) await measure(name, stage, load, local, functions);
  }
  for (let round = 0; round < stage.rounds; round++) {
    // There and back in turn, so that none always runs on the warmer machine.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      measured.get(name)!.push(await measure(name, stage, load, local, functions));
    }
  }
  return measured;
}

let tablePairs = 0;

async function measure(
  subject: string,
  { batches }: Stage,
  shape: LoadShape,
  { client, endpoint, createTable }: DynamoDbLocal,
  functions: Functions,
): Promise<Measurement> {
  const tables = { records: `records-${++tablePairs}`, payments: `payments-${tablePairs}` };
  for (const table of Object.values(tables)) await createTable(table);
  const measurement = await functions.work({ subject, endpoint, tables, shape, batches, invocations: INVOCATIONS });

  const { Count } = await client.send(new ScanCommand({ TableName: tables.payments, Select: 'COUNT' }));
  const { effects } = makeLoad(shape, batches);
  if (Count !== effects) throw new Error(`${subject}: ${Count} effects instead of ${effects}: nothing was measured`);
  for (const table of Object.values(tables)) await client.send(new DeleteTableCommand({ TableName: table }));
  return measurement;
}

function print({ storage, batches, rounds }: Stage, load: LoadShape, measured: Rounds): void {
  console.log(
    `\n${load.name}, DynamoDB Local with its tables ${storage === 'disk' ? 'on disk' : 'in memory'} (${batches} batches of ten, medians of ${rounds} rounds)`,
  );
  console.log(`  ${'requests'.padStart(42)}${'write units'.padStart(14)}${'ms'.padStart(8)}${'of Powertools'.padStart(16)}`);
  for (const name of measured.keys()) {
    const [requests, units, milliseconds] = (['requests', 'writeUnits', 'milliseconds'] as const).map((what) =>
      figure(measured, name, what).toFixed(2),
    );
    console.log(
      `  ${name.padEnd(34)}${requests!.padStart(8)}${units!.padStart(14)}${milliseconds!.padStart(8)}${timeRatio(measured, name).toFixed(2).padStart(16)}`,
    );
  }
}

function figure(measured: Rounds, name: string, what: keyof Measurement): number {
  return median(measured.get(name)!.map((measurement) => measurement[what]));
}

/** Each round against the baseline of the same round: what else the machine does changes from round to round. */
function timeRatio(measured: Rounds, name: string): number {
  const baseline = measured.get(POWERTOOLS)!;
  return median(measured.get(name)!.map(({ milliseconds }, round) => milliseconds / baseline[round]!.milliseconds));
}

function hold({ subject, load, what, most }: (typeof TARGETS)[number], measured: Rounds): boolean {
  const found = what === 'requests' ? figure(measured, subject, 'requests') : timeRatio(measured, subject);
  const met = found <= most;
  console.log(`${met ? 'met   ' : 'MISSED'}  ${subject}, ${load.name}: ${found.toFixed(3)} ${what} (target ${most})`);
  return met;
}

if (require.main === module) {
  effectsWithinTargets(process.argv.includes('memory') ? STAGES.memory : STAGES.disk).then(
    (met) => {
      process.exitCode = met ? 0 : 1;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
