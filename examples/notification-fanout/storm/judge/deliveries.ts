import { quietEnds, type Someone, type View } from '../oracle/gates';
import type { Rule } from '../oracle/rules-file';
import { type Telling, tell } from '../oracle/tell';
import { fallbackFindings } from './fallback';
import { type FateContext, judgeFate } from './fate';
import type { AcceptedEvent, Finding, RecordedDelivery, RecordedMessage } from './observed';

/** Between the clock's reading for a decision and for its record. */
const CLOCK_SLACK = 2_000;

export interface ToldDelivery {
  readonly event: AcceptedEvent;
  readonly to: Someone;
  readonly delivery: RecordedDelivery;
  /** The rules that tell this recipient of this event, in the order of the file. */
  readonly told: readonly Rule[];
}

/** A message that belongs into a digest. */
export interface ForDigest {
  readonly rule: Rule;
  readonly channel: string;
  readonly told: ToldDelivery;
}

export interface DeliveryFindings {
  readonly findings: readonly Finding[];
  readonly digests: readonly ForDigest[];
}

/** Holds everything of one event for one recipient against what rules and clock say. */
export function judgeDelivery(context: FateContext, told: ToldDelivery): DeliveryFindings {
  const { plannedAt } = told.delivery;
  const attempts = [plannedAt, plannedAt - CLOCK_SLACK, plannedAt + CLOCK_SLACK].flatMap((at) =>
    [context.early, context.late].map((view) => ({ view, at })),
  );
  let first: DeliveryFindings | undefined;
  // Only where quiet hours begin or end, or an address became suppressed in this moment, are there two right answers.
  for (const { view, at } of attempts) {
    const found = judgeAt(context, told, view, at);
    if (found.findings.length === 0) return found;
    first ??= found;
  }
  return first!;
}

function judgeAt(context: FateContext, told: ToldDelivery, view: View, plannedAt: number): DeliveryFindings {
  const { event, to, delivery } = told;
  const { occurrence } = delivery;
  const findings: Finding[] = [];
  const digests: ForDigest[] = [];
  const expected = new Set<string>();
  const taken = new Set<string>();
  for (const rule of told.told) {
    const telling: Telling = tell(view, to, rule, taken, plannedAt, () => recordedBar(delivery, rule));
    const judge = (channel: string, fate: Parameters<typeof judgeFate>[2]): void => {
      expected.add(`${channel}#${rule.id}`);
      const message = messageOf(delivery, channel, rule);
      const what = `${rule.id} of ${event.id} to ${to.id} by ${channel}`;
      findings.push(...judgeFate(context, { message, to, occurrence, events: [event.id], what }, fate, { channel, rule: rule.id }));
    };
    for (const { channel, outcome, why } of telling.refusals) judge(channel, { kind: 'refused', outcome, why });
    for (const { channel, digest } of telling.going) {
      if (digest) {
        expected.add(`${channel}#${rule.id}`);
        digests.push({ rule, channel, told });
      } else judge(channel, { kind: 'leaves', from: quietEnds(view, to, rule, channel, plannedAt) });
    }
    if (telling.mayFallBack) {
      const { channel } = rule.fallback!;
      expected.add(`${channel}#${rule.id}`);
      const leaves = telling.going.map((one) => quietEnds(view, to, rule, one.channel, plannedAt));
      findings.push(...fallbackFindings(context, view, told, rule, Math.min(...leaves)));
    }
  }
  for (const { channel, rule, status } of delivery.messages)
    if (!expected.has(`${channel}#${rule}`))
      findings.push({ kind: 'wrong', what: `${rule} of ${event.id} to ${to.id} by ${channel} is ${status}, and no rule leads to it` });
  return { findings, digests };
}

/** Which of several events was the first depends on the order they were worked off in; that the numbers are right is held against all of them together. */
function recordedBar({ messages }: RecordedDelivery, rule: Rule): 'cap' | 'deduplication' | undefined {
  const words = messages.filter((message) => message.rule === rule.id).map(({ reason }) => reason.split(':')[0]);
  return (['cap', 'deduplication'] as const).find((word) => words.includes(word));
}

export function messageOf({ messages }: RecordedDelivery, channel: string, rule: Rule): RecordedMessage | undefined {
  return messages.find((message) => message.channel === channel && message.rule === rule.id);
}
