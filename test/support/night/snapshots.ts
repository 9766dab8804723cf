import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  RunKey,
  type SnapshotAnswer,
  type SnapshotFile,
  type SnapshotRequest,
  type SourceSettings,
} from '../../../lib/patterns/nightly-reconciliation/contract';
import { RunStore } from '../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import { createSnapshot } from '../../../lib/patterns/nightly-reconciliation/handlers/snapshot';
import type { Clock } from '../../../lib/runtime/clock';
import type { KilledAt } from './killed';

export const NIGHT_BUCKET = 'night';
export const LEFT: SnapshotRequest = { date: '2026-11-20', run: 1, attempt: 1, side: 'left' };

export interface SnapshotWorld {
  readonly s3: Pick<S3Client, 'send'>;
  readonly dynamoDb?: Pick<DynamoDBClient, 'send'>;
  readonly left: SourceSettings;
  readonly clock?: Clock;
}

/** Each request takes a second of this clock, and whoever sleeps is woken when it is time. */
export function tickingClock(millisecondsARead = 1_000): Clock {
  let now = Date.parse('2026-11-21T01:00:00Z');
  return {
    now: () => {
      now += millisecondsARead;
      return now;
    },
    after(milliseconds, callback) {
      now += milliseconds;
      setImmediate(callback);
      return () => undefined;
    },
    random: Math.random,
  };
}

const systemLike: Clock = tickingClock(0);

/** Calls the snapshot function once. */
export function snapshotOnce(world: SnapshotWorld, killed?: KilledAt, request = LEFT): Promise<SnapshotAnswer> {
  const s3 = killed?.client(world.s3) ?? world.s3;
  const dynamoDb = world.dynamoDb ?? ({ send: () => Promise.reject(new Error('no table here')) } as unknown as DynamoDBClient);
  const snapshot = createSnapshot({
    sources: { left: world.left, right: world.left },
    store: new RunStore(NIGHT_BUCKET, s3),
    ...{ s3, dynamoDb: killed?.client(dynamoDb) ?? dynamoDb },
    telemetry: { logger: { info: () => undefined, warn: () => undefined } } as never,
    clock: world.clock ?? systemLike,
  });
  return snapshot(request, 120_000);
}

/** Calls it until it is done. @returns what it answered, and the list that it wrote */
export async function snapshotUntilDone(
  world: SnapshotWorld,
  request = LEFT,
): Promise<{ answers: SnapshotAnswer[]; files: SnapshotFile[] }> {
  const answers: SnapshotAnswer[] = [];
  do {
    if (answers.length > 200) throw new Error('the snapshot comes to no end');
    answers.push(await snapshotOnce(world, undefined, request));
  } while (answers.at(-1)!.next === 'again');
  const files = await new RunStore(NIGHT_BUCKET, world.s3).readJson<SnapshotFile[]>(RunKey.snapshotList(request, request.side));
  return { answers, files: files! };
}
