import type { PlanMessage } from '../../../blocks/fanout-contract';
import { fullJitter, sleep } from '../../../runtime/clock';
import { deterministicId } from '../../../runtime/deterministic-id';
import { RetryAfterError } from '../../../runtime/failures';
import type { Timer } from '../../../runtime/notifications/contract';
import { onTimer } from '../../../runtime/notifications/planner';
import { decideAll } from '../../../runtime/notifications/remembering';
import type { FoundItems } from '../../../runtime/notifications/store/fanout-store';
import { deliveryItemKey, digestOccurrence, eventKey } from '../../../runtime/notifications/store/keys';
import { sideBySide } from '../../../runtime/side-by-side';
import { flushDigest } from './digest-flush';
import { moveMessages } from './message-timers';
import { BUSY_SECONDS, MOST_ROUNDS, type PlanDependencies, RECIPIENTS_AT_ONCE } from './plan-dependencies';
import { contextsOf } from './recipient-contexts';

export type TimerMessage = Extract<PlanMessage, { readonly kind: 'timer' }>;

/** A timer whose time has come. */
export interface DueTimer {
  /** The same for each copy of it: what its step leaves behind bears this name. */
  readonly id: string;
  readonly recipient: string;
  readonly timer: Timer;
}

/** Whether a timer was seen to; `busy`: others changed what it works on meanwhile. */
export type TimerOutcome = 'done' | 'busy';

/** Does what is due; a recipient's timers one after the other. */
export async function runTimers(message: TimerMessage, dependencies: PlanDependencies): Promise<void> {
  let open = message.timers.map(({ recipient, timer: content }): DueTimer => {
    const timer = content as Timer;
    return { id: deterministicId('timer', recipient, JSON.stringify(timer)), recipient, timer };
  });
  const { clock } = dependencies;
  for (let conflicts = 0; open.length > 0; ) {
    const first = new Map(open.map((due) => [due.recipient, due] as const).reverse());
    const busy = await runRound([...first.values()], dependencies);
    if (busy.size > 0) {
      conflicts += 1;
      if (conflicts === MOST_ROUNDS) throw new RetryAfterError(BUSY_SECONDS, `${busy.size} recipients are changed by others all the time`);
      await sleep(clock, fullJitter(clock, conflicts, 20, 500));
    }
    open = open.filter((due) => first.get(due.recipient) !== due || busy.has(due));
  }
}

/** @param dues one of each recipient at most @returns those that are to be run again */
async function runRound(dues: readonly DueTimer[], dependencies: PlanDependencies): Promise<ReadonlySet<DueTimer>> {
  const { store, settings, clock } = dependencies;
  const found = await store.read(dues.flatMap(keysOf));
  const contexts = await contextsOf(
    dues.map(({ recipient }) => recipient),
    settings.rules,
    settings.rules.rules,
    store,
  );
  const now = clock.now();
  const steps = dues.map(({ recipient, timer }) => ({
    recipient,
    step: (state: Parameters<typeof onTimer>[1]) => onTimer(contexts.get(recipient)!, state, timer, Math.max(now, timer.at)),
  }));
  const decided = await decideAll(steps, store);
  const busy = new Set<DueTimer>();
  await sideBySide([...dues.entries()], RECIPIENTS_AT_ONCE, async ([index, due]) => {
    const outcome = await runOne(due, decided[index]!, found, now, dependencies);
    if (outcome === 'busy') busy.add(due);
  });
  return busy;
}

function runOne(
  { id, recipient, timer }: DueTimer,
  decided: Awaited<ReturnType<typeof decideAll>>[number],
  found: FoundItems,
  now: number,
  dependencies: PlanDependencies,
): Promise<TimerOutcome> {
  if (timer.kind === 'digest') return flushDigest({ id, recipient, timer }, decided, found, now, dependencies);
  return moveMessages({ id, recipient, timer }, decided, found, now, dependencies);
}

function keysOf({ recipient, timer }: DueTimer) {
  if (timer.kind === 'digest') return [deliveryItemKey({ occurrence: digestOccurrence(recipient, timer.digest, timer.opens), recipient })];
  const { occurrence } = timer.message;
  return [deliveryItemKey({ occurrence, recipient }), eventKey(occurrence)];
}
