import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type LoadShape, makeLoad } from './effects-load';
import { SUBJECTS, type Tables } from './effects-subjects';
import { RequestLog } from './request-log';

/** What the bench asks of a function. */
export interface Assignment {
  readonly subject: string;
  readonly endpoint: string;
  readonly tables: Tables;
  readonly shape: LoadShape;
  readonly batches: number;
  /** Invocations side by side, each with a batch of its own. */
  readonly invocations: number;
}

/** Figures of an event. */
export interface Measurement {
  readonly requests: number;
  readonly writeUnits: number;
  readonly milliseconds: number;
}

const log = new RequestLog();
let client: DynamoDBClient | undefined;

/** A way to get an effect in a process of its own, as in Lambda: what one sets up for itself must not slow down the others. */
async function work({ subject: name, endpoint, tables, shape, batches, invocations }: Assignment): Promise<Measurement> {
  if (client === undefined) {
    client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
    log.watch(client);
  }
  const deliver = SUBJECTS.find((subject) => subject.name === name)!.start(client, tables);
  const load = makeLoad(shape, batches);
  for (const batch of load.before) await deliver(batch);

  const waiting = [...load.batches];
  const workThrough = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) await deliver(batch);
  };
  log.clear();
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: invocations }, workThrough));
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  const { deliveries } = load;
  return { requests: log.requests / deliveries, writeUnits: log.writeUnits / deliveries, milliseconds: milliseconds / deliveries };
}

process.on('message', (assignment: Assignment) => {
  work(assignment).then(
    (measurement) => process.send?.({ measurement }),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
  );
});
