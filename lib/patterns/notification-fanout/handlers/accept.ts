import type { SQSClient } from '@aws-sdk/client-sqs';
import { type EventMessage, FanoutMetric, type PlanMessage } from '../../../blocks/fanout-contract';
import { milliseconds } from '../../../notification-rules/durations';
import type { ReceivedEvent } from '../../../notification-rules/records';
import type { Clock } from '../../../runtime/clock';
import { PermanentError } from '../../../runtime/failures';
import { type AudienceSegment, segmentsOf } from '../../../runtime/notifications/audience';
import type { AcceptedEvent } from '../../../runtime/notifications/contract';
import { type LaneQueues, sendAll } from '../../../runtime/notifications/outgoing';
import { receive } from '../../../runtime/notifications/reception';
import type { FanoutSettings } from '../../../runtime/notifications/settings';
import type { Expirations } from '../../../runtime/notifications/store/expirations';
import { type Condition, type FanoutStore, IS_NEW } from '../../../runtime/notifications/store/fanout-store';
import {
  claimItem,
  type EventClaim,
  eventItem,
  readClaim,
  type StoredEvent,
  segmentItem,
} from '../../../runtime/notifications/store/items';
import { claimKey, LONGEST_ID_BYTES, sha256 } from '../../../runtime/notifications/store/keys';
import { sideBySide } from '../../../runtime/side-by-side';
import type { Telemetry } from '../../../runtime/telemetry';
import type { PlainMessage, WorkerOptions } from '../../../runtime/worker/options';

export interface AcceptDependencies {
  readonly settings: FanoutSettings;
  readonly store: FanoutStore;
  readonly expirations: Expirations;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** Of planning. */
  readonly queues: LaneQueues;
  readonly telemetry: Pick<Telemetry, 'count'>;
  readonly clock: Clock;
}

const AT_ONCE = 25;

/**
 * Claims an event's id, and begins the pages of its audience.
 *
 * Each request can be repeated: the body that has claimed the id goes on where its first run stopped, another one does nothing while the id is remembered. An event that
 * is rejected claims nothing, unless the rules say so, and is parked with the JSON pointer of the field.
 */
export function createAccept(dependencies: AcceptDependencies): WorkerOptions<EventMessage> {
  return {
    idempotencyKey: ({ metadata }, message) => sha256(`${metadata?.eventId}#${claimantOf(message)}`),
    handle: (event, { message }) => accept(event, { claimant: claimantOf(message), correlationId: message.correlationId }, dependencies),
  };
}

function claimantOf({ body }: Pick<PlainMessage, 'body'>): string {
  return sha256(Buffer.from(body).toString());
}

interface Arrival {
  readonly claimant: string;
  readonly correlationId: string;
}

async function accept(message: EventMessage, arrival: Arrival, dependencies: AcceptDependencies): Promise<void> {
  const { settings, store, telemetry, clock } = dependencies;
  const id = idOf(message);
  const item = await store.readOne(claimKey(id));
  const claim = item && readClaim(item);
  const now = clock.now();
  const isSame = claim?.claimant === arrival.claimant;
  const goesOn = isSame && !claim.begun && !claim.rejected;
  const isRemembered = claim !== undefined && remembers(claim, now, settings);
  // Whoever was killed between claiming and parking comes again, and parks.
  const wasRejected = isRemembered && isSame && claim.rejected === true;
  if (isRemembered && !goesOn && !wasRejected) {
    telemetry.count(FanoutMetric.REPEATED);
    return;
  }
  const event = received(message, id, goesOn ? claim.receivedAt : now);
  const reception = receive(settings.rules, settings.contracts, event, undefined);
  // The id was asked for above.
  if (reception.kind === 'repeated') return;
  const { claimant } = arrival;
  if (reception.kind === 'rejected') {
    telemetry.count(FanoutMetric.REJECTED);
    const rejected = { occurrence: occurrenceOf(event), claimant, receivedAt: now, rejected: true };
    if (reception.claimsId && !wasRejected) await take(id, rejected, claim, dependencies);
    throw new PermanentError(inMessage(reception.reason));
  }
  const segments = segmentsOf(reception.rules, reception.event);
  checkIds(segments);
  const { occurrence, receivedAt } = reception.event;
  const standing = goesOn ? claim : await take(id, { occurrence, claimant, receivedAt }, claim, dependencies);
  if (standing?.claimant !== claimant) return accept(message, arrival, dependencies);
  await begin(
    message,
    { ...reception.event, occurrence: standing.occurrence, receivedAt: standing.receivedAt },
    segments,
    arrival,
    dependencies,
  );
  await store.update({
    TableName: store.tableName,
    Key: claimKey(id),
    UpdateExpression: 'SET #begun = :yes',
    ConditionExpression: '#occurrence = :occurrence',
    ExpressionAttributeNames: { '#begun': 'begun', '#occurrence': 'occurrence' },
    ExpressionAttributeValues: { ':yes': true, ':occurrence': standing.occurrence },
  });
  telemetry.count(FanoutMetric.ACCEPTED);
}

