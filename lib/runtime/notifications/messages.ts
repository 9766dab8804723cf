import { channelSettings } from '../../notification-rules/channels';
import { valueAt } from '../../notification-rules/pointer';
import type { Digest, NotificationRule, QuietHours } from '../../notification-rules/rules';
import type { AcceptedEvent, MessageId, OpenDigest, RecipientContext } from './contract';
import { flushOf } from './digest-schedule';
import type { Draft } from './draft';
import { passes } from './gates';
import { quietUntil } from './quiet-hours';

/** Sends a message now, or holds it while its recipient's clock is in quiet hours. @returns when it leaves */
export function sendOrHold(context: RecipientContext, draft: Draft, message: MessageId, at: number, reason: string): number {
  const rule = draft.rule(message.rule);
  const hours = quietHoursOf(context, rule, message.channel);
  const leaves = hours === undefined ? at : quietUntil(hours, zoneOf(context), at);
  if (leaves === at) {
    draft.decide(message, { outcome: 'send', reason, at });
    return at;
  }
  draft.decide(message, { outcome: 'held', reason: `quiet_hours: ${hours!.start} to ${hours!.end} ${zoneOf(context)}`, at: leaves });
  draft.timers.push({ kind: 'release', at: leaves, message });
  return leaves;
}

/** The rule's digest, when this message goes into one. */
export function digestOf({ rules }: RecipientContext, rule: NotificationRule, channel: string): Digest | undefined {
  if (rule.digest === undefined || passes(rules, rule, 'digest')) return undefined;
  return (rule.digest.channels ?? rule.channels).includes(channel) ? rule.digest : undefined;
}

/** Puts an event into the open digest, or opens one. */
export function collect(context: RecipientContext, draft: Draft, digest: Digest, message: MessageId, event: AcceptedEvent): void {
  const key = digest.key === undefined ? null : String(valueAt(digest.key, event));
  const id = JSON.stringify([message.channel, message.rule, key]);
  const before = draft.get('digests', id) ?? [];
  const open = before.find(({ flush }) => event.receivedAt < flush);
  const entry = { id: event.id, occurrence: event.occurrence };
  const filled: OpenDigest =
    open === undefined
      ? { channel: message.channel, rule: message.rule, key, ...spanOf(context, draft, digest, message, event), events: [entry] }
      : { ...open, events: [...open.events, entry] };
  if (open === undefined) draft.timers.push({ kind: 'digest', at: filled.at, digest: id, opens: filled.opens });
  const others = before.filter((one) => one !== open);
  draft.set('digests', id, [...others, filled]);
  const reason = `digest: ${key === null ? 'of the rule' : `${digest.key} ${key}`}, open since ${new Date(filled.opens).toISOString()}`;
  draft.decide(message, { outcome: 'digest', reason, at: filled.at });
}

function spanOf(context: RecipientContext, draft: Draft, digest: Digest, { rule, channel }: MessageId, { receivedAt }: AcceptedEvent) {
  const closes = flushOf(digest, zoneOf(context), receivedAt);
  const at = digestLeavesAt(context, draft.rule(rule), channel, closes);
  return { opens: receivedAt, flush: digest.inQuietHours === 'open' ? at : closes, at };
}

/** When a digest leaves that is due at some time. */
export function digestLeavesAt(context: RecipientContext, rule: NotificationRule, channel: string, due: number): number {
  const hours = rule.digest?.inQuietHours === 'send' ? undefined : quietHoursOf(context, rule, channel);
  return hours === undefined ? due : quietUntil(hours, zoneOf(context), due);
}

function zoneOf({ rules, recipient }: RecipientContext): string {
  return recipient?.timezone ?? rules.timezone ?? 'UTC';
}

function quietHoursOf({ rules, recipient }: RecipientContext, rule: NotificationRule, channel: string): QuietHours | undefined {
  if (rule.quietHours === false || passes(rules, rule, 'quietHours') || !channelSettings(rules, channel).quiet) return undefined;
  return (recipient?.quietHours ?? rule.quietHours ?? rules.quietHours) || undefined;
}
