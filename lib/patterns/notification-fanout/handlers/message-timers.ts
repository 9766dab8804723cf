import type { DeliveryStatus } from '../../../blocks/fanout-contract';
import { laneOf } from '../../../runtime/notifications/audience';
import type { Timer } from '../../../runtime/notifications/contract';
import { messageOf } from '../../../runtime/notifications/deliveries';
import { channelMessages, sendAll } from '../../../runtime/notifications/outgoing';
import { type Decided, stateWrites } from '../../../runtime/notifications/remembering';
import { setTimers } from '../../../runtime/notifications/schedules';
import { deliveryUpdate, type MessageChange } from '../../../runtime/notifications/store/delivery-change';
import { type FoundItems, marshalled } from '../../../runtime/notifications/store/fanout-store';
import {
  type DeliveryMessage,
  messageName,
  readDelivery,
  readEvent,
  type StoredDelivery,
  type StoredTimer,
} from '../../../runtime/notifications/store/items';
import { deliveryItemKey, eventKey } from '../../../runtime/notifications/store/keys';
import type { PlanDependencies } from './plan-dependencies';
import type { DueTimer, TimerOutcome } from './timers';

type MessageTimer = Exclude<Timer, { readonly kind: 'digest' }>;

/** What a timer makes of a delivery's messages. */
interface Moved {
  readonly changes: readonly MessageChange[];
  readonly timers: readonly StoredTimer[];
  readonly decided?: Decided;
}

/** A held message leaves, or a fallback's wait is over. What stands already, from a run before, is handed over again. */
export async function moveMessages(
  { id, recipient, timer }: DueTimer & { readonly timer: MessageTimer },
  decided: Decided,
  found: FoundItems,
  now: number,
  dependencies: PlanDependencies,
): Promise<TimerOutcome> {
  const { occurrence, rule } = timer.message;
  const item = found.get(deliveryItemKey({ occurrence, recipient }));
  // Its retention is over.
  if (item === undefined) return 'done';
  const before = readDelivery(item);
  const eventItem = found.get(eventKey(occurrence));
  const isCancelled = eventItem !== undefined && readEvent(eventItem).state === 'cancelled';
  const moved = isCancelled ? cancelled(timer, before, now) : moves(id, timer, before, decided, dependencies);
  if (!(await write(before, moved, now, dependencies))) return 'busy';
  if (!isCancelled) await handOver(after(before, moved), { id, rule }, dependencies);
  return 'done';
}

function moves(id: string, timer: MessageTimer, before: StoredDelivery, decided: Decided, { settings }: PlanDependencies): Moved {
  // Whether it left before, the delivery knows: a step only knows what is remembered.
  if (timer.kind === 'release' && before.messages[messageName(timer.message)]?.status !== 'held') return { changes: [], timers: [] };
  const { decisions, timers } = decided.step;
  const changes = decisions.map((decision): MessageChange => {
    const message = messageOf(settings.rules, decision);
    const known = before.messages[messageName(message)];
    return { message, ...(known && { from: [known.status] }) };
  });
  return { changes, timers: timers.map((one) => ({ by: id, timer: one })), decided };
}

function cancelled(timer: MessageTimer, before: StoredDelivery, now: number): Moved {
  const message = timer.kind === 'release' ? before.messages[messageName(timer.message)] : undefined;
  if (message?.status !== 'held') return { changes: [], timers: [] };
  const status: DeliveryStatus = 'cancelled';
  return { changes: [{ message: { ...message, status, reason: 'cancelled: the event was', at: now }, from: ['held'] }], timers: [] };
}

/** @returns false when something is not what it was made from */
async function write(
  before: StoredDelivery,
  { changes, timers, decided }: Moved,
  now: number,
  dependencies: PlanDependencies,
): Promise<boolean> {
  const { store, publish, expirations } = dependencies;
  const states = decided === undefined ? [] : stateWrites(store.tableName, before.recipient, decided, { expirations, now });
  if (changes.length === 0 && timers.length === 0) return states.length === 0 || (await store.together(states)) === undefined;
  const update = deliveryUpdate(store.tableName, before, { changes, timers, publish, now });
  if (states.length === 0) return store.update(update);
  return (await store.together([{ Update: marshalled(update) }, ...states])) === undefined;
}

function after(before: StoredDelivery, { changes, timers }: Moved): StoredDelivery {
  const changed: Record<string, DeliveryMessage> = Object.fromEntries(changes.map(({ message }) => [messageName(message), message]));
  return { ...before, messages: { ...before.messages, ...changed }, timers: [...before.timers, ...timers] };
}

/** Of what the timer has to do with: messages of its rule, timers that its own step set. */
async function handOver(
  delivery: StoredDelivery,
  { id, rule }: { readonly id: string; readonly rule: string },
  dependencies: PlanDependencies,
): Promise<void> {
  const lane = laneOf(dependencies.settings.rules.rules.find((one) => one.id === rule) ?? {});
  const { recipient, correlationId } = delivery;
  const timers = delivery.timers.filter(({ by }) => by === id).map(({ timer }) => ({ recipient, timer, lane, correlationId }));
  await setTimers(timers, dependencies);
  await sendAll(channelMessages(delivery, dependencies.channels, rule), dependencies.sqs);
}