/** Writes event, segments and first pages, those that are not there yet. */
async function begin(
  { metadata }: EventMessage,
  { id, occurrence, receivedAt, payload }: AcceptedEvent,
  segments: readonly AudienceSegment[],
  arrival: Arrival,
  { store, expirations, sqs, queues }: AcceptDependencies,
): Promise<void> {
  const correlationId = metadata.correlationId ?? arrival.correlationId;
  const event: StoredEvent = {
    ...{ id, occurrence, name: metadata.contract, version: metadata.version, payload, receivedAt, correlationId },
    ...{ state: segments.length === 0 ? 'done' : 'running', segments: segments.length },
  };
  const expires = expirations.event(receivedAt);
  await store.put(eventItem(event, expires), IS_NEW);
  await sideBySide(segments, AT_ONCE, async (segment) => {
    await store.put(segmentItem(occurrence, segment, expires), IS_NEW);
  });
  await sendAll(
    segments.map((segment) => ({ queueUrl: queues[segment.lane], body: firstPage(event, segment), correlationId })),
    sqs,
  );
}

export function firstPage(
  { id, occurrence }: Pick<StoredEvent, 'id' | 'occurrence'>,
  { id: segmentId, segment }: AudienceSegment,
): PlanMessage {
  return { kind: 'page', event: id, occurrence, segmentId, segment };
}

/** @returns the claim that stands: this one, or that of another copy or body that was faster; undefined when the former one has gone meanwhile */
async function take(
  id: string,
  claim: EventClaim,
  former: EventClaim | undefined,
  { store, expirations }: AcceptDependencies,
): Promise<EventClaim | undefined> {
  const condition: Condition =
    former === undefined
      ? IS_NEW
      : {
          ConditionExpression: '#occurrence = :former',
          ExpressionAttributeNames: { '#occurrence': 'occurrence' },
          ExpressionAttributeValues: { ':former': { S: former.occurrence } },
        };
  const refused = await store.put(claimItem(id, claim, expirations.claim(claim.receivedAt)), condition);
  if (refused === undefined) return claim;
  return refused.kind === 'exists' ? readClaim(refused.item) : undefined;
}

function remembers({ receivedAt }: EventClaim, now: number, { rules }: FanoutSettings): boolean {
  const remember = rules.semantics?.rememberEventIds;
  return remember === undefined || now < receivedAt + milliseconds(remember);
}

/** Such an id could not be a part of the keys under which it is planned. */
function checkIds(segments: readonly AudienceSegment[]): void {
  const named = segments.flatMap(({ segment }) => (segment.kind === 'named' ? segment.recipients : []));
  const long = named.map((id) => Buffer.byteLength(id)).find((bytes) => bytes > LONGEST_ID_BYTES);
  if (long !== undefined) throw new PermanentError(`/data: names a recipient whose id has ${long} bytes, allowed are ${LONGEST_ID_BYTES}`);
}

function occurrenceOf({ id, receivedAt }: ReceivedEvent): string {
  return `${id}@${receivedAt}`;
}

function idOf({ metadata }: EventMessage): string {
  const id: unknown = metadata?.eventId;
  if (typeof id !== 'string' || id === '') throw new PermanentError('/metadata/eventId: must be text');
  const bytes = Buffer.byteLength(id);
  if (bytes > LONGEST_ID_BYTES) throw new PermanentError(`/metadata/eventId: has ${bytes} bytes, allowed are ${LONGEST_ID_BYTES}`);
  return id;
}

/** As the rules speak of it. */
function received({ metadata, data }: EventMessage, id: string, at: number): ReceivedEvent {
  return { id, name: metadata.contract, version: metadata.version, receivedAt: new Date(at).toISOString(), payload: data };
}

const PLACES: ReadonlyArray<readonly [rules: string, message: string]> = [
  ['/payload', '/data'],
  ['/name', '/metadata/contract'],
  ['/version', '/metadata/version'],
];

/** The pointer as it is in the message that is parked: rules call its data payload. */
function inMessage(reason: string): string {
  const [from, to] = PLACES.find(([place]) => reason.startsWith(place)) ?? ['', ''];
  return `${to}${reason.slice(from.length)}`;
}
