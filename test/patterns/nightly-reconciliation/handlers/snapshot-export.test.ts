import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InMemoryBuckets } from '../../../support/night/in-memory-bucket';
import { KilledAt } from '../../../support/night/killed';
import { LEFT, NIGHT_BUCKET, snapshotOnce, snapshotUntilDone, tickingClock } from '../../../support/night/snapshots';

const TABLE_ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/ledger';
const FOLDER = 'runs/2026-11-20/1/snapshot/left/AWSDynamoDB';
const STATE = 'runs/2026-11-20/1/snapshot/left.export.json';

interface ExportInput {
  readonly ClientToken?: string;
  readonly ExportTime?: Date;
  readonly ExportArn?: string;
  readonly S3Prefix?: string;
  readonly TableArn?: string;
}

/**
 * Exports as DynamoDB's documents describe them: the same token is the same export, another request under it is refused, and files are there once it is complete.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
class Exporting {
  readonly buckets = new InMemoryBuckets();
  readonly exports: { input: ExportInput; arn: string; looks: number; failure?: string }[] = [];
  /** Items of each file. */
  files: readonly number[] = [2, 0, 3];
  looksUntilDone = 2;
  failures: string[] = [];
  refusal?: string;
  /** As the documents show it, or as exports have it. */
  hasKeysWithPrefix = true;

  readonly client = {
    send: async ({ constructor: { name }, input }: { readonly constructor: { readonly name: string }; readonly input: ExportInput }) =>
      name === 'ExportTableToPointInTimeCommand' ? this.#begin(input) : this.#describe(input),
  } as unknown as DynamoDBClient;

  #begin(input: ExportInput): object {
    if (this.refusal !== undefined) throw Object.assign(new Error(this.refusal), { name: this.refusal });
    const known = this.exports.find((one) => one.input.ClientToken === input.ClientToken);
    if (known !== undefined && JSON.stringify(known.input) !== JSON.stringify(input)) throw new Error('ExportConflictException');
    const id = `0${1_700_000_000_000 + this.exports.length}-a1b2c3d4`;
    const made = known ?? { input, arn: `${TABLE_ARN}/export/${id}`, looks: 0, failure: this.failures.shift() };
    if (known === undefined) this.exports.push(made);
    return { ExportDescription: { ExportArn: made.arn, ExportStatus: 'IN_PROGRESS' } };
  }

  #describe({ ExportArn }: ExportInput): object {
    const made = this.exports.find(({ arn }) => arn === ExportArn)!;
    made.looks += 1;
    if (made.looks < this.looksUntilDone) return { ExportDescription: { ExportArn, ExportStatus: 'IN_PROGRESS' } };
    if (made.failure !== undefined)
      return { ExportDescription: { ExportArn, ExportStatus: 'FAILED', FailureCode: made.failure, FailureMessage: 'it says why' } };
    return { ExportDescription: { ExportArn, ExportStatus: 'COMPLETED', ExportManifest: this.#write(made) } };
  }

  #write({ arn, input }: { readonly arn: string; readonly input: ExportInput }): string {
    const folder = `AWSDynamoDB/${arn.split('/').at(-1)}`;
    const named = (name: string) => (this.hasKeysWithPrefix ? `${input.S3Prefix}/${folder}/${name}` : `${folder}/${name}`);
    const put = (name: string, text: string) => this.buckets.put(NIGHT_BUCKET, `${input.S3Prefix}/${folder}/${name}`, text);
    const data = this.files.map((itemCount, index) => ({
      itemCount,
      dataFileS3Key: named(`data/${'zyx'[index]}.json.gz`),
      md5Checksum: 'x',
      etag: 'x',
    }));
    for (const [index, items] of this.files.entries()) put(`data/${'zyx'[index]}.json.gz`, 'x'.repeat(items));
    put('manifest-files.json', data.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const itemCount = this.files.reduce((sum, items) => sum + items, 0);
    put('manifest-summary.json', JSON.stringify({ version: '2020-06-30', manifestFilesS3Key: named('manifest-files.json'), itemCount }));
    return named('manifest-summary.json');
  }
}

const worldOf = (exporting: Exporting) => ({
  s3: exporting.buckets.client,
  dynamoDb: exporting.client,
  left: { kind: 'export', tableArn: TABLE_ARN } as const,
  clock: tickingClock(1),
});

test.each([true, false])(
  'exports the table, waits, and lists its files with their items (keys with the prefix: %s)',
  async (hasKeysWithPrefix) => {
    const exporting = Object.assign(new Exporting(), { hasKeysWithPrefix });
    const { answers, files } = await snapshotUntilDone(worldOf(exporting));
    expect(answers).toEqual([
      { next: 'again', waitSeconds: 30 },
      { next: 'done', waitSeconds: 0 },
    ]);
    const folder = `${FOLDER}/01700000000000-a1b2c3d4/data`;
    expect(files).toEqual([
      { key: `${folder}/x.json.gz`, name: 'ledger/x.json.gz', bytes: 3, content: 'dynamoDbJson', records: 3 },
      { key: `${folder}/z.json.gz`, name: 'ledger/z.json.gz', bytes: 2, content: 'dynamoDbJson', records: 2 },
    ]);
    expect(exporting.exports[0]!.input).toMatchObject({
      ...{ TableArn: TABLE_ARN, S3Bucket: NIGHT_BUCKET, S3Prefix: 'runs/2026-11-20/1/snapshot/left', ExportFormat: 'DYNAMODB_JSON' },
      ExportTime: new Date('2026-11-21T01:00:00Z'),
    });
  },
);

