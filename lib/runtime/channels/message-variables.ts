import { valueAt } from '../../notification-rules/pointer';
import type { Recipient } from '../../notification-rules/records';
import type { NotificationRule } from '../../notification-rules/rules';
import { templatePointers } from '../../notification-templates/template-of-rule';
import type { StoredEvent } from '../notifications/store/items';

export interface VariableSources {
  readonly rule: NotificationRule;
  /** One, or those of a digest in the order they came. */
  readonly events: readonly Pick<StoredEvent, 'id' | 'payload'>[];
  readonly isDigest: boolean;
  readonly recipient: Recipient;
  readonly unsubscribeUrl?: string;
}

/**
 * What a template is rendered from: the rule's variables by name, `recipient` with the fields of its data, `count` and `events` with the variables of each, which one event has
 * as well, so that a digest's template does for a critical message that passed the digest.
 */
export function messageVariables({ rule, events, isDigest, recipient, unsubscribeUrl }: VariableSources): Record<string, unknown> {
  const pointers = Object.entries(templatePointers(rule));
  const each = events.map(({ payload }) => Object.fromEntries(pointers.map(([name, pointer]) => [name, valueAt(pointer, { payload })])));
  return {
    ...(!isDigest && each[0]),
    recipient: { ...recipient.data, id: recipient.id, ...(recipient.timezone !== undefined && { timezone: recipient.timezone }) },
    count: each.length,
    events: each,
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
  };
}
