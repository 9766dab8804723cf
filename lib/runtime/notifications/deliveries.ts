import type { DeliveryStatus } from '../../blocks/fanout-contract';
import type { NotificationRules } from '../../notification-rules/rules';
import { laneOf } from './audience';
import type { Decision, FlushedDigest, Step } from './contract';
import { lineOf } from './store/delivery-change';
import { type DeliveryMessage, messageName, type StoredDelivery, type StoredEvent } from './store/items';

const STATUSES: Readonly<Record<Decision['outcome'], DeliveryStatus>> = {
  send: 'queued',
  held: 'held',
  digest: 'digest',
  suppressed: 'suppressed',
  no_address: 'no_address',
};

/** What a decision makes of a message. */
export function messageOf(rules: NotificationRules, { channel, rule, outcome, reason, at }: Decision): DeliveryMessage {
  const lane = laneOf(rules.rules.find(({ id }) => id === rule) ?? {});
  return { channel, rule, lane, status: STATUSES[outcome], reason, at };
}

/** What an event comes to for a recipient, as it is kept. @param segment in whose page it was planned */
export function plannedDelivery(
  rules: NotificationRules,
  event: Pick<StoredEvent, 'id' | 'occurrence' | 'receivedAt' | 'correlationId'>,
  { recipient, segment }: { readonly recipient: string; readonly segment: string },
  step: Step,
  now: number,
): StoredDelivery {
  const messages = step.decisions.map((decision) => messageOf(rules, decision));
  return {
    ...{ occurrence: event.occurrence, event: event.id, recipient, segment },
    ...{ receivedAt: event.receivedAt, correlationId: event.correlationId, plannedAt: new Date(now).toISOString() },
    messages: Object.fromEntries(messages.map((message) => [messageName(message), message])),
    timeline: messages.map(lineOf),
    timers: step.timers.map((timer) => ({ by: 'plan', timer })),
  };
}

/** A digest that leaves: a delivery of its own. */
export function digestDelivery(
  rules: NotificationRules,
  occurrence: string,
  { recipient, channel, rule, events: _, ...span }: FlushedDigest,
  events: readonly { readonly id: string; readonly occurrence: string }[],
): StoredDelivery {
  const { key, opens, flush, at } = span;
  const reason = `digest: of ${events.length} ${events.length === 1 ? 'event' : 'events'}, open since ${new Date(opens).toISOString()}`;
  const message = messageOf(rules, { event: '', occurrence, recipient, channel, rule, outcome: 'send', reason, at });
  return {
    ...{ occurrence, recipient, receivedAt: flush, correlationId: occurrence, plannedAt: new Date(at).toISOString() },
    messages: { [messageName(message)]: message },
    timeline: [lineOf(message)],
    timers: [],
    digest: { channel, rule, key, opens, flush, at, events },
  };
}
