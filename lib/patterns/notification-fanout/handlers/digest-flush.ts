import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { laneOf } from '../../../runtime/notifications/audience';
import type { OpenDigest, Timer } from '../../../runtime/notifications/contract';
import { digestDelivery, messageOf } from '../../../runtime/notifications/deliveries';
import { channelMessages, sendAll } from '../../../runtime/notifications/outgoing';
import { type Decided, stateWrites } from '../../../runtime/notifications/remembering';
import { setTimers } from '../../../runtime/notifications/schedules';
import { deliveryUpdate, outboxOf } from '../../../runtime/notifications/store/delivery-change';
import { type FoundItems, IS_NEW } from '../../../runtime/notifications/store/fanout-store';
import {
  type DeliveryMessage,
  deliveryItem,
  messageName,
  readDelivery,
  readEvent,
  type StoredDelivery,
} from '../../../runtime/notifications/store/items';
import { deliveryItemKey, digestOccurrence, eventKey } from '../../../runtime/notifications/store/keys';
import { sideBySide } from '../../../runtime/side-by-side';
import { type PlanDependencies, RECIPIENTS_AT_ONCE } from './plan-dependencies';
import type { DueTimer, TimerOutcome } from './timers';

type DigestTimer = Extract<Timer, { readonly kind: 'digest' }>;
type DueDigest = DueTimer & { readonly timer: DigestTimer };

/**
 * Closes a digest: it leaves as a delivery of its own, written together with its end, so it leaves once. Then its events' deliveries are told; a copy of the timer finds
 * the delivery and sees to what its first run did not come to.
 */
export async function flushDigest(
  due: DueDigest,
  decided: Decided,
  found: FoundItems,
  now: number,
  dependencies: PlanDependencies,
): Promise<TimerOutcome> {
  const { recipient, timer } = due;
  const occurrence = digestOccurrence(recipient, timer.digest, timer.opens);
  const before = found.get(deliveryItemKey({ occurrence, recipient }));
  if (before !== undefined) return leave(readDelivery(before), now, dependencies);
  const open = decided.memory.value('digests', timer.digest)?.find(({ opens }) => opens === timer.opens);
  if (open === undefined) return 'done';
  const { rules } = dependencies.settings;
  const lane = laneOf(rules.rules.find(({ id }) => id === open.rule) ?? {});
  if (decided.step.timers.length > 0) {
    const timers = decided.step.timers.map((one) => ({ recipient, timer: one, lane, correlationId: occurrence }));
    await setTimers(timers, dependencies);
    return 'done';
  }
  const gone = await cancelledAmong(open, dependencies);
  const cancelled = open.events.filter((one) => gone.has(one.occurrence));
  await settle(
    recipient,
    open,
    cancelled,
    (message) => ({ ...message, status: 'cancelled', reason: 'cancelled: the event was', at: now }),
    now,
    dependencies,
  );
  const events = open.events.filter((one) => !gone.has(one.occurrence));
  const [flushed] = decided.step.digests;
  const delivery = flushed && events.length > 0 ? digestDelivery(rules, occurrence, flushed, events) : undefined;
  if (delivery === undefined) {
    const decisions = new Map(decided.step.decisions.map((decision) => [decision.occurrence, messageOf(rules, decision)]));
    const stopped = events.filter((one) => decisions.has(one.occurrence));
    await settle(recipient, open, stopped, (_, of) => decisions.get(of)!, now, dependencies);
  }
  const refused = await close(recipient, decided, delivery, now, dependencies);
  if (refused !== undefined) return 'busy';
  return delivery === undefined ? 'done' : leave(delivery, now, dependencies);
}

function close(recipient: string, decided: Decided, delivery: StoredDelivery | undefined, now: number, dependencies: PlanDependencies) {
  const { store, expirations, publish } = dependencies;
  const states = stateWrites(store.tableName, recipient, decided, { expirations, now });
  if (delivery === undefined) return store.together(states);
  const outbox = publish ? outboxOf(delivery, Object.values(delivery.messages), now) : undefined;
  const Item = deliveryItem(delivery, expirations.delivery(now), outbox);
  const put: TransactWriteItem = { Put: { TableName: store.tableName, Item, ...IS_NEW } };
  return store.together([put, ...states]);
}

/** Tells the events' deliveries, then hands the digest over. */
async function leave(delivery: StoredDelivery, now: number, dependencies: PlanDependencies): Promise<TimerOutcome> {
  const { occurrence, recipient, digest } = delivery;
  const told = (message: DeliveryMessage): DeliveryMessage => ({
    ...message,
    digest: occurrence,
    at: digest!.at,
    reason: `digest: left in ${occurrence}`,
  });
  await settle(recipient, digest!, digest!.events, told, now, dependencies);
  await sendAll(channelMessages(delivery, dependencies.channels), dependencies.sqs);
  return 'done';
}

async function cancelledAmong({ events }: OpenDigest, { store }: PlanDependencies): Promise<ReadonlySet<string>> {
  const items = await store.read(events.map(({ occurrence }) => eventKey(occurrence)));
  const all = items.all.map(readEvent);
  return new Set(all.filter(({ state }) => state === 'cancelled').map(({ occurrence }) => occurrence));
}

/** Says at the events' deliveries what became of their message, at those that still wait for it. */
async function settle(
  recipient: string,
  { channel, rule }: Pick<OpenDigest, 'channel' | 'rule'>,
  events: OpenDigest['events'],
  become: (message: DeliveryMessage, occurrence: string) => DeliveryMessage,
  now: number,
  { store, publish }: PlanDependencies,
): Promise<void> {
  const items = await store.read(events.map(({ occurrence }) => deliveryItemKey({ occurrence, recipient })));
  await sideBySide(items.all.map(readDelivery), RECIPIENTS_AT_ONCE, async (delivery) => {
    const message = delivery.messages[messageName({ channel, rule })];
    if (message?.status !== 'digest' || message.digest !== undefined) return;
    const changes = [{ message: become(message, delivery.occurrence), from: ['digest' as const] }];
    await store.update(deliveryUpdate(store.tableName, delivery, { changes, publish, now }));
  });
}
