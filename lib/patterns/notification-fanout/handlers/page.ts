import { type DeliveryStatus, FanoutMetric, type PlanMessage } from '../../../blocks/fanout-contract';
import type { NotificationRule } from '../../../notification-rules/rules';
import { fullJitter, sleep } from '../../../runtime/clock';
import { RetryAfterError } from '../../../runtime/failures';
import { laneOf, tellingRules } from '../../../runtime/notifications/audience';
import type { RecipientContext } from '../../../runtime/notifications/contract';
import { plannedDelivery } from '../../../runtime/notifications/deliveries';
import { channelMessages, sendAll } from '../../../runtime/notifications/outgoing';
import { planEvent } from '../../../runtime/notifications/planner';
import { type Decided, decideAll, stateWrites } from '../../../runtime/notifications/remembering';
import { type RecipientTimer, setTimers } from '../../../runtime/notifications/schedules';
import { outboxOf } from '../../../runtime/notifications/store/delivery-change';
import { IS_NEW, type Refusal } from '../../../runtime/notifications/store/fanout-store';
import {
  deliveryItem,
  pageItem,
  readDelivery,
  readEvent,
  readSegment,
  type StoredDelivery,
  type StoredEvent,
  type StoredSegment,
  type StoredTimer,
} from '../../../runtime/notifications/store/items';
import { deliveryItemKey, eventKey, membersPartition, nameOfPart, SORT_KEY, segmentKey } from '../../../runtime/notifications/store/keys';
import { sideBySide } from '../../../runtime/side-by-side';
import { BUSY_SECONDS, MOST_ROUNDS, type PlanDependencies, RECIPIENTS_AT_ONCE } from './plan-dependencies';
import { segmentIsDone } from './progress';
import { contextsOf } from './recipient-contexts';

export type PageMessage = Extract<PlanMessage, { readonly kind: 'page' }>;

/**
 * Plans an event for the next recipients of a segment.
 *
 * Whoever has a delivery of the event is planned; a page that comes again takes what stands there. Messages and timers are handed over before the next page is begun, and
 * that before the segment's cursor moves on: so a page that finds the cursor beyond itself has nothing left to do.
 */
export async function planPage(message: PageMessage, dependencies: PlanDependencies): Promise<void> {
  const { store, sqs, queues } = dependencies;
  const { occurrence, segmentId, after } = message;
  const found = await store.read([eventKey(occurrence), segmentKey(occurrence, segmentId)]);
  const [eventItem, segmentItem] = [found.get(eventKey(occurrence)), found.get(segmentKey(occurrence, segmentId))];
  if (eventItem === undefined || segmentItem === undefined) return;
  const event = readEvent(eventItem);
  const segment = readSegment(segmentItem);
  if (event.state !== 'running' && event.state !== 'cancelled') return;
  if (segment.done) return segmentIsDone(event, segment, segment.cursor, dependencies);
  if (isBefore(after, segment.cursor)) return;
  if (event.state === 'cancelled') return handOverPlanned(message, dependencies);

  const { ids, last } = await membersOf(message, dependencies);
  const deliveries = await planRecipients(event, segment, ids, dependencies);
  await handOver(deliveries, dependencies);
  await store.put(pageItem(occurrence, pageOf(segment, deliveries), after, dependencies.expirations.event(event.receivedAt)));
  dependencies.telemetry.count(FanoutMetric.PLANNED, undefined, deliveries.length);
  if (last === undefined) return segmentIsDone(event, segment, after, dependencies);
  const next: PageMessage = { ...message, after: last };
  await sendAll([{ queueUrl: queues[segment.lane], body: next, correlationId: event.correlationId }], sqs);
  await store.update({
    TableName: store.tableName,
    Key: segmentKey(occurrence, segmentId),
    UpdateExpression: 'SET #cursor = :next',
    ConditionExpression: 'attribute_exists(#id) AND (attribute_not_exists(#cursor) OR #cursor < :next)',
    ExpressionAttributeNames: { '#cursor': 'cursor', '#id': 'id' },
    ExpressionAttributeValues: { ':next': last },
  });
}

/** Whom a run before has planned when it died: their messages end as cancelled where they are sent, and would have no end if nobody handed them over. */
async function handOverPlanned(message: PageMessage, dependencies: PlanDependencies): Promise<void> {
  const { ids } = await membersOf(message, dependencies);
  const found = await dependencies.store.read(ids.map((id) => deliveryItemKey({ occurrence: message.occurrence, recipient: id })));
  const planned = ids.flatMap((id) => {
    const item = found.get(deliveryItemKey({ occurrence: message.occurrence, recipient: id }));
    return item === undefined ? [] : [readDelivery(item)];
  });
  await handOver(
    planned.filter(({ segment }) => segment === message.segmentId),
    dependencies,
  );
}

/** In the order of the table. */
function isBefore(after: string | undefined, cursor: string | undefined): boolean {
  if (cursor === undefined) return false;
  return after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(cursor)) < 0;
}

/** @returns `last` undefined: the segment ends here */
async function membersOf(
  { segment, after }: PageMessage,
  { store }: PlanDependencies,
): Promise<{ readonly ids: readonly string[]; readonly last?: string }> {
  if (segment.kind === 'named') return { ids: segment.recipients };
  const topic = segment.kind === 'topic' ? segment.topic : undefined;
  const { items, isLast } = await store.page(membersPartition(topic, segment.shard), after);
  const parts = items.map((item) => item[SORT_KEY]!.S!);
  return { ids: parts.map(nameOfPart), ...(!isLast && { last: parts.at(-1)! }) };
}

