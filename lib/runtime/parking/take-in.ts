import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { ParkingKey } from '../../blocks/parking-contract';
import { isTransientAwsError } from '../aws-errors';
import { type Clock, fullJitter, sleep } from '../clock';
import type { Telemetry } from '../telemetry';
import { type AnnounceDependencies, announce } from './announce';
import { type Arrived, lifeHash, readArrived } from './arrived';
import { fingerprint, MOST_GROUPS, otherMessages } from './fingerprint';
import { countFingerprint, joinGroup } from './group-change';
import type { IntakeStore } from './intake-store';
import { indexPartition, indexPosition, lifeKey, type MessageItem, messageKey, toItem } from './items';
import { type StoredBody, type StoringDependencies, storeBody } from './parked-bodies';
import { canReturn, formerOf, movesOf, type Return, returnWrites } from './returns';

export interface TakeInDependencies extends AnnounceDependencies, StoringDependencies {
  readonly store: IntakeStore;
  readonly retentionDays: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** Messages written together: with all that may go with each they stay below the 100 items and 4 MB of a transaction. */
const MOST_TOGETHER = 10;
const SECONDS_A_DAY = 24 * 60 * 60;
const BASE_DELAY_MILLISECONDS = 50;
const LONGEST_DELAY_MILLISECONDS = 1_000;

/**
 * Takes messages of parking lots into the store: each once, however often it is received.
 *
 * @param records as Lambda hands them over; `recordOf` makes them of what was received otherwise
 * @param deadline milliseconds since the epoch; contention is not waited out beyond it
 * @returns SQS message ids of those that are not in the store, or whose group could not be announced. All others may be deleted.
 */
export async function takeIn(records: readonly SQSRecord[], dependencies: TakeInDependencies, deadline: number): Promise<string[]> {
  const failed: string[] = [];
  for (let first = 0; first < records.length; first += MOST_TOGETHER) {
    const chunk = records.slice(first, first + MOST_TOGETHER).map(readArrived);
    const held = await takeInChunk(chunk, dependencies, deadline);
    failed.push(...chunk.filter(({ id }) => !held.has(id)).map(({ record }) => record.messageId));
  }
  return failed;
}

interface Taken {
  readonly arrived: Arrived;
  readonly body: StoredBody;
}

/** @returns ids of what is in the store */
async function takeInChunk(chunk: readonly Arrived[], dependencies: TakeInDependencies, deadline: number): Promise<ReadonlySet<string>> {
  const { store, telemetry } = dependencies;
  const held = new Set<string>();
  /** Messages of each group, which is known once they are in it. */
  const joined = new Map<string, string[]>();
  const attempt = async (ids: readonly string[], what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      telemetry.logger.error(what, { messages: ids, error: error as Error });
    }
  };

  const distinct = new Map(chunk.map((arrived) => [arrived.id, arrived] as const));
  let known: readonly MessageItem[] = [];
  await attempt([...distinct.keys()], 'the store could not be read', async () => {
    known = await store.messages([...distinct.keys()]);
    const fresh = [...distinct.values()].filter(({ id }) => !known.some((message) => message.id === id));
    const taken: Taken[] = [];
    await Promise.all(
      fresh.map((arrived) =>
        attempt(
          [arrived.id],
          'a body could not be stored',
          async () => void taken.push({ arrived, body: await storeBody(arrived, dependencies) }),
        ),
      ),
    );
    for (const together of byFingerprint(taken)) {
      const ids = together.map(({ arrived }) => arrived.id);
      await attempt(ids, 'messages could not be taken in', async () => {
        const group = await joinTogether(together, dependencies, deadline);
        joined.set(group, [...(joined.get(group) ?? []), ...ids]);
      });
    }
  });
  for (const { id, group } of known) joined.set(group, [...(joined.get(group) ?? []), id]);
  for (const [group, ids] of joined) {
    await attempt(ids, 'a group could not be announced', async () => {
      await announce(group, dependencies);
      for (const id of ids) held.add(id);
    });
  }
  return held;
}

/** In the order of their bodies' keys, so that what is written does not depend on which body was stored first. */
function byFingerprint(taken: readonly Taken[]): Taken[][] {
  const groups = new Map<string, Taken[]>();
  for (const one of [...taken].sort((a, b) => (a.arrived.id < b.arrived.id ? -1 : 1))) {
    const group = fingerprint(one.arrived.parts);
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups.values()];
}

