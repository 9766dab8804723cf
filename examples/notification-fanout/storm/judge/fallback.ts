import { closed, outcomeOf, quietEnds, type View } from '../oracle/gates';
import { lengthOf, type Rule } from '../oracle/rules-file';
import { arrivalKey } from './arrivals';
import type { ToldDelivery } from './deliveries';
import { type FateContext, GRACE, judgeFate } from './fate';
import type { Finding } from './observed';

const SLACK = 2_000;

/** Holds the message that goes out when nothing was engaged with against the engagements that were told. */
export function fallbackFindings(
  context: FateContext,
  view: View,
  { event, to, delivery }: ToldDelivery,
  rule: Rule,
  leaves: number,
): readonly Finding[] {
  const { channel, wait } = rule.fallback!;
  const { observed, arrivals } = context;
  const on = { channel, rule: rule.id };
  const what = `${rule.id} of ${event.id} to ${to.id} by ${channel}, the fallback`;
  const message = delivery.messages.find((one) => one.channel === channel && one.rule === rule.id);
  const decided = delivery.timeline.find((entry) => entry.channel === channel && entry.rule === rule.id);
  const none = (why: string): readonly Finding[] => {
    const arrived = arrivals.claim(arrivalKey(on, to.id, [event.id]));
    return message === undefined && arrived.length === 0 ? [] : [{ kind: 'against', what: `${what} went out, ${why}` }];
  };
  if (wait === undefined) return none('and it may only at once');
  const due = leaves + lengthOf(wait);
  const engaged = observed.engagements.filter((one) => one.recipient === to.id && one.event === event.id);
  if (engaged.some(({ knownAt }) => knownAt + SLACK <= due)) return none(`though ${to.id} had engaged`);
  if (message === undefined || decided === undefined) {
    const mayBeMissing =
      due + GRACE > observed.endedAt ||
      engaged.some(({ toldAt }) => toldAt <= due + GRACE) ||
      event.id === observed.steering.cancelled.event;
    return [
      ...none('without a trace'),
      ...(mayBeMissing ? [] : [{ kind: 'missing' as const, what: `${what} was due at ${new Date(due).toISOString()}` }]),
    ];
  }
  const at = decided.at;
  const early: readonly Finding[] = at + SLACK < due ? [{ kind: 'against', what: `${what} went out ${due - at} ms too early` }] : [];
  const gate = closed(view, to, rule, channel, at);
  const fate =
    gate === undefined
      ? ({ kind: 'leaves', from: quietEnds(view, to, rule, channel, at) } as const)
      : ({ kind: 'refused', outcome: outcomeOf(gate), why: gate } as const);
  return [...early, ...judgeFate(context, { message, to, occurrence: delivery.occurrence, events: [event.id], what }, fate, on)];
}
