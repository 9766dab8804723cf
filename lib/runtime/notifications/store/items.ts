import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { OUTBOX_ATTRIBUTE } from '../../../blocks/contract';
import type { DeliveryStatus, Lane, Segment } from '../../../blocks/fanout-contract';
import { FanoutAttribute } from '../../../blocks/fanout-contract';
import type { Recipient } from '../../../notification-rules/records';
import type { OutboxEntry } from '../../outbox/outbox';
import type { FlushedDigest, Remembered, Timer } from '../contract';
import { claimKey, deliveryItemKey, EXPIRATION, eventKey, type ItemKey, pageKey, profileKey, segmentKey } from './keys';

/** As the SDK has it. */
export type StoredItem = Record<string, AttributeValue>;

/** Who has claimed an event's id. */
export interface EventClaim {
  readonly occurrence: string;
  /** Hash of the body that claimed it: the same body goes on where its first run stopped. */
  readonly claimant: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Whether its pages were all begun: what comes with this body from now on is a repetition. */
  readonly begun?: boolean;
  /** Whether it was rejected, by rules that let a rejected event claim its id. */
  readonly rejected?: boolean;
}

export type EventState = 'running' | 'paused' | 'cancelled' | 'done';

/** An event that was accepted. */
export interface StoredEvent {
  readonly id: string;
  readonly occurrence: string;
  readonly name: string;
  readonly version: number | string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly correlationId: string;
  readonly state: EventState;
  readonly segments: number;
}

/** How far a part of an event's audience is planned. */
export interface StoredSegment {
  readonly id: string;
  readonly segment: Segment;
  readonly lane: Lane;
  /** The last recipient of a page that is planned. @default - none yet */
  readonly cursor?: string;
  readonly done?: boolean;
}

/** What a page came to. */
export interface StoredPage {
  readonly segment: string;
  /** Recipients for whom the event was planned in it. */
  readonly planned: number;
  /** Messages by what was decided. */
  readonly counts: Readonly<Partial<Record<DeliveryStatus, number>>>;
}

/** A recipient as the user's code put it. */
export interface StoredProfile {
  readonly recipient: Recipient;
  /** Higher with each change. */
  readonly revision: number;
}

/** Something that is remembered of a recipient. */
export interface StoredState<Kind extends keyof Remembered = keyof Remembered> {
  readonly value: Remembered[Kind];
  /** Another one with each change, also when it was forgotten in between. Engagements have none: they are only added to. */
  readonly revision: string;
}

/** A message of a delivery. */
export interface DeliveryMessage {
  readonly channel: string;
  readonly rule: string;
  readonly lane: Lane;
  readonly status: DeliveryStatus;
  /** A word that stays the same, a colon, and the details. */
  readonly reason: string;
  /** When it got this status; of a held message, and of one in a digest, when it leaves. Milliseconds since the epoch. */
  readonly at: number;
  /** Occurrence of the digest in which it left. */
  readonly digest?: string;
}

