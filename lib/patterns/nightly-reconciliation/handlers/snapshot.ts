import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../../runtime/clock';
import type { Telemetry } from '../../../runtime/telemetry';
import { RunKey, type SideName, type SnapshotAnswer, type SnapshotFile, type SnapshotRequest, type SourceSettings } from '../contract';
import { refusing } from './refusing';
import type { RunStore } from './run-store';
import { exportTable } from './snapshot-export';
import { listWritten } from './snapshot-handler';
import { copyFromBucket } from './snapshot-s3';
import { scanTable } from './snapshot-scan';

export interface SnapshotDependencies {
  readonly sources: Readonly<Record<SideName, SourceSettings>>;
  readonly store: RunStore;
  readonly s3: Pick<S3Client, 'send'>;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly telemetry: Pick<Telemetry, 'logger'>;
  readonly clock: Clock;
}

/** One call's share of a snapshot. */
export interface SnapshotCall extends SnapshotDependencies {
  readonly request: SnapshotRequest;
  /** Begins nothing more after it; milliseconds since the epoch. */
  readonly deadline: number;
}

/** The files in their order once all are there, else when to go on. */
export type SnapshotProgress = { readonly files: readonly SnapshotFile[] } | { readonly waitSeconds: number };

/** A call begins nothing more after so long, so that whoever stops the run waits no longer. */
const CALL_MILLISECONDS = 50_000;
/** What is begun has so long to end, however much time the function would have: longer than the longest request takes. */
const RESERVE_MILLISECONDS = 40_000;

const DONE: SnapshotAnswer = { next: 'done', waitSeconds: 0 };

/**
 * Takes a side's snapshot, a minute's work a call, until it is whole: then the list of its files is written, once, and says which run has which snapshot.
 *
 * A call may be killed and repeated anywhere: what stands in the bucket says how far it was.
 *
 * AWS actions: those of `RunStore` on the bucket, and of the kind of source: {@link copyFromBucket}, {@link exportTable}, {@link scanTable},
 * {@link listWritten}.
 *
 * @throws InputFault when there is nothing to take a snapshot of
 */
export function createSnapshot(
  dependencies: SnapshotDependencies,
): (request: SnapshotRequest, remainingMilliseconds: number) => Promise<SnapshotAnswer> {
  const { sources, store, telemetry, clock } = dependencies;
  return (request, remainingMilliseconds) => {
    const { side } = request;
    const deadline =
      clock.now() + Math.min(CALL_MILLISECONDS, remainingMilliseconds - Math.min(RESERVE_MILLISECONDS, remainingMilliseconds / 2));
    return refusing(request, `Snapshot ${side}`, store, async () => {
      const list = RunKey.snapshotList(request, side);
      if (await store.exists(list)) return DONE;
      const progress = await take(sources[side], { ...dependencies, request, deadline });
      if ('waitSeconds' in progress) return { next: 'again', waitSeconds: progress.waitSeconds };
      const files = await store.writeJsonOnce(list, progress.files);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      telemetry.logger.info('a snapshot is whole', { ...request, files: files.length, bytes });
      return DONE;
    });
  };
}

function take(source: SourceSettings, call: SnapshotCall): Promise<SnapshotProgress> {
  switch (source.kind) {
    case 's3':
      return copyFromBucket(source, call);
    case 'handler':
      return listWritten(source, call);
    case 'scan':
      return scanTable(source, call);
    case 'export':
      return exportTable(source, call);
  }
}
