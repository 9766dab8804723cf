import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { importRecipients, makeKnown } from '../examples/notification-fanout/storm/prepare';
import { breakwater } from '../lib/operate/storm/command';
import type { StormTarget, WitnessedRequest } from '../lib/operate/storm/contract';
import { onStage, type Stage } from '../lib/operate/storm/stage';

/** Told of by bulk: enough that the transactional events all come while it goes on. */
const RECIPIENTS = 1_500;
const EVENTS = 60;
const EVENTS_A_SECOND = 4;
const PATIENCE_MILLISECONDS = 600_000;
const BATCH = 25;

/** One of the two ways to tell people. */
interface Way {
  readonly name: 'fan-out' | 'loop';
  /** An event for one of them, and one for all. */
  detailFor(id: string, customer: string | undefined): { readonly source: string; readonly type: string; readonly data: object };
}

const WAYS: readonly Way[] = [
  {
    name: 'fan-out',
    detailFor: (id, customer) =>
      customer === undefined
        ? { source: 'shop', type: 'maintenance.announced', data: { ref: id, begins: '02:00', ends: '04:00' } }
        : { source: 'shop', type: 'payment.failed', data: { ref: id, customer, invoice: id, amount: 'EUR 18.40' } },
  },
  { name: 'loop', detailFor: (_, customer) => ({ source: 'loop', type: 'told', data: customer === undefined ? {} : { customer } }) },
];

export interface LaneFigures {
  readonly name: Way['name'];
  /** Milliseconds from publication to the provider's answer, of events to one recipient each. */
  readonly idle: Percentiles;
  readonly busy: Percentiles;
  /** Seconds that the event to everybody took. */
  readonly bulkSeconds: number;
  readonly recipients: number;
}

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** What an event to one costs in time while one to everybody goes on, on the local engine: the example, and a function that loops over its recipients. */
export async function measureLanes(): Promise<readonly LaneFigures[]> {
  const options = { example: 'notification-fanout', concurrency: 1, seeds: [1], duplicates: 0, keep: false, json: false, soak: false };
  const settings = {
    options,
    app: 'node dist/bench/notifications-app.js',
    workingDirectory: path.resolve(__dirname, '../..'),
    progress: () => {},
  };
  return onStage(settings, {}, async (stage) => {
    const ids = Array.from({ length: RECIPIENTS }, (_, index) => `bench-${index}`);
    await prepare(stage, ids);
    const witnessed = stage.proxy!.witness(['ses:POST']);
    const figures: LaneFigures[] = [];
    for (const way of WAYS) figures.push(await measureWay(way, stage, ids, witnessed));
    return figures;
  });
}

async function prepare({ slot, outputs }: Stage, ids: readonly string[]): Promise<void> {
  const target: StormTarget = { outputs, clientConfig: slot.engine.clientConfig };
  const recipients = ids.map((id) => ({ id, addresses: { email: `${id}@example.com` }, quietHours: false as const, data: { name: id } }));
  await makeKnown(target);
  await importRecipients((args) => breakwater(args, slot.engine, new AbortController().signal), recipients);
  const client = new DynamoDBClient({ ...target.clientConfig });
  for (let first = 0; first < recipients.length; first += BATCH) {
    const items = recipients.slice(first, first + BATCH).map((one) => ({ id: { S: one.id }, profile: { S: JSON.stringify(one) } }));
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { [outputs.LoopTable!]: items.map((Item) => ({ PutRequest: { Item } })) } }),
    );
  }
  client.destroy();
}

async function measureWay(way: Way, stage: Stage, ids: readonly string[], witnessed: readonly WitnessedRequest[]): Promise<LaneFigures> {
  const bus = new EventBridgeClient({ ...stage.slot.engine.clientConfig });
  try {
    // Nothing that is measured is cold.
    await tellSome(way, 'warm', bus, ids, witnessed);
    const idle = await tellSome(way, 'idle', bus, ids, witnessed);
    const everybody = `${way.name}-everybody`;
    const began = performance.now();
    await publish(way, bus, everybody, undefined);
    await until(`the first of ${everybody}`, () => countOf(everybody, witnessed) > 0);
    const busy = await tellSome(way, 'busy', bus, ids, witnessed);
    const during = countOf(everybody, witnessed);
    if (during === ids.length) throw new Error(`${way.name}: everybody was told before the events to one were: nothing was measured`);
    await until(`the last of ${everybody}`, () => countOf(everybody, witnessed) >= ids.length);
    return { name: way.name, idle, busy, bulkSeconds: (performance.now() - began) / 1000, recipients: ids.length };
  } finally {
    bus.destroy();
  }
}

async function tellSome(
  way: Way,
  stage: string,
  bus: EventBridgeClient,
  ids: readonly string[],
  witnessed: readonly WitnessedRequest[],
): Promise<Percentiles> {
  const published = new Map<string, number>();
  const first = witnessed.length;
  for (let index = 0; index < EVENTS; index += 1) {
    const id = `${way.name}-${stage}-${index}`;
    published.set(id, Date.now());
    await publish(way, bus, id, ids[(index * 7) % ids.length]);
    await delay(1000 / EVENTS_A_SECOND);
  }
  const arrived = new Map<string, number>();
  let seen = first;
  await until(`the last of ${way.name} ${stage}`, () => {
    for (; seen < witnessed.length; seen += 1) {
      const id = eventOf(witnessed[seen]!);
      if (id !== undefined && published.has(id)) arrived.set(id, witnessed[seen]!.at);
    }
    return arrived.size === EVENTS;
  });
  const times = [...arrived].map(([id, at]) => at - published.get(id)!).sort((one, other) => one - other);
  return { p50: times[Math.floor(times.length * 0.5)]!, p95: times[Math.floor(times.length * 0.95)]! };
}

async function publish(way: Way, bus: EventBridgeClient, id: string, customer: string | undefined): Promise<void> {
  const { source, type, data } = way.detailFor(id, customer);
  const metadata = { eventId: id, contract: type, version: 1, correlationId: id, occurredAt: new Date().toISOString() };
  await bus.send(new PutEventsCommand({ Entries: [{ Source: source, DetailType: type, Detail: JSON.stringify({ metadata, data }) }] }));
}

function countOf(event: string, witnessed: readonly WitnessedRequest[]): number {
  return witnessed.filter((request) => eventOf(request) === event).length;
}

/** Texts end with whom they are for, the rule, and the event. */
function eventOf({ body }: WitnessedRequest): string | undefined {
  return /\[\S+ \S+ (\S+)\]/.exec(body)?.[1];
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MILLISECONDS; !isSo(); ) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MILLISECONDS / 1000} s in vain for ${what}`);
    await delay(100);
  }
}
