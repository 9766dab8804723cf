import type { Progress } from '../local/contract';
import { computeAccount, isClean } from './account';
import type { ParkedCopy, StandingStores, Storm, StormTarget } from './contract';
import { type Disturbance, disturbanceFigures, type EngineSlot } from './disturbances';
import type { FaultProxy } from './proxy';
import { StormQueues } from './queues';
import { seededRandom } from './random';
import { provesLess, type StormResult } from './report';
import { sendStorm } from './sending';

/** In place of the queue's own, which is six times the worker's timeout: a storm should not wait minutes for what a killed process held. */
export const STORM_VISIBILITY_SECONDS = 8;
/** Longer than any backoff of an example: a queue that gets no emptier for so long never will. */
const QUIET_PATIENCE_MILLISECONDS = 60_000;

export interface StormRun {
  readonly storm: Storm;
  readonly example: string;
  readonly seed: number;
  readonly tag: string;
  readonly events: number;
  readonly concurrency: number;
  readonly duplicates: number;
  readonly slot: EngineSlot;
  /** What befalls the engine while the storm is sent; with any, it is a soak. */
  readonly disturbances: readonly Disturbance[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Undefined when the engine was started elsewhere: its functions do not come this way. */
  readonly proxy?: FaultProxy;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** One storm over a deployed example: plans, sends, waits for quiet, reads what stands, accounts for it. */
export async function runStorm(run: StormRun): Promise<StormResult> {
  const { storm, proxy, progress, signal } = run;
  const target: StormTarget = { outputs: run.outputs, clientConfig: run.slot.engine.clientConfig };
  const soak = run.disturbances.length > 0;
  const plan = storm.plan({ random: seededRandom(run.seed), events: run.events, duplicates: run.duplicates, tag: run.tag, soak });
  const queues = new StormQueues(target);
  try {
    await plan.prepare(target);
    for (const queueUrl of storm.queues(target)) await queues.shortenVisibility(queueUrl, STORM_VISIBILITY_SECONDS);
    const before = await standing(storm, target, queues);

    const notKilled = whyNoKills(proxy);
    const kills = proxy?.arm(notKilled === undefined ? plan.kills(target) : []);
    const countedBefore = { requests: proxy?.requests, units: proxy?.units };
    const started = performance.now();
    const { attempts, past, resources } = await sendStorm(run, plan.bursts, { target, kills });
    const sending = (performance.now() - started) / 1000;
    progress('waiting for the queue to run empty');
    const unsettled = await queues.waitForQuiet(storm.queues(target), QUIET_PATIENCE_MILLISECONDS, signal);
    const untilQuiet = (performance.now() - started) / 1000;

    const after = await standing(storm, target, queues);
    const account = computeAccount({ events: plan.events, attempts, unsettled, ...change(before, after) });
    const accepted = new Set(attempts.filter(({ status = 0 }) => status >= 200 && status < 300).map(({ eventId }) => eventId));
    const requests = since(countedBefore.requests, proxy?.requests);
    const figures = {
      kills: kills?.struck ?? {},
      killsMissed: kills?.waiting.length ?? 0,
      ...(notKilled === undefined ? {} : { notKilled }),
      ...(soak ? { soak: { disturbances: disturbanceFigures(past, attempts), planned: run.disturbances.length, resources } } : {}),
    };
    return {
      example: run.example,
      seed: run.seed,
      senders: run.concurrency,
      ...account,
      ...figures,
      dynamoDbRequestsPerEvent: proxy === undefined ? null : round(dynamoDbRequests(requests) / Math.max(1, accepted.size)),
      requests,
      units: since(countedBefore.units, proxy?.units),
      deliveriesPerSecond: round(attempts.length / sending),
      seconds: { sending: round(sending), untilQuiet: round(untilQuiet) },
      clean: isClean(account) && provesLess(figures).length === 0,
    };
  } finally {
    proxy?.arm([]);
    queues.close();
  }
}

function whyNoKills(proxy: FaultProxy | undefined): string | undefined {
  if (proxy === undefined) return 'this engine was started elsewhere';
  return proxy.canKill ? undefined : `the process behind a connection can be told on Linux and macOS only, this is ${process.platform}`;
}

function since(before: ReadonlyMap<string, number> = new Map(), after: ReadonlyMap<string, number> = new Map()): Record<string, number> {
  return Object.fromEntries([...after].map(([operation, count]) => [operation, count - (before.get(operation) ?? 0)]));
}

function dynamoDbRequests(requests: Readonly<Record<string, number>>): number {
  return Object.entries(requests).reduce((sum, [operation, count]) => (operation.startsWith('dynamodb:') ? sum + count : sum), 0);
}

interface Standing extends StandingStores {
  readonly parked: ReadonlyMap<string, ParkedCopy>;
}

async function standing(storm: Storm, target: StormTarget, queues: StormQueues): Promise<Standing> {
  const messages = await queues.readParkingLot(storm.parkingLot(target));
  return {
    ...(await storm.readStores(target)),
    parked: new Map(messages.map((message) => [message.messageId, storm.readParked(message)])),
  };
}

/** What this storm added to what earlier ones left. */
function change(before: Standing, after: Standing) {
  const known = new Set(before.effects.map(({ key }) => key));
  const books = Object.entries(after.books).map(([book, balance]) => [book, balance - (before.books[book] ?? 0)] as const);
  return {
    effects: after.effects.filter(({ key }) => !known.has(key)),
    books: Object.fromEntries(books),
    parked: [...after.parked].filter(([messageId]) => !before.parked.has(messageId)).map(([, copy]) => copy),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
