import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  type AuditEntry,
  type ParkedGroup,
  type ParkedMessage,
  type ParkedState,
  type ParkingJob,
  ParkingKey,
} from '../../blocks/parking-contract';

export type ItemKey = Readonly<Record<typeof ParkingKey.PARTITION | typeof ParkingKey.SORT, { readonly S: string }>>;

/** A group as it is stored. */
export interface GroupItem extends ParkedGroup {
  /** When it last opened, and whether that was told to the alarm. A crash between the two is made good by the next message, or by the same one received again. */
  readonly openedAt: string;
  readonly announced: boolean;
}

/** A message as it is stored. */
export interface MessageItem extends ParkedMessage {
  /** Key of the body in the bucket: of the last version. */
  readonly bodyKey: string;
  /** Key of the claimed body in the bucket; the message itself then holds only the reference. */
  readonly claimedBodyKey?: string;
  /** Former versions of the body, oldest first, each with the edit that replaced it. */
  readonly versions: readonly BodyVersion[];
  /** Message attributes to send again, as the SDK takes them, binary ones in base64: those of the sender, and what the worker knows a redriven copy by. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly text?: string; readonly base64?: string }>>;
  /** Key of the object that holds the attributes as JSON, when the item has no room for them; `attributes` is then empty. */
  readonly attributesKey?: string;
  readonly traceHeader?: string;
  /** Message id under which a redrive put it on the queue. */
  readonly sentAs?: string;
  readonly sentAt?: string;
  /** Hash under which the worker knows what a redrive sent: a record with another one stands for another event. */
  readonly payloadHash?: string;
  /** Number of redrives: part of the deduplication id on a FIFO queue. */
  readonly redrives: number;
}

export interface BodyVersion {
  readonly bodyKey: string;
  readonly claimedBodyKey?: string;
  readonly at: string;
  readonly by: string;
  readonly because: string;
}

/** A job as it is stored. */
export interface JobItem extends ParkingJob {
  /** Messages of its group that came back since it began. One stops it. */
  readonly sameFingerprint: number;
  /** Number of executions of the state machine: a resumed job gets a new one. */
  readonly executions: number;
  /** Steps of this execution so far: its history has a limit. */
  readonly steps: number;
  /** The step that works on it now, and until when at the latest, in milliseconds since the epoch: meanwhile no other one does. */
  readonly step?: string;
  readonly stepUntil?: number;
  /** Messages which were marked as `sending` and are not known to have been sent. Whoever takes the next step sends them again. */
  readonly batch?: readonly string[];
  /** Until when its rate is used up, in milliseconds since the epoch. */
  readonly paidUntil?: number;
  /** Whether the event about what it did was put. */
  readonly told?: boolean;
  /** For `wake`: when the acknowledgement ends. */
  readonly until?: string;
}

/** Distinct fingerprints of one handler and error name: bounds how many groups a text that is always different can make. */
export interface FingerprintBound {
  readonly groups: number;
}

/** All groups and all jobs are listed from one partition of the index each. */
export const GROUPS = 'groups';
export const JOBS = 'jobs';

const key = (partition: string, sort: string): ItemKey => ({
  [ParkingKey.PARTITION]: { S: partition },
  [ParkingKey.SORT]: { S: sort },
});

export const groupKey = (group: string): ItemKey => key(`group#${group}`, 'group');
export const messageKey = (id: string): ItemKey => key(`message#${id}`, 'message');
export const jobKey = (id: string): ItemKey => key(`job#${id}`, 'job');
/** The audit list, one partition: what people do is little. `unique` keeps entries of one millisecond apart. */
export const auditKey = (at: string, unique: string): ItemKey => key('audit', `${at}#${unique}`);
/** Which message stands for an idempotency key now: so a message that comes back finds its former life. */
export const lifeKey = (idempotencyKeyHash: string): ItemKey => key(`life#${idempotencyKeyHash}`, 'life');
/** Holds the job that reads an adopted queue now. */
export const lotKey = (arn: string): ItemKey => key(`lot#${arn}`, 'lot');
export const boundKey = (handler: string, errorName: string): ItemKey => key(`bound#${handler}#${errorName}`, 'bound');

/** Partition of the index in which the messages of a group stand that are in this state. */
export const indexPartition = (group: string, state: ParkedState): string => `${group}#${state}`;
/** Messages are redriven in the order in which they were accepted. */
export const indexPosition = (message: Pick<ParkedMessage, 'acceptedAt' | 'id'>): string => `${message.acceptedAt}#${message.id}`;

type Stored = GroupItem | MessageItem | JobItem | AuditEntry | FingerprintBound | { readonly message: string } | { readonly job: string };

/** An item as DynamoDB takes it. @param index where it stands in the index; absent for what nobody lists */
export function toItem(
  itemKey: ItemKey,
  value: Stored,
  index?: { readonly partition: string; readonly position: string },
  expiresAtEpochSeconds?: number,
): Record<string, AttributeValue> {
  return {
    ...itemKey,
    ...marshall(value, { removeUndefinedValues: true }),
    ...(index && { [ParkingKey.INDEX_PARTITION]: { S: index.partition }, [ParkingKey.INDEX_SORT]: { S: index.position } }),
    ...(expiresAtEpochSeconds !== undefined && { [ParkingKey.EXPIRATION]: { N: String(expiresAtEpochSeconds) } }),
  };
}

const KEYS: ReadonlySet<string> = new Set(Object.values(ParkingKey));

export function fromItem<T extends Stored>(item: Readonly<Record<string, AttributeValue>>): T {
  return Object.fromEntries(Object.entries(unmarshall(item)).filter(([name]) => !KEYS.has(name))) as unknown as T;
}
