import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { InputFault } from '../../../reconciliation-rules/input-fault';
import { retrying } from '../../../runtime/idempotency/write-together';
import { RunKey, runPrefix, type SnapshotFile, type SourceSettings } from '../contract';
import { exportedLine } from './exported-items';
import { ReadPace } from './read-pace';
import { type Checkpoint, CheckpointFile, CheckpointLost } from './scan-checkpoint';
import type { SnapshotCall, SnapshotProgress } from './snapshot';
import { whileTime } from './while-time';

type ScanSource = Extract<SourceSettings, { readonly kind: 'scan' }>;

/** Text of one file, before it is compressed. As many of them are in memory as segments are read at once. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const SEGMENTS_AT_ONCE = 8;

const compressed = promisify(gzip);

/**
 * Reads a table in segments, page by page, no faster than so many read units a second, into files as an export has them.
 *
 * After each file a checkpoint says where its segment goes on. So a call that was killed costs a file to be read again at most, under another name: what no checkpoint
 * names is in no snapshot. Each page is read consistently, the table as a whole isn't: what is written while it is scanned may be in the snapshot or not.
 *
 * AWS actions: `dynamodb:Scan` on the table; on the objects of our bucket `s3:GetObject`, `s3:PutObject`.
 *
 * @throws InputFault when there is no table, or nothing in it
 */
export async function scanTable(source: ScanSource, call: SnapshotCall, chunkBytes = CHUNK_BYTES): Promise<SnapshotProgress> {
  const { request, store, clock, deadline, telemetry } = call;
  // Another number of segments, by a deployment amid a run, would divide the table otherwise.
  const { segments } = await store.writeJsonOnce(`${runPrefix(request)}snapshot/${request.side}.scan.json`, { segments: source.segments });
  const pace = new ReadPace(source.readUnits, clock);
  const found = new Map<number, Checkpoint>();
  const numbers = Array.from({ length: segments }, (_, index) => index);
  const isOver = () => clock.now() >= deadline;
  const isWhole = await whileTime(numbers, { most: SEGMENTS_AT_ONCE, isOver }, async (segment) => {
    try {
      const checkpoint = await scanSegment({ ...call, source, pace, chunkBytes, segment, segments });
      found.set(segment, checkpoint);
      return checkpoint.isDone;
    } catch (error) {
      if (!(error instanceof CheckpointLost)) throw error;
      telemetry.logger.warn('another call reads the same segment', { segment, error });
      return false;
    }
  });
  if (!isWhole) return { waitSeconds: Math.max(1, Math.ceil(pace.wait / 1000)) };
  const files = numbers.flatMap((segment) => found.get(segment)!.files);
  if (files.length === 0)
    throw new InputFault(
      `${request.side}: the table ${source.table} holds no items; an empty source is a failed run, not one without breaks`,
    );
  return { files };
}

interface Scanning extends SnapshotCall {
  readonly source: ScanSource;
  readonly pace: ReadPace;
  readonly chunkBytes: number;
  readonly segment: number;
  readonly segments: number;
}

/** Reads on where the segment's checkpoint says, until its end or the call's. */
async function scanSegment(scanning: Scanning): Promise<Checkpoint> {
  const { store, request, segment, s3, clock, deadline } = scanning;
  const file = new CheckpointFile(store.bucket, request, segment, s3);
  let checkpoint = await file.read();
  while (!checkpoint.isDone && clock.now() < deadline) {
    const chunk = await readChunk(checkpoint, scanning);
    if (chunk.pages === 0) break;
    const { next } = chunk;
    const written = chunk.lines.length === 0 ? [] : [await writeChunk(chunk.lines, checkpoint.files.length, scanning)];
    checkpoint = { files: [...checkpoint.files, ...written], ...(next !== undefined && { next }), isDone: next === undefined };
    await file.write(checkpoint);
  }
  return checkpoint;
}

interface Chunk {
  readonly lines: readonly string[];
  readonly pages: number;
  readonly next?: Checkpoint['next'];
}

async function readChunk({ next: from }: Checkpoint, { pace, deadline, chunkBytes, ...scanning }: Scanning): Promise<Chunk> {
  const lines: string[] = [];
  let [next, pages, bytes] = [from, 0, 0];
  do {
    const page = await pace.read(deadline, () => readPage(next, scanning));
    if (page === undefined) break;
    pages += 1;
    next = page.LastEvaluatedKey;
    for (const item of page.Items ?? []) {
      const line = exportedLine(item);
      lines.push(line);
      bytes += line.length;
    }
  } while (next !== undefined && bytes < chunkBytes);
  return { lines, pages, ...(next !== undefined && { next }) };
}

async function readPage(
  next: Checkpoint['next'],
  { source, segment, segments, request, dynamoDb, clock }: Omit<Scanning, 'pace' | 'deadline' | 'chunkBytes'>,
): Promise<{ readonly page: ScanCommandOutput; readonly units: number }> {
  try {
    const page = await retrying(dynamoDb, clock).send(
      new ScanCommand({
        ...{ TableName: source.table, Segment: segment, TotalSegments: segments },
        ...{ ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL', ...(next !== undefined && { ExclusiveStartKey: { ...next } }) },
      }),
    );
    return { page, units: page.ConsumedCapacity?.CapacityUnits ?? 0 };
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    throw new InputFault(`${request.side}: there is no table ${source.table}`);
  }
}

async function writeChunk(lines: readonly string[], number: number, { request, segment, source, store, s3, clock }: Scanning) {
  const place = `${String(segment).padStart(5, '0')}-${String(number).padStart(5, '0')}`;
  // Two calls that read the same segment don't write over each other's files.
  const unique = Math.floor(clock.random() * 2 ** 32).toString(16);
  const key = `${RunKey.snapshot(request, request.side)}${place}-${unique}.json.gz`;
  const Body = await compressed(lines.join(''));
  await s3.send(new PutObjectCommand({ Bucket: store.bucket, Key: key, Body }));
  const file: SnapshotFile = {
    ...{ key, name: `${source.table}/${place}.json.gz`, bytes: Body.length },
    ...{ content: 'dynamoDbJson', records: lines.length },
  };
  return file;
}
