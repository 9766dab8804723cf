import { milliseconds } from '../../notification-rules/durations';
import type { Fallback, NotificationRule } from '../../notification-rules/rules';
import type { MessageId, PendingFallback, RecipientContext } from './contract';
import type { Draft } from './draft';
import { closedGate, passes } from './gates';
import { sendOrHold } from './messages';

type Occasion = Omit<MessageId, 'channel'>;

/** These tell what became of a message, not what its recipient did. */
const NO_ENGAGEMENT: readonly string[] = ['delivered', 'bounced', 'failed'];

/** Never for digests. */
export function fallbackOf({ rules }: RecipientContext, rule: NotificationRule): Fallback | undefined {
  return rule.digest === undefined || passes(rules, rule, 'digest') ? rule.fallback : undefined;
}

/** Remembers messages whose fallback may still be due: by its wait, or when suppression stops all of them while they are held. */
export function awaitEngagement(
  draft: Draft,
  fallback: Fallback,
  occasion: Occasion,
  leaves: ReadonlyMap<string, number>,
  { at, receivedAt }: { readonly at: number; readonly receivedAt: number },
): void {
  const held = [...leaves].filter(([, instant]) => instant > at).map(([channel]) => channel);
  if (fallback.wait === undefined && held.length === 0) return;
  const sent = held.length < leaves.size;
  setPending(draft, occasion, { held, sent });
  if (fallback.waitFrom === 'received') startWait(draft, fallback, occasion, receivedAt);
  else if (sent) startWait(draft, fallback, occasion, at);
}

function startWait(draft: Draft, { wait }: Fallback, occasion: Occasion, from: number): void {
  if (wait !== undefined) draft.timers.push({ kind: 'fallback', at: from + milliseconds(wait), message: occasion });
}

/** Tells what became of a held message: when none is left that could reach the recipient, the fallback goes out. */
export function settle(context: RecipientContext, draft: Draft, message: MessageId, at: number, hasLeft: boolean): void {
  const pending = pendingOf(draft, message);
  if (pending === undefined || !pending.held.includes(message.channel)) return;
  const occasion: Occasion = { event: message.event, occurrence: message.occurrence, rule: message.rule };
  const fallback = draft.rule(message.rule).fallback!;
  const held = pending.held.filter((channel) => channel !== message.channel);
  const sent = pending.sent || hasLeft;
  const waits = fallback.wait !== undefined && (sent || fallback.waitFrom === 'received');
  if (hasLeft && !pending.sent && fallback.waitFrom !== 'received') startWait(draft, fallback, occasion, at);
  if (held.length === 0 && !sent && fallback.atOnce !== 'never') goOut(context, draft, occasion, at, 'at once, nothing could leave');
  else if (held.length === 0 && !waits) forget(draft, occasion);
  else setPending(draft, occasion, { held, sent });
}

/** What happens when the wait is over. */
export function waitIsOver(context: RecipientContext, draft: Draft, occasion: Occasion, at: number): void {
  const { fallback } = draft.rule(occasion.rule);
  if (fallback === undefined || pendingOf(draft, occasion) === undefined) return;
  const { until } = fallback;
  const counts = (kind: string): boolean => (until === undefined ? !NO_ENGAGEMENT.includes(kind) : until.includes(kind));
  if (draft.get('engagement', occasion.event)?.some(counts)) forget(draft, occasion);
  else goOut(context, draft, occasion, at, `nothing engaged with in ${fallback.wait}`);
}

function goOut(context: RecipientContext, draft: Draft, occasion: Occasion, at: number, why: string): void {
  const rule = draft.rule(occasion.rule);
  const { event, occurrence } = occasion;
  const message = { event, occurrence, rule: rule.id, channel: rule.fallback!.channel };
  const taken = draft.get('pending', occurrence)?.taken.includes(message.channel);
  const closed = closedGate(context, rule, message.channel, at);
  if (closed !== undefined) draft.decide(message, { ...closed, reason: `${closed.reason}; fallback ${why}`, at });
  else if (taken) draft.decide(message, { outcome: 'suppressed', reason: 'another_rule: has sent it here', at });
  else {
    sendOrHold(context, draft, message, at, `fallback: ${why}`);
    take(draft, occurrence, [message.channel]);
  }
  forget(draft, occasion);
}

function pendingOf(draft: Draft, { occurrence, rule }: Occasion): PendingFallback | undefined {
  return draft.get('pending', occurrence)?.fallbacks[rule];
}

function setPending(draft: Draft, { occurrence, rule }: Occasion, fallback: PendingFallback): void {
  const { taken = [], fallbacks = {} } = draft.get('pending', occurrence) ?? {};
  draft.set('pending', occurrence, { taken, fallbacks: { ...fallbacks, [rule]: fallback } });
}

/** Notes channels on which a message of the event was decided, for fallbacks that are still to come. */
export function take(draft: Draft, occurrence: string, channels: readonly string[]): void {
  const pending = draft.get('pending', occurrence);
  if (pending !== undefined) draft.set('pending', occurrence, { ...pending, taken: [...new Set([...pending.taken, ...channels])] });
}

function forget(draft: Draft, { occurrence, rule }: Occasion): void {
  const pending = draft.get('pending', occurrence);
  if (pending === undefined) return;
  const { [rule]: _, ...fallbacks } = pending.fallbacks;
  draft.set('pending', occurrence, Object.keys(fallbacks).length === 0 ? undefined : { ...pending, fallbacks });
}