/** Writes messages of one fingerprint, again with what stands then when somebody else has changed it. @returns their group */
async function joinTogether(taken: readonly Taken[], dependencies: TakeInDependencies, deadline: number): Promise<string> {
  const { store, clock } = dependencies;
  for (let attempt = 1; ; attempt++) {
    const { group, writes } = await plan(taken, dependencies);
    if (writes.length === 0) return group;
    const delay = fullJitter(clock, attempt, BASE_DELAY_MILLISECONDS, LONGEST_DELAY_MILLISECONDS);
    const late = clock.now() + delay >= deadline;
    try {
      if ((await store.write(writes)) === undefined) return group;
      if (late) throw new Error('no time is left to try again what others were changing');
    } catch (error) {
      if (late || !(error instanceof TransactionCanceledException || isTransientAwsError(error))) throw error;
    }
    await sleep(clock, delay);
  }
}

/** What has to be written for messages of one fingerprint, as the store stands now. */
async function plan(
  taken: readonly Taken[],
  { store, clock, retentionDays }: TakeInDependencies,
): Promise<{ readonly group: string; readonly writes: TransactWriteItem[] }> {
  const { tableName } = store;
  const held = await store.messages(taken.map(({ arrived }) => arrived.id));
  const fresh = taken.filter(({ arrived }) => !held.some(({ id }) => id === arrived.id));
  if (fresh.length === 0) return { group: held[0]!.group, writes: [] };

  const now = new Date(clock.now()).toISOString();
  const expiration = Math.floor(clock.now() / 1000) + retentionDays * SECONDS_A_DAY;
  const own = fresh[0]!.arrived.parts;
  const known = await store.group(fingerprint(own));
  const full = known === undefined && (await store.fingerprints(own.handler, own.errorName)) >= MOST_GROUPS;
  const parts = full ? otherMessages(own) : own;
  const id = fingerprint(parts);
  const group = full ? await store.group(id) : known;

  const formers = await Promise.all(fresh.map(({ arrived }) => formerOf(arrived, store)));
  const returns = new Map<string, Return>();
  for (const [index, former] of formers.entries()) {
    if (former !== undefined && canReturn(former) && !returns.has(former.id))
      returns.set(former.id, { former, later: fresh[index]!.arrived.id });
  }
  const messages = fresh.map((one, index) => messageItem(one, { group: id, former: formers[index], now, expiration }));
  const lives = new Map(
    messages.flatMap(({ lot, idempotencyKey, id: message }) =>
      idempotencyKey === undefined ? [] : [[lifeHash(lot, idempotencyKey), message]],
    ),
  );
  const joining = { id, parts, arrived: fresh.map(({ arrived }) => arrived), now, expiration, moved: movesOf([...returns.values()], id) };
  return {
    group: id,
    writes: [
      ...messages.map((message) => messagePut(tableName, message, expiration)),
      ...joinGroup(tableName, group, joining),
      ...(group === undefined && !full ? [countFingerprint(tableName, parts, expiration)] : []),
      ...[...lives].map(([hash, message]) => ({
        Put: { TableName: tableName, Item: toItem(lifeKey(hash!), { message: message! }, undefined, expiration) },
      })),
      ...(await returnWrites([...returns.values()], id, store)),
    ],
  };
}

interface Place {
  readonly group: string;
  readonly former: MessageItem | undefined;
  readonly now: string;
  /** Epoch seconds. */
  readonly expiration: number;
}

function messageItem({ arrived, body }: Taken, { group, former, now, expiration }: Place): MessageItem {
  const { id, lot, cause, record, opened, idempotencyKey, correlationId, traceId } = arrived;
  const { AWSTraceHeader: traceHeader, MessageGroupId: messageGroupId } = record.attributes;
  return {
    ...{ id, group, lot, state: 'parked', parkedAt: cause.parkedAt ?? now, acceptedAt: former?.acceptedAt ?? arrived.acceptedAt },
    ...{
      reason: cause.reason,
      errorName: cause.errorName,
      errorMessage: cause.errorMessage,
      handler: cause.handler,
      attempt: cause.attempt,
    },
    ...{ idempotencyKey, correlationId, traceId, traceHeader, messageGroupId, former: former?.id, payloadHash: opened?.payloadHash },
    ...{ expiresAt: new Date(expiration * 1000).toISOString(), edits: 0, versions: [], redrives: 0 },
    ...body,
  };
}

function messagePut(tableName: string, message: MessageItem, expiration: number): TransactWriteItem {
  const index = { partition: indexPartition(message.group, message.state), position: indexPosition(message) };
  return {
    Put: {
      TableName: tableName,
      Item: toItem(messageKey(message.id), message, index, expiration),
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': ParkingKey.PARTITION },
    },
  };
}
