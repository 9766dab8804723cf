import { milliseconds } from '../../notification-rules/durations';
import { valueAt } from '../../notification-rules/pointer';
import type { Cap, Deduplication, NotificationRule } from '../../notification-rules/rules';
import type { AcceptedEvent, RecipientContext } from './contract';
import type { Draft } from './draft';
import { passes } from './gates';

/**
 * Asks whether a recipient may be told of an event by a rule, and remembers it when so.
 *
 * @returns why not, or undefined
 */
export function barred(context: RecipientContext, draft: Draft, event: AcceptedEvent, rule: NotificationRule): string | undefined {
  const { rules } = context;
  const deduplication = passes(rules, rule, 'deduplication') ? undefined : rule.deduplication;
  const cap = passes(rules, rule, 'cap') ? undefined : rule.cap;
  const first = deduplication && deduplicated(draft, event, rule, deduplication);
  const counted = cap && capped(draft, event, rule, cap);
  const why = first?.why ?? counted?.why;
  if (why !== undefined) return why;
  if (first !== undefined) draft.set('deduplication', first.key, { opens: event.receivedAt, event: event.id });
  if (counted !== undefined) draft.set('cap', counted.key, counted.times);
  return undefined;
}

function deduplicated(draft: Draft, event: AcceptedEvent, rule: NotificationRule, { window, key: field }: Deduplication) {
  const key = JSON.stringify([rule.id, String(valueAt(field, event))]);
  const open = draft.get('deduplication', key);
  const isOpen = open !== undefined && event.receivedAt < open.opens + milliseconds(window);
  return { key, why: isOpen ? `deduplication: ${field} as in ${open.event}, less than ${window} ago` : undefined };
}

function capped(draft: Draft, event: AcceptedEvent, rule: NotificationRule, { limit, window, key: field, type }: Cap) {
  const key = JSON.stringify(field === undefined ? [rule.id] : [rule.id, String(valueAt(field, event))]);
  const length = milliseconds(window);
  const before = draft.get('cap', key) ?? [];
  const isWithin = (time: number): boolean => event.receivedAt < time + length;
  const open = type === 'sliding' ? before.filter(isWithin) : before.length > 0 && isWithin(before[0]!) ? before : [];
  const why = open.length >= limit ? `cap: ${limit} in ${window}, counted since ${new Date(open[0]!).toISOString()}` : undefined;
  return { key, why, times: [...open, event.receivedAt] };
}
