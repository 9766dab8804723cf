import { parseArgs } from 'node:util';
import { SECONDS_A_MONTH } from '../lib/review/cost/amounts';
import type { Quantity } from '../lib/review/cost/charge';
import { count } from '../lib/review/cost/estimate';
import { Traffic, type TrafficProfile } from '../lib/review/cost/traffic';
import { type CountedStorm, countStorm, type FunctionLog } from './cost-storm';

const MOST_DIFFERENCE = 0.02;
const API_UNIT_BYTES = 512 * 1024;
const INLINE_BYTES = 1_000_000;
const IDS = {
  receive: /^PaymentsReceiveFunction/,
  worker: /^PaymentsWorkerFunction/,
  queue: /^PaymentsWorkerQueue/,
  parkingLot: /^PaymentsWorkerParkingLot/,
  records: /^PaymentsWorkerIdempotencyTable/,
  ledger: /^Ledger/,
  claims: /^PaymentsClaimsBucket/,
  api: /^PaymentsApi[0-9A-F]{8}$/,
  secrets: /Secret[0-9A-F]{8}$/,
} as const;

interface Row {
  readonly of: string;
  readonly counted: number;
  readonly derived: number;
  /** What the model leaves out; may explain a difference of more than two percent. */
  readonly because?: string;
}

/** What the storm did, as a traffic profile: from its plan, its account and the stores. Its rate goes on for a month. */
export function profileOf(storm: CountedStorm): TrafficProfile {
  const { plan, result, effects } = storm;
  const deliveries = plan.bursts.flat();
  const bodies = deliveries.map(({ request }) => request(0).body);
  const { events, changed, accepted, working } = volumesOf(storm);
  const { malformed = 0, permanent = 0, budget_spent: exhausted = 0 } = result.parked;
  const reruns = effects.reduce((sum, { attempt = 1 }) => sum + attempt - 1, 0);
  const worker = functionOf(storm, IDS.worker);
  return {
    version: 1,
    ingress: {
      '*': {
        eventsPerMonth: events * monthsOf(storm),
        payloadBytes: mean(bodies.map(({ length }) => length)),
        duplicates: result.deliveries / events - 1,
      },
    },
    resources: {
      'WebhookIngestion/Payments/Receive': timesOf(functionOf(storm, IDS.receive)),
      'WebhookIngestion/Payments/Worker/Worker': {
        ...timesOf(worker),
        recordsPerRun: mean(worker.batches.map(({ messages }) => messages)),
        permanentFailures: (malformed + permanent + changed) / working,
        failures: exhausted / working,
        retries: reruns / result.done,
      },
      'WebhookIngestion/Ledger': { itemBytes: 200 },
    },
    hops: {
      'WebhookIngestion/Payments/Receive -> WebhookIngestion/Payments/Worker/Queue': accepted / result.deliveries,
      'WebhookIngestion/Payments/Receive -> WebhookIngestion/Payments/Claims':
        bodies.filter(({ length }) => length > INLINE_BYTES).length / deliveries.length,
      'WebhookIngestion/Payments/Worker/Worker -> WebhookIngestion/Ledger': 2,
    },
  };
}

/** Another body under the same id is another event. */
function volumesOf({ plan, result }: CountedStorm) {
  const bodies = plan.bursts.flat().map(({ eventId, request }) => `${eventId} ${request(0).body.toString('latin1')}`);
  const events = new Set(bodies).size;
  const changed = events - result.events;
  const parked = Object.values(result.parked).reduce((sum, copies) => sum + copies, 0);
  return { events, changed, accepted: result.answered['200'] ?? 0, working: result.done + parked + changed };
}

function failingCopiesOf(storm: CountedStorm) {
  const { changed, accepted, working } = volumesOf(storm);
  return { failing: storm.result.supersededCopies - changed, copies: accepted - working };
}

