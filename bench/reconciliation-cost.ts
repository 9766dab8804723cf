import { Decimal } from 'decimal.js';
import { Prices } from '../lib/review/cost/price-list';
import { US_EAST_1 } from '../lib/review/cost/prices/us-east-1';

/** Seconds for a million rows a side, as measured here, of a function of two processors. */
export interface SecondsAMillion {
  readonly read: number;
  readonly compare: number;
}

/** Memory at which a function has two processors, as the construct sets it for reading and comparing. */
const FUNCTION_GIGABYTES = 3538 / 1024;
const FINISH_GIGABYTES = 5307 / 1024;
/** What starting DuckDB, and the objects of a part on their way, take beside. */
const SECONDS_A_CALL = 1;
const FINISH_SECONDS = 10;
/** Most rows a source file has here. */
const ROWS_A_FILE = 10_000_000;
/** Transitions of an execution beside its children; each read is an execution of its own of three. */
const FIXED_TRANSITIONS = 20;
const TRANSITIONS_A_READ = 3;

/** USD of one run. */
export function costOf(rows: number, rowsAPart: number, seconds: SecondsAMillion): Readonly<Record<string, Decimal>> {
  const prices = new Prices(US_EAST_1, false);
  const of = (key: `${string}/${string}`, amount: number): Decimal => {
    const price = prices.of(key, new Decimal(amount));
    if (price === undefined) throw new Error(`${key}: not in the price file`);
    return price;
  };
  const reads = 2 * Math.ceil(rows / ROWS_A_FILE);
  const parts = Math.min(1000, Math.ceil(rows / rowsAPart));
  const calls = reads + parts;
  const functionSeconds = (rows / 1e6) * (seconds.read + seconds.compare) + calls * SECONDS_A_CALL;
  const puts = reads * (parts + 2) + parts + 20;
  const gets = reads * 4 + parts * (reads + 3) + calls;
  const lambda = of('AWSLambda/Lambda-GB-Second-ARM', functionSeconds * FUNCTION_GIGABYTES + FINISH_SECONDS * FINISH_GIGABYTES).plus(
    of('AWSLambda/Request', calls + 10),
  );
  const s3 = of('AmazonS3/Requests-Tier1', puts).plus(of('AmazonS3/Requests-Tier2', gets));
  const steps = of('AmazonStates/StateTransition', FIXED_TRANSITIONS + reads * TRANSITIONS_A_READ).plus(
    of('AmazonStates/StepFunctions-Request', parts),
  );
  return { lambda, s3, steps, total: lambda.plus(s3).plus(steps) };
}

/** A line for each number of rows. */
export function costLines(rowsAPart: number, seconds: SecondsAMillion): string[] {
  return [
    `        cost of a run, prices of ${US_EAST_1.region} of ${US_EAST_1.date}, from the seconds above:`,
    ...[1e6, 10e6, 100e6].map((rows) => {
      const { lambda, s3, steps, total } = costOf(rows, rowsAPart, seconds);
      return `        ${`${rows / 1e6} M rows a side`.padEnd(22)} USD ${total!.toFixed(4)}: Lambda ${lambda!.toFixed(4)}, S3 requests ${s3!.toFixed(4)}, Step Functions ${steps!.toFixed(4)}`;
    }),
  ];
}
