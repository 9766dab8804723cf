import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type GroupState, type ParkedState, ParkingKey } from '../../blocks/parking-contract';
import type { Arrived } from './arrived';
import { update } from './changes';
import { type FingerprintParts, MOST_GROUPS } from './fingerprint';
import { boundKey, GROUPS, type GroupItem, groupKey, toItem } from './items';

/** What messages that were just parked mean for their group. */
export interface Joining {
  readonly id: string;
  readonly parts: FingerprintParts;
  /** Never empty. */
  readonly arrived: readonly Arrived[];
  /** ISO 8601. */
  readonly now: string;
  /** Epoch seconds at which the messages are deleted; the group then, unless more come. */
  readonly expiration: number;
  /** What else changes in its counts: of its messages that came back. */
  readonly moved: Counts;
}

export type Counts = Readonly<Partial<Record<ParkedState, number>>>;

const NONE: Record<ParkedState, number> = { parked: 0, sending: 0, sent: 0, done: 0, returned: 0, discarded: 0, handed_over: 0 };

/** The writes by which a group takes messages in; refused when it is no longer as it was read. */
export function joinGroup(tableName: string, group: GroupItem | undefined, joining: Joining): TransactWriteItem[] {
  return group === undefined ? createGroup(tableName, joining) : [changeGroup(tableName, group, joining)];
}

function createGroup(tableName: string, { id, parts, arrived, now, expiration, moved }: Joining): TransactWriteItem[] {
  const times = seenAt(arrived, now);
  const group: GroupItem = {
    ...{ group: id, ...parts, fault: faultOfAll(arrived), state: 'open', counts: { ...NONE, ...moved, parked: arrived.length } },
    ...{ firstSeen: times[0]!, lastSeen: times.at(-1)!, sample: arrived.at(-1)!.id, openedAt: now, announced: false },
  };
  return [
    {
      Put: {
        TableName: tableName,
        Item: toItem(groupKey(id), group, { partition: GROUPS, position: positionOf(id, now) }, expiration),
        ConditionExpression: 'attribute_not_exists(#pk)',
        ExpressionAttributeNames: { '#pk': ParkingKey.PARTITION },
      },
    },
  ];
}

/** Counts one more fingerprint of a handler and error name; refused when they have as many as they may. */
export function countFingerprint(tableName: string, { handler, errorName }: FingerprintParts, expiration: number): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: boundKey(handler, errorName),
      UpdateExpression: 'SET #expiration = :expiration ADD #groups :one',
      ConditionExpression: 'attribute_not_exists(#groups) OR #groups < :most',
      ExpressionAttributeNames: { '#groups': 'groups', '#expiration': ParkingKey.EXPIRATION },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':most': { N: String(MOST_GROUPS) }, ':expiration': { N: String(expiration) } },
    },
  };
}

function changeGroup(tableName: string, group: GroupItem, { id, arrived, now, expiration, moved }: Joining): TransactWriteItem {
  const fault = group.fault === 'ours' ? 'ours' : faultOfAll(arrived);
  const state = stateAfter(group, now);
  const opens = state === 'open' && (group.state !== 'open' || fault !== group.fault);
  const last = seenAt(arrived, now).at(-1)!;
  const { acknowledged, openedAt } = group;
  const counts = Object.entries({ ...moved, parked: (moved.parked ?? 0) + arrived.length }).map(([name, count]) => [
    `counts.${name}`,
    count,
  ]);
  return update(tableName, groupKey(id), {
    set: {
      ...{ state, fault, sample: arrived.at(-1)!.id, [ParkingKey.EXPIRATION]: expiration },
      lastSeen: last > group.lastSeen ? last : group.lastSeen,
      ...(opens && { openedAt: now, announced: false, [ParkingKey.INDEX_SORT]: positionOf(id, now) }),
    },
    ...(opens && { remove: ['acknowledged'] }),
    add: Object.fromEntries(counts),
    // Whoever changes the state also changes one of these; the time that an acknowledgement lasts may be changed by itself.
    given: { state: group.state, fault: group.fault, openedAt, ...(group.state === 'acknowledged' && { acknowledged }) },
  });
}

/** A message comes to a group: what was done is to be looked at again, and an acknowledgement holds for its time. */
function stateAfter({ state, acknowledged }: GroupItem, now: string): GroupState {
  if (state === 'ignored') return 'ignored';
  return state === 'acknowledged' && acknowledged !== undefined && Date.parse(acknowledged.until) > Date.parse(now)
    ? 'acknowledged'
    : 'open';
}

/** The group is ours to mend as soon as one of its messages is. */
function faultOfAll(arrived: readonly Arrived[]) {
  return arrived.some(({ fault }) => fault === 'ours') ? 'ours' : 'customer';
}

function seenAt(arrived: readonly Arrived[], now: string): string[] {
  return arrived.map(({ cause }) => cause.parkedAt ?? now).sort();
}

/** Groups are listed by when they opened. */
function positionOf(id: string, openedAt: string): string {
  return `${openedAt}#${id}`;
}