test('killed at any request, there is one export of one time, and the same list', async () => {
  const { files } = await snapshotUntilDone(worldOf(new Exporting()));
  let died = 0;
  for (const isSent of [false, true]) {
    for (let at = 1; ; at += 1) {
      const exporting = Object.assign(new Exporting(), { looksUntilDone: 1 });
      const killed = new KilledAt(at, isSent);
      await snapshotOnce(worldOf(exporting), killed).catch(() => undefined);
      if (!killed.isReached) break;
      died += 1;
      expect((await snapshotUntilDone({ ...worldOf(exporting), clock: tickingClock(60_000) })).files).toEqual(files);
      expect(exporting.exports).toHaveLength(1);
    }
  }
  expect(died).toBeGreaterThanOrEqual(16);
});

test('an export that failed is told with its reason, and begun again for the same time', async () => {
  const exporting = Object.assign(new Exporting(), { failures: ['S3AccessDenied'], looksUntilDone: 1 });
  await expect(snapshotOnce(worldOf(exporting))).rejects.toThrow(
    `left: the export ${TABLE_ARN}/export/01700000000000-a1b2c3d4 failed: S3AccessDenied: it says why`,
  );
  expect(JSON.parse(exporting.buckets.text(NIGHT_BUCKET, STATE)!)).toMatchObject({ attempt: 2 });
  expect((await snapshotUntilDone({ ...worldOf(exporting), clock: tickingClock(60_000) })).files).toHaveLength(2);
  const [first, second] = exporting.exports;
  expect(second!.input.ExportTime).toEqual(first!.input.ExportTime);
  expect(second!.input.ClientToken).not.toBe(first!.input.ClientToken);
});

test('another run of the date, and the other side, have exports of their own', async () => {
  const exporting = new Exporting();
  await snapshotUntilDone(worldOf(exporting));
  await snapshotUntilDone(worldOf(exporting), { ...LEFT, attempt: 2 });
  await snapshotUntilDone(worldOf(exporting), { ...LEFT, run: 2 });
  await snapshotUntilDone({ ...worldOf(exporting) }, { ...LEFT, side: 'right' });
  expect(exporting.exports.map(({ input: { S3Prefix } }) => S3Prefix)).toEqual([
    'runs/2026-11-20/1/snapshot/left',
    'runs/2026-11-20/2/snapshot/left',
    'runs/2026-11-20/1/snapshot/right',
  ]);
});

test.each([
  ['TableNotFoundException', 'there is no such table'],
  ['PointInTimeRecoveryUnavailableException', 'its point-in-time recovery is off: turn it on, then resume the run'],
  ['InvalidExportTimeException', 'its point-in-time recovery does not reach back to the time of the run: do the date again'],
])('%s is the fault of the source', async (refusal, reason) => {
  const it = worldOf(Object.assign(new Exporting(), { refusal }));
  await expect(snapshotOnce(it)).rejects.toMatchObject({
    name: 'InputFault',
    message: `left: the table ${TABLE_ARN} can not be exported: ${reason}`,
  });
});

test('another refusal is thrown as it is: a later try may succeed', async () => {
  const it = worldOf(Object.assign(new Exporting(), { refusal: 'LimitExceededException' }));
  await expect(snapshotOnce(it)).rejects.toMatchObject({ name: 'LimitExceededException' });
});

test('a table without items is a failed run', async () => {
  const it = worldOf(Object.assign(new Exporting(), { files: [0, 0], looksUntilDone: 1 }));
  await expect(snapshotOnce(it)).rejects.toMatchObject({ name: 'InputFault', message: expect.stringContaining('holds no items') });
});

test('an export whose files are not all there, or do not hold what it says, is no snapshot', async () => {
  const spoilt = (key: RegExp, text: (before: string) => string | undefined) => {
    const exporting = Object.assign(new Exporting(), { looksUntilDone: 1 });
    exporting.buckets.before(() => {
      for (const one of exporting.buckets.keys(NIGHT_BUCKET).filter((name) => key.test(name))) {
        const after = text(exporting.buckets.text(NIGHT_BUCKET, one)!);
        if (after === undefined) exporting.buckets.objects.delete(`${NIGHT_BUCKET}/${one}`);
        else exporting.buckets.put(NIGHT_BUCKET, one, after);
      }
    });
    return snapshotOnce(worldOf(exporting));
  };
  await expect(spoilt(/x\.json\.gz$/, () => undefined)).rejects.toThrow(
    /the export of .*ledger names .*x\.json\.gz, which is not in the bucket/,
  );
  await expect(spoilt(/manifest-summary/, () => undefined)).rejects.toThrow('manifest-summary.json is not in the bucket');
  await expect(spoilt(/manifest-files/, (text) => text.replace('"itemCount":3', '"itemCount":4'))).rejects.toThrow(
    'holds 5 items, but its files hold 6',
  );
});
