import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { runPrefix, type SnapshotFile, type SnapshotRequest } from '../contract';
import { jsonOf, keyFrom } from './exported-items';

type Key = ReturnType<typeof keyFrom>;

/** How far a segment of a table was read. */
export interface Checkpoint {
  readonly files: readonly SnapshotFile[];
  /** Where the next page begins; absent before the first. */
  readonly next?: Key;
  readonly isDone: boolean;
}

/** Says that another call has gone on with this segment meanwhile. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

const LOST = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

/**
 * The checkpoint of one segment. It is written on the condition that it is what was last read or written here: of two calls that read the same segment, one goes on.
 */
export class CheckpointFile {
  #etag: string | undefined;
  readonly #place: { readonly Bucket: string; readonly Key: string };
  readonly #s3: Pick<S3Client, 'send'>;

  constructor(bucket: string, request: SnapshotRequest, segment: number, s3: Pick<S3Client, 'send'>) {
    this.#place = { Bucket: bucket, Key: `${runPrefix(request)}snapshot/${request.side}.scan/${segment}.json` };
    this.#s3 = s3;
  }

  async read(): Promise<Checkpoint> {
    try {
      const { Body, ETag } = await this.#s3.send(new GetObjectCommand(this.#place));
      this.#etag = ETag;
      const { next, ...checkpoint } = JSON.parse(await Body!.transformToString());
      return { ...checkpoint, ...(next !== undefined && { next: keyFrom(next) }) };
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
      return { files: [], isDone: false };
    }
  }

  /** @throws CheckpointLost */
  async write(checkpoint: Checkpoint): Promise<void> {
    const condition = this.#etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: this.#etag };
    try {
      const { ETag } = await this.#s3.send(
        new PutObjectCommand({ ...this.#place, Body: jsonOf(checkpoint), ContentType: 'application/json', ...condition }),
      );
      this.#etag = ETag;
    } catch (error) {
      if (!LOST.has((error as Error).name)) throw error;
      throw new CheckpointLost(`${this.#place.Key}: another call has gone on with it`, { cause: error });
    }
  }
}
