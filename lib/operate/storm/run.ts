import type { Progress } from '../local/contract';
import { computeAccount, isClean } from './account';
import { ArmedProxy } from './armed-proxy';
import type { Operated, StandingStores, Storm, StormTarget } from './contract';
import { type Disturbance, disturbanceFigures, type EngineSlot } from './disturbances';
import { operate } from './operation';
import { type AskDesk, type Parked, readDesks, readParkingLot } from './parking';
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
  /** Parking desks of the deployed stacks; without one, what is parked stays in the queue. */
  readonly desks: readonly AskDesk[];
  /** Deploys the app again with this context beside the storm's own. */
  readonly deploy: (context: Readonly<Record<string, string>>) => Promise<void>;
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
    const drained = [...storm.queues(target), ...(run.desks.length > 0 ? [storm.parkingLot(target)] : [])];
    for (const queueUrl of drained) await queues.shortenVisibility(queueUrl, STORM_VISIBILITY_SECONDS);
    const quiet = (): Promise<number> => queues.waitForQuiet(drained, QUIET_PATIENCE_MILLISECONDS, signal);
    const before = await standing(run, target, queues);

    const armed = new ArmedProxy(proxy, plan.kills(target));
    const { kills } = armed;
    const started = performance.now();
    const { attempts, past, resources } = await sendStorm(run, plan.bursts, { target, kills });
    const sending = (performance.now() - started) / 1000;
    progress('waiting for the queue to run empty');
    let left = await quiet();
    const untilQuiet = (performance.now() - started) / 1000;
    let operated: Operated | undefined;
    if (storm.operate !== undefined) {
      operated = await operate(run, storm.operate, {
        target,
        events: plan.events,
        attempts,
        kills,
        quiet,
      });
      left = await quiet();
    }
    const operating = operated && round((performance.now() - started) / 1000 - untilQuiet);

    const after = await standing(run, target, queues, before);
    const unsettled = left + after.parked.underWay;
    const account = computeAccount({ events: plan.events, attempts, unsettled, ...change(before, after) });
    const accepted = new Set(attempts.filter(({ status = 0 }) => status >= 200 && status < 300).map(({ eventId }) => eventId));
    const { requests, units } = armed.requestFigures;
    const figures = {
      ...armed.killFigures,
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
      units,
      deliveriesPerSecond: round(attempts.length / sending),
      seconds: { sending: round(sending), untilQuiet: round(untilQuiet), ...(operating === undefined ? {} : { operating }) },
      ...(operated === undefined ? {} : { operated }),
      clean: isClean(account) && [...provesLess(figures), ...(operated?.faults ?? [])].length === 0,
    };
  } finally {
    proxy?.arm([]);
    queues.close();
  }
}

function dynamoDbRequests(requests: Readonly<Record<string, number>>): number {
  return Object.entries(requests).reduce((sum, [operation, count]) => (operation.startsWith('dynamodb:') ? sum + count : sum), 0);
}

interface Standing extends StandingStores {
  readonly parked: Parked;
}

async function standing({ storm, desks }: StormRun, target: StormTarget, queues: StormQueues, before?: Standing): Promise<Standing> {
  const known = new Set(before?.parked.copies.keys());
  return {
    ...(await storm.readStores(target)),
    parked: desks.length > 0 ? await readDesks(storm, desks, known) : await readParkingLot(storm, target, queues),
  };
}

/** What this storm added to what earlier ones left. */
function change(before: Standing, after: Standing) {
  const known = new Set(before.effects.map(({ key }) => key));
  const books = Object.entries(after.books).map(([book, balance]) => [book, balance - (before.books[book] ?? 0)] as const);
  return {
    effects: after.effects.filter(({ key }) => !known.has(key)),
    books: Object.fromEntries(books),
    parked: [...after.parked.copies].filter(([messageId]) => !before.parked.copies.has(messageId)).map(([, copy]) => copy),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
