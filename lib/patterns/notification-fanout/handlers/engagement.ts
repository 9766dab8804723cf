import type { DeliveryStatus, PlanMessage } from '../../../blocks/fanout-contract';
import { deliveryUpdate, type MessageChange } from '../../../runtime/notifications/store/delivery-change';
import { ENGAGEMENT_PREFIX, readClaim, readDelivery, type StoredDelivery } from '../../../runtime/notifications/store/items';
import { claimKey, deliveryItemKey, EXPIRATION, stateKey } from '../../../runtime/notifications/store/keys';
import type { Transaction } from '../../../runtime/transaction/transaction';
import type { PlanDependencies } from './plan-dependencies';

export type EngagementMessage = Extract<PlanMessage, { readonly kind: 'engagement' }>;

/** What providers tell of a message, and the statuses after which it says something new. */
const OUTCOMES: Readonly<Record<string, readonly DeliveryStatus[]>> = {
  delivered: ['queued', 'sent', 'unknown'],
  bounced: ['queued', 'sent', 'delivered', 'unknown'],
  failed: ['queued', 'sent', 'unknown'],
};

/**
 * Remembers what a recipient did with a message of an event, for fallbacks that wait for it, and notes it at the delivery. It may come before the event is planned, or
 * before its message is noted as sent.
 */
export async function noteEngagement(
  { recipient, event, channel, engagement, at }: EngagementMessage,
  transaction: Transaction,
  { store, expirations, clock, publish }: PlanDependencies,
): Promise<void> {
  const now = clock.now();
  transaction.update({
    TableName: store.tableName,
    Key: stateKey(recipient, 'engagement', event),
    UpdateExpression: 'SET #kind = if_not_exists(#kind, :at), #expires = :expires',
    ExpressionAttributeNames: { '#kind': `${ENGAGEMENT_PREFIX}${engagement}`, '#expires': EXPIRATION },
    ExpressionAttributeValues: { ':at': at, ':expires': expirations.engagement(now) },
  });
  const claim = await store.readOne(claimKey(event));
  if (claim === undefined) return;
  const item = await store.readOne(deliveryItemKey({ occurrence: readClaim(claim).occurrence, recipient }));
  if (item === undefined) return;
  const delivery = readDelivery(item);
  const changes = changesOf(delivery, channel, engagement, Date.parse(at));
  const happened = changes.length > 0 ? [] : [{ channel, status: engagement, reason: 'engagement: of the recipient', at: Date.parse(at) }];
  transaction.update(deliveryUpdate(store.tableName, delivery, { changes, happened, publish, now }));
}

function changesOf({ messages }: StoredDelivery, channel: string, engagement: string, at: number): readonly MessageChange[] {
  const from = Object.hasOwn(OUTCOMES, engagement) ? OUTCOMES[engagement]! : [];
  return Object.values(messages)
    .filter((message) => message.channel === channel && from.includes(message.status))
    .map((message) => {
      const status = engagement as DeliveryStatus;
      return { message: { ...message, status, reason: `${engagement}: says the provider`, at }, from: [message.status] };
    });
}
