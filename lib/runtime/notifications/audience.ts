import { AUDIENCE_SHARDS, type Lane, PAGE_RECIPIENTS, type Segment } from '../../blocks/fanout-contract';
import type { Recipient } from '../../notification-rules/records';
import type { NotificationRule } from '../../notification-rules/rules';
import type { AcceptedEvent } from './contract';
import { namedRecipients } from './reception';

/** A part of an event's audience, planned page by page. */
export interface AudienceSegment {
  readonly id: string;
  readonly segment: Segment;
  /** Transactional when a rule is that tells its recipients. */
  readonly lane: Lane;
}

/** The lane of a rule's messages. */
export function laneOf({ urgency = 'transactional' }: Pick<NotificationRule, 'urgency'>): Lane {
  return urgency;
}

/** Where the recipients of an event are found. Somebody who is found in several is planned once, by all the rules that tell him. */
export function segmentsOf(rules: readonly NotificationRule[], event: Pick<AcceptedEvent, 'payload'>): readonly AudienceSegment[] {
  const isUrgent = (rule: NotificationRule): boolean => laneOf(rule) === 'transactional';
  const laneOfRules = (some: readonly NotificationRule[]): Lane => (some.some(isUrgent) ? 'transactional' : 'bulk');

  const named = new Map<string, Lane>();
  for (const rule of rules)
    for (const id of namedBy(rule, event)) named.set(id, isUrgent(rule) ? 'transactional' : (named.get(id) ?? 'bulk'));
  const ids = (lane: Lane) => [...named.keys()].filter((id) => named.get(id) === lane).sort();

  const all = rules.filter(({ audience }) => audience.all);
  const laneOfAll = all.length === 0 ? undefined : laneOfRules(all);
  const topics = [...new Set(rules.flatMap(({ audience }) => audience.topic ?? []))].sort();
  const apart = topics
    .map((topic) => ({ topic, lane: laneOfRules(rules.filter(({ audience }) => audience.topic === topic)) }))
    // Who has a topic is among all; only what is urgent is not left to wait there.
    .filter(({ lane }) => laneOfAll === undefined || (lane === 'transactional' && laneOfAll === 'bulk'));

  return [
    ...namedSegments(ids('transactional'), 'transactional'),
    ...namedSegments(ids('bulk'), 'bulk'),
    ...apart.flatMap(({ topic, lane }) =>
      SHARDS.map((shard): AudienceSegment => ({ id: `topic#${topic}#${shard}`, segment: { kind: 'topic', topic, shard }, lane })),
    ),
    ...(laneOfAll === undefined
      ? []
      : SHARDS.map((shard): AudienceSegment => ({ id: `all#${shard}`, segment: { kind: 'all', shard }, lane: laneOfAll }))),
  ];
}

const SHARDS = Array.from({ length: AUDIENCE_SHARDS }, (_, shard) => shard);

function namedSegments(ids: readonly string[], lane: Lane): readonly AudienceSegment[] {
  const pages = Array.from({ length: Math.ceil(ids.length / PAGE_RECIPIENTS) }, (_, page) => page * PAGE_RECIPIENTS);
  return pages.map((from) => ({
    id: `named#${lane}#${from / PAGE_RECIPIENTS}`,
    segment: { kind: 'named', recipients: ids.slice(from, from + PAGE_RECIPIENTS) },
    lane,
  }));
}

/** Says by which rules a recipient is told of an event, in the order of the file. @param recipient undefined for an id that nobody knows */
export function tellingRules(
  rules: readonly NotificationRule[],
  event: Pick<AcceptedEvent, 'payload'>,
): (id: string, recipient: Recipient | undefined) => readonly NotificationRule[] {
  const named = new Map(rules.map((rule) => [rule.id, new Set(namedBy(rule, event))]));
  return (id, recipient) =>
    rules.filter(({ id: rule, audience }) => {
      if (audience.all) return recipient !== undefined;
      if (audience.topic !== undefined) return recipient?.topics?.includes(audience.topic) ?? false;
      return named.get(rule)!.has(id);
    });
}

function namedBy({ audience: { field, recipients = [] } }: NotificationRule, event: Pick<AcceptedEvent, 'payload'>): readonly string[] {
  return field === undefined ? recipients : namedRecipients(field, event);
}
