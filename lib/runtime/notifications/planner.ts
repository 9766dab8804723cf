import type { Engagement } from '../../notification-rules/records';
import type { NotificationRule } from '../../notification-rules/rules';
import { barred } from './admission';
import type { AcceptedEvent, MessageId, RecipientContext, RecipientState, Step, Timer } from './contract';
import { Draft } from './draft';
import { awaitEngagement, fallbackOf, settle, take, waitIsOver } from './fallbacks';
import { closedGate, suppressionOf } from './gates';
import { collect, digestLeavesAt, digestOf, sendOrHold } from './messages';

/**
 * What an event leads to for one recipient. Pure: nothing is read but the arguments, so that whoever keeps the state - a preview in memory, a worker in a
 * table - decides the same.
 *
 * @param told the rules that tell this recipient of this event, in the order of the file
 * @param now when it is planned: gates and quiet hours are of now, windows of when the event was received
 */
export function planEvent(
  context: RecipientContext,
  state: RecipientState,
  event: AcceptedEvent,
  told: readonly NotificationRule[],
  now: number,
): Step {
  const draft = new Draft(context, state);
  const taken = new Set<string>();
  for (const rule of told) planRule(context, draft, event, rule, taken, now);
  take(draft, event.occurrence, [...taken]);
  return draft.step();
}

function planRule(
  context: RecipientContext,
  draft: Draft,
  event: AcceptedEvent,
  rule: NotificationRule,
  taken: Set<string>,
  at: number,
): void {
  const { id, occurrence, receivedAt } = event;
  const on = (channel: string): MessageId => ({ event: id, occurrence, rule: rule.id, channel });
  const fallback = fallbackOf(context, rule);
  /** @returns the gate that is closed, which then is decided */
  const closed = (channel: string, why = '') => {
    const gate = closedGate(context, rule, channel, at);
    if (gate !== undefined) draft.decide(on(channel), { ...gate, reason: `${gate.reason}${why}`, at });
    return gate?.gate;
  };
  const untaken = (channel: string): boolean => {
    if (taken.has(channel)) draft.decide(on(channel), { outcome: 'suppressed', reason: 'another_rule: has sent it here', at });
    return !taken.has(channel);
  };

  const gates = rule.channels.map((channel) => ({ channel, gate: closed(channel) }));
  const open = gates.filter(({ gate }) => gate === undefined).map(({ channel }) => channel);
  const isUnreachable = gates.some(({ gate }) => gate === 'address' || gate === 'suppression');
  const atOnce = fallback?.atOnce ?? 'unreachable';
  const fallsBack = fallback !== undefined && open.length === 0 && (atOnce === 'unreachable' ? isUnreachable : atOnce === 'closed');
  const ways = fallsBack ? [fallback.channel].filter((channel) => closed(channel, '; fallback at once') === undefined) : open;
  const [first, ...further] = ways;
  const chosen = rule.method === 'single' && first !== undefined ? [first] : ways;
  if (chosen !== ways)
    for (const channel of further) draft.decide(on(channel), { outcome: 'suppressed', reason: `method: single, ${first} is open`, at });
  const going = chosen.filter(untaken);
  if (going.length === 0) return;

  const why = barred(context, draft, event, rule);
  if (why !== undefined) {
    for (const channel of going) draft.decide(on(channel), { outcome: 'suppressed', reason: why, at });
    return;
  }
  const reason = fallsBack
    ? 'fallback: at once, nothing was open and one unreachable'
    : rule.critical
      ? 'critical: only suppression could stop it'
      : 'open: nothing is against it';
  const leaves = new Map<string, number>();
  for (const channel of going) {
    taken.add(channel);
    const digest = fallsBack ? undefined : digestOf(context, rule, channel);
    if (digest === undefined) leaves.set(channel, sendOrHold(context, draft, on(channel), at, reason));
    else collect(context, draft, digest, on(channel), event);
  }
  if (fallback !== undefined && !fallsBack)
    awaitEngagement(draft, fallback, { event: id, occurrence, rule: rule.id }, leaves, { at, receivedAt });
}

/**
 * What a step had left to be done at `timer.at`. Digests and fallbacks leave once, however often their timer is told; that a held message does is up to its
 * delivery record.
 *
 * @param now `timer.at` or later: what would leave in quiet hours, because it is late, is held again
 */
export function onTimer(context: RecipientContext, state: RecipientState, timer: Timer, now: number): Step {
  const draft = new Draft(context, state);
  if (timer.kind === 'release') release(context, draft, timer.message, now);
  else if (timer.kind === 'digest') flush(context, draft, timer, now);
  else waitIsOver(context, draft, timer.message, now);
  return draft.step();
}

/** What is remembered of a recipient who did something with a message of an event. */
export function onEngagement(context: RecipientContext, state: RecipientState, { event, kind }: Pick<Engagement, 'event' | 'kind'>): Step {
  const draft = new Draft(context, state);
  const kinds = draft.get('engagement', event) ?? [];
  if (!kinds.includes(kind)) draft.set('engagement', event, [...kinds, kind]);
  return draft.step();
}

function release(context: RecipientContext, draft: Draft, message: MessageId, now: number): void {
  const stopped = stoppedWhenSending(context, message.channel, now);
  if (stopped !== undefined) draft.decide(message, stopped);
  else if (sendOrHold(context, draft, message, now, 'quiet_hours: are over') > now) return;
  settle(context, draft, message, now, stopped === undefined);
}

function flush(context: RecipientContext, draft: Draft, timer: Timer & { readonly kind: 'digest' }, now: number): void {
  const open = draft.get('digests', timer.digest) ?? [];
  const digest = open.find((one) => one.opens === timer.opens);
  if (digest === undefined) return;
  const { channel, rule, events } = digest;
  const leaves = digestLeavesAt(context, draft.rule(rule), channel, now);
  if (leaves > now) {
    draft.timers.push({ ...timer, at: leaves });
    return;
  }
  const left = open.filter((one) => one !== digest);
  draft.set('digests', timer.digest, left.length === 0 ? undefined : left);
  const stopped = stoppedWhenSending(context, channel, now);
  if (stopped === undefined) draft.digests.push({ ...digest, recipient: context.id, at: now, events: events.map((one) => one.id) });
  else for (const one of events) draft.decide({ event: one.id, occurrence: one.occurrence, rule, channel }, stopped);
}

function stoppedWhenSending(context: RecipientContext, channel: string, at: number) {
  if (context.rules.semantics?.suppressionWhenSending === false) return undefined;
  const found = suppressionOf(context, channel, at);
  return found && { ...found, reason: `${found.reason}, found when sending`, at };
}