/** @returns deliveries of the recipients that this segment accounts for: those that it planned, now or in a run before */
async function planRecipients(
  event: StoredEvent,
  segment: StoredSegment,
  ids: readonly string[],
  dependencies: PlanDependencies,
): Promise<readonly StoredDelivery[]> {
  const { settings, store } = dependencies;
  const rules = settings.rules.rules.filter(
    (rule) => rule.event === event.name && (rule.version === undefined || String(rule.version) === String(event.version)),
  );
  const contexts = await contextsOf(ids, settings.rules, rules, store);
  const toldBy = tellingRules(rules, event);
  let open = [...contexts.values()]
    .map((context): Told => ({ context, told: toldBy(context.id, context.recipient) }))
    .filter(({ told }) => told.length > 0);
  const deliveries: StoredDelivery[] = [];
  for (let round = 1; open.length > 0; round += 1) {
    const busy = await planRound(event, segment, open, deliveries, dependencies);
    if (busy.length > 0 && round === MOST_ROUNDS)
      throw new RetryAfterError(BUSY_SECONDS, `${busy.length} recipients of the page are planned for other events all the time`);
    open = busy;
    if (open.length > 0) await sleep(dependencies.clock, fullJitter(dependencies.clock, round, 20, 500));
  }
  return deliveries.filter((delivery) => delivery.segment === segment.id);
}

interface Told {
  readonly context: RecipientContext;
  readonly told: readonly NotificationRule[];
}

/** @returns those whose state was changed between reading and writing */
async function planRound(
  event: StoredEvent,
  segment: StoredSegment,
  open: readonly Told[],
  deliveries: StoredDelivery[],
  dependencies: PlanDependencies,
): Promise<Told[]> {
  const { store, clock } = dependencies;
  const now = clock.now();
  const steps = open.map(({ context, told }) => ({
    recipient: context.id,
    // Written together with the delivery, which is new or all of this comes to nothing.
    absent: { kind: 'pending' as const, name: event.occurrence },
    step: (state: Parameters<typeof planEvent>[1]) => planEvent(context, state, event, told, now),
  }));
  const decided = await decideAll(steps, store);
  const busy: Told[] = [];
  await sideBySide([...open.entries()], RECIPIENTS_AT_ONCE, async ([index, recipient]) => {
    const found = decided[index]!;
    const planned = plannedDelivery(
      dependencies.settings.rules,
      event,
      { recipient: recipient.context.id, segment: segment.id },
      found.step,
      now,
    );
    const refused = await write(planned, found, now, dependencies);
    if (refused === undefined) deliveries.push(planned);
    else if (refused.kind === 'exists') deliveries.push(readDelivery(refused.item));
    else busy.push(recipient);
  });
  return busy;
}

async function write(
  delivery: StoredDelivery,
  decided: Decided,
  now: number,
  dependencies: PlanDependencies,
): Promise<Refusal | undefined> {
  const { store, expirations, publish } = dependencies;
  const last = Math.max(now, ...delivery.timers.map(({ timer }) => timer.at));
  const outbox = publish ? outboxOf(delivery, Object.values(delivery.messages), now) : undefined;
  const item = deliveryItem(delivery, expirations.delivery(last), outbox);
  const states = stateWrites(store.tableName, delivery.recipient, decided, { expirations, now });
  if (states.length === 0) return store.put(item, IS_NEW);
  const put = { Put: { TableName: store.tableName, Item: item, ...IS_NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } };
  return store.together([put, ...states], 0);
}

/** Hands over what is queued and sets what is to come. Of a delivery that was there: what is still queued. */
async function handOver(deliveries: readonly StoredDelivery[], dependencies: PlanDependencies): Promise<void> {
  const { channels, sqs, settings } = dependencies;
  const lanes = new Map(settings.rules.rules.map((rule) => [rule.id, laneOf(rule)]));
  const timers = deliveries.flatMap(({ recipient, timers: stored, correlationId }) =>
    stored
      .filter(({ by }) => by === 'plan')
      .map(({ timer }): RecipientTimer => ({ recipient, timer, lane: lanes.get(ruleOf(timer)) ?? 'bulk', correlationId })),
  );
  await setTimers(timers, dependencies);
  await sendAll(
    deliveries.flatMap((delivery) => channelMessages(delivery, channels)),
    sqs,
  );
}

/** The rule whose a timer is; a digest's key begins with its channel and its rule. */
export function ruleOf(timer: StoredTimer['timer']): string {
  return timer.kind === 'digest' ? (JSON.parse(timer.digest) as readonly string[])[1]! : timer.message.rule;
}

/** By what was decided, however far the messages have come meanwhile. */
function pageOf({ id }: StoredSegment, deliveries: readonly StoredDelivery[]) {
  const counts: Partial<Record<DeliveryStatus, number>> = {};
  for (const { messages, timeline } of deliveries)
    for (const { channel, rule } of Object.values(messages)) {
      const first = timeline.find((line) => line.channel === channel && line.rule === rule)?.status as DeliveryStatus;
      counts[first] = (counts[first] ?? 0) + 1;
    }
  return { segment: id, planned: deliveries.length, counts };
}
