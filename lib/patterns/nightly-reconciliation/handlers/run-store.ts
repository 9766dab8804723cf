import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CLIENT_CONFIG } from '../../../runtime/client-config';

/** For the client of a {@link RunStore}: a piece of a file, or the wait for its next bytes, may take longer than what a table answers. */
export const RUN_STORE_CLIENT_CONFIG = {
  ...CLIENT_CONFIG,
  requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 30_000, socketTimeout: 30_000 },
} as const;

/** Larger files go in pieces, each of which the client sends again when its connection is lost. S3 takes 10,000 of 5 MiB and more. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Somebody else wrote the object first, or is about to. */
const TAKEN = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

/** A connection that is lost after a write makes the next try find its own; others write it once a run. */
const MOST_WRITES_OVER = 5;

/** Under which an object is written. */
export type WriteCondition = { readonly IfMatch: string } | { readonly IfNoneMatch: '*' };

/**
 * Objects of one bucket, as the steps of a run write and read them.
 *
 * AWS actions: `s3:GetObject`, `s3:PutObject`, `s3:AbortMultipartUpload` on the objects, `s3:ListBucket` on the bucket: without it S3 says of an absent object that it is
 * forbidden.
 */
export class RunStore {
  readonly bucket: string;
  readonly #s3: Pick<S3Client, 'send'>;

  constructor(bucket: string, s3: Pick<S3Client, 'send'>) {
    this.bucket = bucket;
    this.#s3 = s3;
  }

  /** @returns undefined when there is no such object */
  async readText(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand(this.#object(key)));
      return await Body?.transformToString();
    } catch (error) {
      if ((error as Error).name !== 'NoSuchKey') throw error;
      return undefined;
    }
  }

  /** @returns undefined when there is no such object */
  async readJson<T>(key: string): Promise<T | undefined> {
    const text = await this.readText(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /** @param contentType what browsers are told */
  async writeText(key: string, text: string, contentType: string, condition?: WriteCondition): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ ...this.#object(key), ...condition, Body: text, ContentType: contentType }));
  }

  async writeJson(key: string, value: unknown, condition?: WriteCondition): Promise<void> {
    await this.writeText(key, JSON.stringify(value), JSON_TYPE, condition);
  }

  /**
   * Writes over an object, unless somebody else did so since it was asked whether that is still right: so whoever is no longer to write, but does not know it yet, can't undo
   * what came after.
   *
   * @param require throws when the object is not to be written
   * @param write writes it under the condition
   */
  async writeOver(key: string, require: () => Promise<void>, write: (condition: WriteCondition) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const standing = await this.#etagOf(key);
      await require();
      try {
        await write(standing === undefined ? { IfNoneMatch: '*' } : { IfMatch: standing });
        return;
      } catch (error) {
        if (!TAKEN.has((error as Error).name) || attempt === MOST_WRITES_OVER) throw error;
      }
    }
  }

  /**
   * Writes an object that is never changed again.
   *
   * @returns what stands there now: of several writers, each gets what the first one wrote
   */
  async writeJsonOnce<T>(key: string, value: T): Promise<T> {
    try {
      await this.#s3.send(
        new PutObjectCommand({ ...this.#object(key), Body: JSON.stringify(value), ContentType: JSON_TYPE, IfNoneMatch: '*' }),
      );
      return value;
    } catch (error) {
      if (!TAKEN.has((error as Error).name)) throw error;
      const standing = await this.readJson<T>(key);
      // The other writer has not come to an end: a later try sees to it.
      if (standing === undefined) throw error;
      return standing;
    }
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#etagOf(key)) !== undefined;
  }

  /** @throws Error `NoSuchKey` when there is no such object, and when less arrives than was announced */
  async download(key: string, file: string): Promise<void> {
    const { Body, ContentLength } = await this.#s3.send(new GetObjectCommand(this.#object(key)));
    await pipeline(Body as Readable, createWriteStream(file));
    const { size } = await stat(file);
    if (ContentLength !== undefined && size !== ContentLength) throw new Error(`${key}: ${size} bytes of ${ContentLength} arrived`);
  }

  /** The object is there whole, or as it was before. @param contentType what browsers are told */
  async upload(key: string, file: string, contentType?: string, condition?: WriteCondition): Promise<void> {
    const { size } = await stat(file);
    const object = { ...this.#object(key), ContentType: contentType };
    if (size <= PIECE_BYTES) {
      await this.#s3.send(new PutObjectCommand({ ...object, ...condition, Body: await readFile(file) }));
      return;
    }
    const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(object));
    const upload = { ...this.#object(key), UploadId: UploadId! };
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let start = 0; start < size; start += PIECE_BYTES) {
        const PartNumber = parts.length + 1;
        const Body = await buffer(createReadStream(file, { start, end: start + PIECE_BYTES - 1 }));
        const { ETag } = await this.#s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
        parts.push({ PartNumber, ETag });
      }
      await this.#s3.send(new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts: parts } }));
    } catch (error) {
      // What a killed function leaves, the bucket's lifecycle rule removes.
      await this.#s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  /** Names between the prefix and the next slash. @param prefix ends with a slash */
  async folders(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    let from: string | undefined;
    do {
      const { CommonPrefixes = [], NextContinuationToken } = await this.#s3.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: from }),
      );
      names.push(...CommonPrefixes.map(({ Prefix }) => Prefix!.slice(prefix.length, -1)));
      from = NextContinuationToken;
    } while (from !== undefined);
    return names;
  }

  /** Objects whose keys begin with the prefix, in the order of their keys. */
  async *list(prefix: string): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
    let from: string | undefined;
    do {
      const { Contents = [], NextContinuationToken } = await this.#s3.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: from }),
      );
      for (const { Key, Size } of Contents) yield { key: Key!, bytes: Size! };
      from = NextContinuationToken;
    } while (from !== undefined);
  }

  /** @returns undefined when there is no such object */
  async #etagOf(key: string): Promise<string | undefined> {
    try {
      const { ETag } = await this.#s3.send(new HeadObjectCommand(this.#object(key)));
      return ETag!;
    } catch (error) {
      if ((error as Error).name !== 'NotFound') throw error;
      return undefined;
    }
  }

  #object(key: string) {
    return { Bucket: this.bucket, Key: key };
  }
}

const JSON_TYPE = 'application/json';
