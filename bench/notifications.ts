import { US_EAST_1 } from '../lib/review/cost/prices/us-east-1';
import { missing } from '../test/support/dynamodb-local/server';
import { type LaneFigures, measureLanes } from './notifications-lanes';
import { costOfMillion, measurePlanning, secondsOfMillion } from './notifications-planning';

/** Transactional messages must not feel bulk. */
const BUSY_OF_IDLE = 1.5;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const FUNCTION_SECONDS = 900;

/** What planning a million costs, and what those in a hurry feel of it; against one function that loops over its recipients. True when every target is met. */
export async function notificationsWithinTargets(): Promise<boolean> {
  const absent = missing();
  if (absent !== undefined) {
    console.log(`MISSED  notifications: not measured, DynamoDB Local needs ${absent}`);
    return false;
  }
  await planning();
  return lanes();
}

async function planning(): Promise<void> {
  const figures = await measurePlanning();
  const { recipients, requests, writeUnits, readUnits, secondsFor1000 } = figures;
  const cost = costOfMillion(figures);
  const { chains, seconds } = secondsOfMillion(figures);
  console.log(`\nplanning an event to everybody, ${recipients} recipients on DynamoDB Local, 4 pages at a time; for each recipient`);
  for (const [name, count] of Object.entries(requests)) console.log(`        ${name.padEnd(34)}${count.toFixed(3)} requests`);
  console.log(`        write units ${writeUnits.toFixed(2)}, read units ${readUnits.toFixed(2)}; ${secondsFor1000.toFixed(2)} s for 1,000`);
  console.log(
    `        1,000,000 recipients: ${(seconds / 60).toFixed(1)} min with ${chains} pages at a time, if each is as fast as here; USD ${cost.total!.toFixed(2)} to plan them: ` +
      `DynamoDB ${cost.dynamoDb!.toFixed(2)}, SQS ${cost.sqs!.toFixed(2)}, Lambda ${cost.lambda!.toFixed(2)}, prices of ${US_EAST_1.region} of ${US_EAST_1.date}`,
  );
}

async function lanes(): Promise<boolean> {
  const all = await measureLanes();
  console.log('\nan event to one, while one to everybody goes on, on the local engine');
  for (const figures of all) console.log(`        ${described(figures)}`);
  const [ours, loop] = [all.find(({ name }) => name === 'fan-out')!, all.find(({ name }) => name === 'loop')!];
  const ratio = ours.busy.p95 / ours.idle.p95;
  const met = ratio <= BUSY_OF_IDLE;
  console.log(`${met ? 'met   ' : 'MISSED'}  transactional p95 while bulk goes on: ${ratio.toFixed(2)} of idle (target ${BUSY_OF_IDLE})`);
  const loopSeconds = (loop.bulkSeconds / loop.recipients) * 1_000_000;
  console.log(
    `        the loop would tell 1,000,000 in ${(loopSeconds / 3600).toFixed(1)} h; a function may run for ${FUNCTION_SECONDS / 60} min, begins from the first recipient again, and tells those before twice`,
  );
  return met;
}

function described({ name, idle, busy, bulkSeconds, recipients }: LaneFigures): string {
  const ratio = busy.p95 / idle.p95;
  return `${name.padEnd(8)} idle p50 ${idle.p50} ms, p95 ${idle.p95} ms; busy p50 ${busy.p50} ms, p95 ${busy.p95} ms, ${ratio.toFixed(2)} of idle; ${recipients} told in ${bulkSeconds.toFixed(1)} s`;
}

if (require.main === module) {
  notificationsWithinTargets().then(
    (met) => {
      process.exitCode = met ? 0 : 1;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
