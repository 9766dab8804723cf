import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';

interface Input {
  readonly Bucket: string;
  readonly Key?: string;
  readonly Body?: string | Uint8Array;
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
  readonly ContentType?: string;
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly ContinuationToken?: string;
  readonly MaxKeys?: number;
  readonly UploadId?: string;
  readonly PartNumber?: number;
  readonly CopySource?: string;
  readonly CopySourceIfMatch?: string;
  readonly CopySourceRange?: string;
  readonly PartNumberMarker?: string;
  readonly MultipartUpload?: { readonly Parts?: ReadonlyArray<{ readonly PartNumber?: number; readonly ETag?: string }> };
}

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType?: string;
}

/** How many keys S3 tells at once; few here, so that lists have pages. */
const PAGE = 10;
const PARTS_PAGE = 2;

const fault = (name: string, httpStatusCode: number): Error => Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
const etagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

/** Buckets in memory, as far as runs use them; what it does not know it refuses. A test may look at each request before it is answered, and stop there. */
export class InMemoryBuckets {
  /** By `bucket/key`. */
  readonly objects = new Map<string, StoredObject>();
  readonly requests: string[] = [];
  readonly #uploads = new Map<string, { readonly place: string; readonly parts: Map<number, Buffer> }>();
  #before: (request: string) => void | Promise<void> = () => undefined;

  /** What happens before each request is answered, named as `PutObject bucket/key`. */
  before(look: (request: string) => void | Promise<void>): void {
    this.#before = look;
  }

  readonly client = {
    send: async (command: { readonly constructor: { readonly name: string }; readonly input: Input }): Promise<object> => {
      const name = command.constructor.name.replace(/Command$/, '');
      const request = `${name} ${command.input.Bucket}/${command.input.Key ?? command.input.Prefix ?? ''}`;
      this.requests.push(request);
      await this.#before(request);
      return this.#answer(name, command.input);
    },
  } as unknown as Pick<S3Client, 'send'>;

  text(bucket: string, key: string): string | undefined {
    return this.objects.get(`${bucket}/${key}`)?.bytes.toString();
  }

  put(bucket: string, key: string, body: string | Uint8Array): void {
    this.objects.set(`${bucket}/${key}`, { bytes: Buffer.from(body) });
  }

