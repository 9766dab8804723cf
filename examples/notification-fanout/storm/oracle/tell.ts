import { closed, exempt, outcomeOf, type Someone, type View } from './gates';
import { type Known, payloadValue, type Rule, type Told } from './rules-file';

/** A channel on which nothing goes out, and the first word of why. */
export interface Refusal {
  readonly channel: string;
  readonly outcome: 'suppressed' | 'no_address';
  readonly why: string;
}

/** What comes of one rule for one recipient. */
export interface Telling {
  readonly refusals: readonly Refusal[];
  /** Channels on which something goes out now, later or in a digest. */
  readonly going: ReadonlyArray<{ readonly channel: string; readonly digest: boolean }>;
  /** Whether it is the fallback that goes out, at once. */
  readonly byFallback: boolean;
  /** Whether a fallback may still go out later. */
  readonly mayFallBack: boolean;
}

/**
 * Whom and where a rule tells of an event.
 *
 * @param taken channels on which another rule of the event has told this recipient; those of this rule are added
 * @param barred asked once when something is to go out: why the event is not new for the recipient, or undefined
 */
export function tell(
  view: View,
  to: Someone,
  rule: Rule,
  taken: Set<string>,
  now: number,
  barred: () => 'deduplication' | 'cap' | undefined,
): Telling {
  const refusals: Refusal[] = [];
  const refuse = (channel: string, why: string, outcome: Refusal['outcome'] = 'suppressed') => refusals.push({ channel, outcome, why });
  const digesting = rule.digest !== undefined && !exempt(view.rules, rule, 'digest');
  let ways: string[] = [];
  let unreachable = false;
  for (const channel of rule.channels) {
    const gate = closed(view, to, rule, channel, now);
    if (gate === undefined) ways.push(channel);
    else {
      refuse(channel, gate, outcomeOf(gate));
      if (gate !== 'preference') unreachable = true;
    }
  }
  let byFallback = false;
  if (ways.length === 0 && rule.fallback && !digesting) {
    const when = rule.fallback.atOnce ?? 'unreachable';
    if (when === 'closed' || (when === 'unreachable' && unreachable)) {
      byFallback = true;
      const gate = closed(view, to, rule, rule.fallback.channel, now);
      if (gate === undefined) ways = [rule.fallback.channel];
      else refuse(rule.fallback.channel, gate, outcomeOf(gate));
    }
  }
  if (rule.method === 'single') for (const channel of ways.splice(1)) refuse(channel, 'method');
  const free: string[] = [];
  for (const channel of ways)
    if (taken.has(channel)) refuse(channel, 'another_rule');
    else free.push(channel);
  const why = free.length === 0 ? undefined : barred();
  if (why !== undefined) for (const channel of free) refuse(channel, why);
  const going = why === undefined ? free : [];
  for (const channel of going) taken.add(channel);
  return {
    refusals,
    going: going.map((channel) => ({
      channel,
      digest: !byFallback && digesting && (rule.digest!.channels ?? rule.channels).includes(channel),
    })),
    byFallback,
    mayFallBack: going.length > 0 && rule.fallback !== undefined && !digesting && !byFallback,
  };
}

/** Ids of those whom a rule tells of an event. */
export function audienceOf(rule: Rule, event: Told, recipients: readonly Known[]): readonly string[] {
  const { field, topic, recipients: named } = rule.audience;
  if (field) return [...new Set([payloadValue(event, field) as string | readonly string[]].flat())] as string[];
  if (topic) return recipients.filter((one) => one.topics?.includes(topic)).map(({ id }) => id);
  return named ? [...new Set(named)] : recipients.map(({ id }) => id);
}
