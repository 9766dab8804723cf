import { readContracts } from '../../../lib/notification-rules/contracts';
import type { EventContracts } from '../../../lib/notification-rules/event-fault';
import type { Engagement, ReceivedEvent, Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { parseRules } from '../../../lib/notification-rules/rules-file';
import { type Preview, preview } from '../../../lib/operate/notifications/preview';

/** A preview of rules that went through the reader, as the command's do. */
export function previewed(
  rules: NotificationRules,
  recipients: readonly Recipient[],
  events: readonly ReceivedEvent[],
  engagements: readonly Engagement[] = [],
  contracts: EventContracts = readContracts('rules.json', rules, () => '{}'),
): Preview {
  return preview({ rules: parseRules('rules.json', JSON.stringify(rules)), contracts, recipients, events, engagements });
}

/** One rule for one event, told to whom the payload names. */
export function rulesOf(rule: Partial<NotificationRule>, file: Partial<NotificationRules> = {}): NotificationRules {
  return {
    version: 1,
    events: [{ name: 'order.shipped', version: 1, schema: { type: 'object', properties: { orderId: { type: 'string' } } } }],
    rules: [
      { id: 'shipped', event: 'order.shipped', category: 'orders', audience: { field: '/payload/to' }, channels: ['email'], ...rule },
    ],
    ...file,
  };
}

export const ANN: Recipient = {
  id: 'ann',
  timezone: 'Europe/Berlin',
  addresses: { email: 'ann@example.com', sms: '+49155', push: 'token' },
};

/** An event for Ann. @param at without seconds */
export function shipped(id: string, at: string, payload: object = {}): ReceivedEvent {
  return { id, name: 'order.shipped', version: 1, receivedAt: `${at}:00Z`, payload: { to: 'ann', orderId: 'o-1', ...payload } };
}

/** `outcome channel at`, and the first word of the reason. */
export function lines({ decisions }: Preview): string[] {
  return decisions.map(
    ({ event, channel, outcome, reason, at }) => `${event} ${channel} ${outcome} ${reason.split(':')[0]} ${at.slice(0, 16)}`,
  );
}