  /** Keys of a bucket in their order. */
  keys(bucket: string, prefix = ''): readonly string[] {
    return [...this.objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/${prefix}`))
      .map((name) => name.slice(bucket.length + 1))
      .sort();
  }

  /** Uploads that were begun and neither completed nor aborted. */
  get unfinishedUploads(): number {
    return this.#uploads.size;
  }

  #answer(name: string, input: Input): object {
    const place = `${input.Bucket}/${input.Key}`;
    const stored = (): StoredObject => {
      const object = this.objects.get(place);
      if (object === undefined) throw name === 'HeadObject' ? fault('NotFound', 404) : fault('NoSuchKey', 404);
      return object;
    };
    switch (name) {
      case 'PutObject': {
        if (input.IfNoneMatch === '*' && this.objects.has(place)) throw fault('PreconditionFailed', 412);
        if (input.IfMatch !== undefined && input.IfMatch !== etagOf(stored().bytes)) throw fault('PreconditionFailed', 412);
        return this.#store(place, Buffer.from(input.Body ?? ''), input.ContentType);
      }
      case 'GetObject': {
        const { bytes, contentType } = stored();
        const Body = Object.assign(Readable.from([bytes]), {
          transformToString: async () => bytes.toString(),
          transformToByteArray: async () => new Uint8Array(bytes),
        });
        return { Body, ContentLength: bytes.length, ContentType: contentType, ETag: etagOf(bytes) };
      }
      case 'HeadObject': {
        const { bytes, contentType } = stored();
        return { ContentLength: bytes.length, ContentType: contentType, ETag: etagOf(bytes) };
      }
      case 'DeleteObject':
        this.objects.delete(place);
        return {};
      case 'CopyObject': {
        const { bytes, contentType } = this.#copied(input);
        return { CopyObjectResult: this.#store(place, bytes, contentType) };
      }
      case 'ListObjectsV2': {
        const { Prefix = '', Delimiter } = input;
        const rolledUp = (key: string): string => {
          const at = Delimiter === undefined ? -1 : key.indexOf(Delimiter, Prefix.length);
          return at === -1 ? key : key.slice(0, at + 1);
        };
        const all = [...new Set(this.keys(input.Bucket, Prefix).map(rolledUp))].filter((key) => key > (input.ContinuationToken ?? ''));
        const most = Math.min(input.MaxKeys ?? PAGE, PAGE);
        const page = all.slice(0, most);
        return {
          CommonPrefixes: page.filter((key) => Delimiter !== undefined && key.endsWith(Delimiter)).map((key) => ({ Prefix: key })),
          Contents: page
            .filter((key) => this.objects.has(`${input.Bucket}/${key}`))
            .map((Key) => {
              const { bytes } = this.objects.get(`${input.Bucket}/${Key}`)!;
              return { Key, Size: bytes.length, ETag: etagOf(bytes) };
            }),
          IsTruncated: all.length > most,
          ...(all.length > most && { NextContinuationToken: page.at(-1) }),
        };
      }
      case 'CreateMultipartUpload': {
        const UploadId = `upload-${this.requests.length}`;
        this.#uploads.set(UploadId, { place, parts: new Map() });
        return { UploadId };
      }
      case 'ListMultipartUploads': {
        const places = [...this.#uploads].filter(([, upload]) => upload.place.startsWith(`${input.Bucket}/${input.Prefix}`));
        return { Uploads: places.map(([UploadId, upload]) => ({ UploadId, Key: upload.place.slice(input.Bucket.length + 1) })) };
      }
      case 'ListParts': {
        const parts = [...this.#upload(input)].filter(([number]) => number > Number(input.PartNumberMarker ?? 0)).sort(([a], [b]) => a - b);
        const page = parts.slice(0, PARTS_PAGE);
        return {
          Parts: page.map(([PartNumber, bytes]) => ({ PartNumber, ETag: etagOf(bytes) })),
          IsTruncated: parts.length > PARTS_PAGE,
          NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
        };
      }
      case 'UploadPartCopy': {
        const [first, last] = /^bytes=(\d+)-(\d+)$/.exec(input.CopySourceRange!)!.slice(1).map(Number);
        const bytes = this.#copied(input).bytes.subarray(first!, last! + 1);
        this.#upload(input).set(input.PartNumber!, bytes);
        return { CopyPartResult: { ETag: etagOf(bytes) } };
      }
      case 'UploadPart': {
        const bytes = Buffer.from(input.Body ?? '');
        this.#upload(input).set(input.PartNumber!, bytes);
        return { ETag: etagOf(bytes) };
      }
      case 'CompleteMultipartUpload': {
        const parts = this.#upload(input);
        const bytes = (input.MultipartUpload?.Parts ?? []).map(({ PartNumber, ETag }) => {
          const part = parts.get(PartNumber!);
          if (part === undefined || etagOf(part) !== ETag) throw fault('InvalidPart', 400);
          return part;
        });
        this.#uploads.delete(input.UploadId!);
        return this.#store(place, Buffer.concat(bytes));
      }
      case 'AbortMultipartUpload':
        this.#upload(input);
        this.#uploads.delete(input.UploadId!);
        return {};
      default:
        throw new Error(`the buckets in memory do not know ${name}`);
    }
  }

  #store(place: string, bytes: Buffer, contentType?: string): object {
    this.objects.set(place, { bytes, ...(contentType !== undefined && { contentType }) });
    return { ETag: etagOf(bytes) };
  }

  #copied({ CopySource, CopySourceIfMatch }: Input): StoredObject {
    const source = this.objects.get(decodeURIComponent(CopySource!));
    if (source === undefined) throw fault('NoSuchKey', 404);
    if (CopySourceIfMatch !== undefined && CopySourceIfMatch !== etagOf(source.bytes)) throw fault('PreconditionFailed', 412);
    return source;
  }

  #upload({ UploadId }: Input): Map<number, Buffer> {
    const upload = this.#uploads.get(UploadId ?? '');
    if (upload === undefined) throw fault('NoSuchUpload', 404);
    return upload.parts;
  }
}