export function compare(storm: CountedStorm): readonly Row[] {
  const { quantities } = count(storm.topology, new Traffic(profileOf(storm)));
  const months = monthsOf(storm);
  const derived = (id: RegExp, item: string, words = /./): number =>
    quantities.reduce((sum, one) => (isOf(one, id, item) && words.test(one.because()) ? sum + one.amount : sum), 0) / months;
  const counted = (id: RegExp, operation: string): number =>
    Object.entries(storm.result.units).reduce((sum, [key, units]) => {
      const [of, resource] = key.split(' ') as [string, string];
      return of === operation && id.test(logicalId(storm, resource)) ? sum + units : sum;
    }, 0);
  const sizes = storm.plan.bursts.flat().map(({ request }) => request(0).body.length);
  const { batches, runs } = functionOf(storm, IDS.worker);
  const { failing, copies } = failingCopiesOf(storm);
  const QUEUE = 'AWSQueueService/Requests-Tier1';
  const WRITES = 'AmazonDynamoDB/WriteRequestUnits';
  return [
    {
      of: 'HTTP API, in units of 512 KB',
      counted:
        sizes.reduce((sum, bytes) => sum + Math.max(1, Math.ceil(bytes / API_UNIT_BYTES)), 0) + storm.result.deliveries - sizes.length,
      derived: derived(IDS.api, 'AmazonApiGateway/ApiGatewayHttpRequest'),
      because: 'a profile has one size for all events: the units beyond the first of the 1 % that are over 1 MB are left out',
    },
    { of: 'runs of the receiver', counted: functionOf(storm, IDS.receive).runs, derived: derived(IDS.receive, 'AWSLambda/Request') },
    { of: 'messages to the queue', counted: counted(IDS.queue, 'sqs:SendMessage'), derived: derived(IDS.queue, QUEUE, /sent/) },
    { of: 'bodies put to S3', counted: counted(IDS.claims, 's3:PutObject'), derived: derived(IDS.claims, 'AmazonS3/Requests-Tier1') },
    { of: 'bodies got from S3', counted: counted(IDS.claims, 's3:GetObject'), derived: derived(IDS.claims, 'AmazonS3/Requests-Tier2') },
    {
      of: 'reads of secrets',
      counted: counted(IDS.secrets, 'secretsmanager:GetSecretValue'),
      derived: derived(IDS.secrets, 'AWSSecretsManager/AWSSecretsManagerAPIRequest'),
      because: 'a failed signature has a secret read again, at most every 5 s: the storm forges on purpose',
    },
    { of: 'runs of the worker', counted: runs, derived: derived(IDS.worker, 'AWSLambda/Request') },
    { of: 'batches received', counted: batches.length, derived: derived(IDS.queue, QUEUE, /receives/) },
    {
      of: 'batches deleted',
      counted: batches.filter(({ deleted }) => deleted > 0).length,
      derived: derived(IDS.queue, QUEUE, /deletes/),
      because:
        'a batch is not deleted when all of it comes again: the model takes it as deleted, so that a retried event never costs less than one that is not',
    },
    {
      of: 'backoffs by visibility',
      counted: counted(IDS.queue, 'sqs:ChangeMessageVisibility'),
      derived: derived(IDS.queue, QUEUE, /backoffs/),
    },
    {
      of: 'messages parked',
      counted: counted(IDS.parkingLot, 'sqs:SendMessage'),
      derived: derived(IDS.parkingLot, QUEUE, /sent/),
      because: `copies are taken to fail like their events; of these ${copies} copies, ${failing} were of events that fail`,
    },
    {
      of: 'write units of the ledger',
      counted: 2 * counted(IDS.ledger, 'dynamodb:TransactWriteItems'),
      derived: derived(IDS.ledger, WRITES),
    },
    {
      of: 'write units of the records',
      counted: 2 * counted(IDS.records, 'dynamodb:TransactWriteItems') + counted(IDS.records, 'dynamodb:PutItem'),
      derived: derived(IDS.records, WRITES),
    },
  ];
}

function isOf({ resource, item }: Quantity, id: RegExp, wanted: string): boolean {
  return item === wanted && id.test(resource.logicalId);
}

/** Months of the storm's length in a month. */
function monthsOf({ result }: CountedStorm): number {
  return SECONDS_A_MONTH / result.seconds.untilQuiet;
}

function timesOf({ runs, inits, milliseconds }: FunctionLog) {
  return { durationMilliseconds: milliseconds / runs, coldShare: inits / runs };
}

function functionOf({ functions }: CountedStorm, id: RegExp): FunctionLog {
  return [...functions].find(([name]) => id.test(name))![1];
}

/** A request names a queue by its URL and a secret by its ARN, with another host or a random ending than CloudFormation does. */
function logicalId({ logicalIds }: CountedStorm, named: string): string {
  const last = (text: string): string => text.split(/[/:]/).at(-1)!;
  return logicalIds.get(named) ?? [...logicalIds].find(([physical]) => last(named).startsWith(last(physical)))?.[1] ?? named;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const difference = ({ counted, derived }: Row): number => (counted === 0 ? derived : derived / counted - 1);

function line(row: Row): string {
  const figure = (value: number): string => Math.round(value).toLocaleString('en-US');
  const percent = `${(100 * difference(row)).toFixed(1)} %`;
  const because = Math.abs(difference(row)) > MOST_DIFFERENCE ? (row.because ?? 'NOT EXPLAINED') : '';
  return `| ${row.of} | ${figure(row.counted)} | ${figure(row.derived)} | ${percent} | ${because} |`;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { events: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } } });
  const storm = await countStorm({ events: Number(values.events), seed: Number(values.seed) });
  const rows = compare(storm);
  console.log(['| | counted | derived | difference | because |', '|---|--:|--:|--:|---|', ...rows.map(line)].join('\n'));
  const odd = Object.entries(storm.result.answered).filter(([status]) => !['200', '400', '401'].includes(status));
  if (odd.length > 0) console.log(`\nNot comparable: answers ${odd.map((one) => one.join(' x ')).join(', ')} on a busy machine`);
  return (
    storm.result.clean && odd.length === 0 && rows.every((row) => Math.abs(difference(row)) <= MOST_DIFFERENCE || row.because !== undefined)
  );
}

if (require.main === module)
  main().then(
    (met) => {
      process.exitCode = met ? 0 : 1;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
