import type { EventContracts } from '../../notification-rules/event-fault';
import type { Engagement, ReceivedEvent, Recipient } from '../../notification-rules/records';
import type { Audience, NotificationRule, NotificationRules } from '../../notification-rules/rules';
import type { AcceptedEvent, Decision, FlushedDigest } from '../../runtime/notifications/contract';
import { grouped } from '../../runtime/notifications/grouped';
import { namedRecipients, receive } from '../../runtime/notifications/reception';
import { suppressionsOf } from '../../runtime/notifications/suppressions';
import { RecipientTimeline } from './recipient-timeline';

export interface PreviewInput {
  readonly rules: NotificationRules;
  readonly contracts: EventContracts;
  readonly recipients: readonly Recipient[];
  readonly events: readonly ReceivedEvent[];
  readonly engagements?: readonly Engagement[];
}

/** Instants are ISO 8601 in UTC. */
export interface PreviewDecision {
  readonly event: string;
  /** Null for a rejected event, which is about nobody. */
  readonly recipient: string | null;
  readonly channel: string | null;
  readonly rule: string | null;
  readonly outcome: Decision['outcome'] | 'rejected';
  readonly reason: string;
  readonly at: string;
}

export interface PreviewDigest extends Omit<FlushedDigest, 'opens' | 'flush' | 'at'> {
  readonly opens: string;
  readonly flush: string;
  readonly at: string;
}

export interface Preview {
  readonly decisions: readonly PreviewDecision[];
  readonly digests: readonly PreviewDigest[];
}

/** What the rules would do with these events, by the events' own clock and to the end of the last timer. Nothing is sent. */
export function preview({ rules, contracts, recipients, events, engagements = [] }: PreviewInput): Preview {
  const audience = new AudienceDirectory(recipients);
  const suppressions = suppressionsOf(rules, recipients);
  const known = new Map(recipients.map((one) => [one.id, one]));
  const engaged = grouped(engagements.map((one) => [one.recipient, one]));
  const timelines = new Map<string, RecipientTimeline>();
  const timelineOf = (id: string): RecipientTimeline => {
    const recipient = known.get(id);
    const timeline =
      timelines.get(id) ?? new RecipientTimeline({ rules, id, suppressions, ...(recipient && { recipient }) }, engaged.get(id) ?? []);
    timelines.set(id, timeline);
    return timeline;
  };

  const claims = new Map<string, number>();
  const rejected: Placed<PreviewDecision>[] = [];
  const places = new Map<string, number>();
  for (const [place, event] of inOrder(events).entries()) {
    const receivedAt = Date.parse(event.receivedAt);
    const reception = receive(rules, contracts, event, claims.get(event.id));
    if (reception.kind === 'repeated') continue;
    if (reception.kind === 'accepted' || reception.claimsId) claims.set(event.id, receivedAt);
    if (reception.kind === 'rejected') {
      rejected.push({ sort: [receivedAt, place], value: rejection(event, reception.reason) });
      continue;
    }
    places.set(reception.event.occurrence, place);
    for (const [id, told] of audience.of(reception.event, reception.rules)) timelineOf(id).receive(reception.event, told);
  }
  for (const timeline of timelines.values()) timeline.finish();
  return collected(rules, rejected, places, [...timelines.values()]);
}

/** Events of the same instant in the order of their file. */
function inOrder(events: readonly ReceivedEvent[]): readonly ReceivedEvent[] {
  return [...events].sort((one, other) => Date.parse(one.receivedAt) - Date.parse(other.receivedAt));
}

class AudienceDirectory {
  private readonly ids: readonly string[];
  private readonly topics: ReadonlyMap<string, readonly string[]>;

  constructor(recipients: readonly Recipient[]) {
    this.ids = recipients.map(({ id }) => id);
    this.topics = grouped(recipients.flatMap(({ id, topics = [] }) => topics.map((topic) => [topic, id] as const)));
  }

  /** Who is told of an event, and by which rules. */
  of(event: AcceptedEvent, rules: readonly NotificationRule[]): ReadonlyMap<string, readonly NotificationRule[]> {
    return grouped(rules.flatMap((rule) => [...new Set(this.members(rule.audience, event))].map((id) => [id, rule] as const)));
  }

  private members({ field, recipients, topic }: Audience, event: AcceptedEvent): readonly string[] {
    if (field !== undefined) return namedRecipients(field, event);
    if (topic !== undefined) return this.topics.get(topic) ?? [];
    return recipients ?? this.ids;
  }
}

interface Placed<T> {
  readonly sort: readonly (number | string)[];
  readonly value: T;
}

/** By time; what is of the same instant by event, recipient, rule and channel: the order of the recipients' file is not seen. */
function collected(
  rules: NotificationRules,
  rejected: readonly Placed<PreviewDecision>[],
  places: ReadonlyMap<string, number>,
  timelines: readonly RecipientTimeline[],
): Preview {
  const ruleAt = new Map(rules.rules.map(({ id }, index) => [id, index]));
  const decisions = timelines.flatMap((timeline) =>
    timeline.decisions.map(({ occurrence, at, ...decision }): Placed<PreviewDecision> => {
      const sort = [at, places.get(occurrence)!, decision.recipient, ruleAt.get(decision.rule)!, decision.channel];
      return { sort, value: { ...decision, at: iso(at) } };
    }),
  );
  const digests = timelines.flatMap((timeline) =>
    timeline.digests.map(({ recipient, channel, rule, key, opens, flush, at, events }): Placed<PreviewDigest> => {
      const sort = [at, opens, recipient, ruleAt.get(rule)!, channel, key ?? ''];
      return { sort, value: { recipient, channel, rule, key, opens: iso(opens), flush: iso(flush), at: iso(at), events } };
    }),
  );
  return { decisions: sorted([...rejected, ...decisions]), digests: sorted(digests) };
}

function sorted<T>(values: readonly Placed<T>[]): readonly T[] {
  return [...values].sort((one, other) => compared(one.sort, other.sort)).map(({ value }) => value);
}

function compared(one: readonly (number | string)[], other: readonly (number | string)[]): number {
  const index = one.findIndex((part, at) => part !== other[at]);
  return index < 0 ? 0 : one[index]! < (other[index] ?? '') ? -1 : 1;
}

function rejection(event: ReceivedEvent, reason: string): PreviewDecision {
  const nobody = { recipient: null, channel: null, rule: null };
  return { event: event.id, ...nobody, outcome: 'rejected', reason, at: iso(Date.parse(event.receivedAt)) };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