/** A line of what happened, in the order it was written down. */
export interface TimelineEntry {
  readonly channel: string;
  /** @default - an engagement that is not of one rule's message */
  readonly rule?: string;
  /** A {@link DeliveryStatus}, or what the recipient did: `opened`, `clicked`. */
  readonly status: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A timer, and the step that set it: when that step is repeated, so are its timers and no others. */
export interface StoredTimer {
  /** `plan`, or the id of the timer whose step it was. */
  readonly by: string;
  readonly timer: Timer;
}

/** A digest that left: what it holds. */
export interface DeliveredDigest extends Omit<FlushedDigest, 'recipient' | 'events'> {
  readonly events: readonly { readonly id: string; readonly occurrence: string }[];
}

/** What became of an event for a recipient. */
export interface StoredDelivery {
  readonly occurrence: string;
  /** Id of the event; of a digest, undefined. */
  readonly event?: string;
  readonly recipient: string;
  /** ISO 8601. */
  readonly plannedAt: string;
  /** When the event was received; a digest: when it was closed. Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly correlationId: string;
  /** By {@link messageName}. */
  readonly messages: Readonly<Record<string, DeliveryMessage>>;
  readonly timeline: readonly TimelineEntry[];
  readonly timers: readonly StoredTimer[];
  readonly digest?: DeliveredDigest;
  /** Segment in whose page it was planned: that page, when it is repeated, hands its messages over again. */
  readonly segment?: string;
}

/** Under which a delivery has a message. */
export function messageName({ channel, rule }: Pick<DeliveryMessage, 'channel' | 'rule'>): string {
  return `${channel}#${rule}`;
}

/** @param expires seconds since the epoch @default - never */
function itemOf(key: ItemKey, attributes: object, expires?: number): StoredItem {
  return marshall({ ...key, ...attributes, ...(expires !== undefined && { [EXPIRATION]: expires }) }, { removeUndefinedValues: true });
}

export function claimItem(event: string, claim: EventClaim, expires: number): StoredItem {
  return itemOf(claimKey(event), claim, expires);
}

export function readClaim(item: StoredItem): EventClaim {
  const { occurrence, claimant, receivedAt, begun, rejected } = unmarshall(item) as EventClaim;
  return { occurrence, claimant, receivedAt, ...(begun && { begun }), ...(rejected && { rejected }) };
}

export function eventItem({ payload, ...event }: StoredEvent, expires: number): StoredItem {
  return itemOf(eventKey(event.occurrence), { ...event, payload: JSON.stringify(payload) }, expires);
}

export function readEvent(item: StoredItem): StoredEvent {
  const { id, occurrence, name, version, payload, receivedAt, correlationId, state, segments } = unmarshall(item);
  return { id, occurrence, name, version, payload: JSON.parse(payload), receivedAt, correlationId, state, segments };
}

export function segmentItem(occurrence: string, { segment, ...others }: StoredSegment, expires: number): StoredItem {
  return itemOf(segmentKey(occurrence, others.id), { ...others, segment: JSON.stringify(segment) }, expires);
}

export function readSegment(item: StoredItem): StoredSegment {
  const { id, segment, lane, cursor, done } = unmarshall(item);
  return { id, segment: JSON.parse(segment), lane, ...(cursor !== undefined && { cursor }), ...(done && { done }) };
}

/** @param after the page begins after it */
export function pageItem(occurrence: string, page: StoredPage, after: string | undefined, expires: number): StoredItem {
  return itemOf(pageKey(occurrence, page.segment, after), page, expires);
}

export function readPage(item: StoredItem): StoredPage {
  const { segment, planned, counts } = unmarshall(item) as StoredPage;
  return { segment, planned, counts };
}

export function profileItem({ recipient, revision }: StoredProfile): StoredItem {
  return itemOf(profileKey(recipient.id), { profile: JSON.stringify(recipient), revision });
}

export function readProfile(item: StoredItem): StoredProfile {
  const { profile, revision } = unmarshall(item);
  return { recipient: JSON.parse(profile), revision };
}

export function stateItem(key: ItemKey, { value, revision }: StoredState, expires: number): StoredItem {
  return itemOf(key, { value: JSON.stringify(value), revision }, expires);
}

/** Begins the attribute of each kind of engagement: one more is set without reading the others. */
export const ENGAGEMENT_PREFIX = 'did#';

export function readState(item: StoredItem): StoredState {
  const { value, revision = '', ...others } = unmarshall(item);
  if (value !== undefined) return { value: JSON.parse(value), revision };
  const kinds = Object.keys(others).filter((name) => name.startsWith(ENGAGEMENT_PREFIX));
  return { value: kinds.map((name) => name.slice(ENGAGEMENT_PREFIX.length)).sort(), revision };
}

export function deliveryItem(delivery: StoredDelivery, expires: number, outbox?: OutboxEntry): StoredItem {
  const { plannedAt, timers, digest, ...others } = delivery;
  const texts = { timers: timers.map((timer) => JSON.stringify(timer)), digest: digest && JSON.stringify(digest) };
  return itemOf(
    deliveryItemKey(delivery),
    { ...others, ...texts, [FanoutAttribute.PLANNED_AT]: plannedAt, [OUTBOX_ATTRIBUTE]: outbox },
    expires,
  );
}

export function readDelivery(item: StoredItem): StoredDelivery {
  const { occurrence, event, recipient, receivedAt, correlationId, messages, timeline, timers, digest, segment, ...others } =
    unmarshall(item);
  return {
    ...{ occurrence, recipient, receivedAt, correlationId, messages, timeline, plannedAt: others[FanoutAttribute.PLANNED_AT] },
    ...(event !== undefined && { event }),
    ...(segment !== undefined && { segment }),
    timers: (timers as readonly string[]).map((timer) => JSON.parse(timer)),
    ...(digest !== undefined && { digest: JSON.parse(digest) }),
  };
}
