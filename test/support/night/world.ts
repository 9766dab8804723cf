import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  type CompareItem,
  type NightRun,
  type ReadItem,
  type ReconciliationCompleted,
  ReportKey,
  RunKey,
  type SideName,
  type SnapshotFile,
} from '../../../lib/patterns/nightly-reconciliation/contract';
import { createCompare } from '../../../lib/patterns/nightly-reconciliation/handlers/compare';
import { createFinish } from '../../../lib/patterns/nightly-reconciliation/handlers/finish';
import { Nights } from '../../../lib/patterns/nightly-reconciliation/handlers/nights';
import { createPlan } from '../../../lib/patterns/nightly-reconciliation/handlers/plan';
import { createRead } from '../../../lib/patterns/nightly-reconciliation/handlers/read';
import { RunStore } from '../../../lib/patterns/nightly-reconciliation/handlers/run-store';
import type { ReconciliationRules } from '../../../lib/reconciliation-rules/rules';
import type { ReconciliationReport } from '../../../lib/runtime/reconciliation/contract';
import { RegisterStore } from '../../../lib/runtime/reconciliation/register-store';
import { type Tables, tablesInMemory } from '../in-memory-table/tables';
import { csvOf, LIMITS, type Row, RULES } from '../reconciliation/files';
import { createRegisterTable, TABLE } from '../reconciliation/register';
import { InMemoryBuckets, type StoredObject } from './in-memory-bucket';
import { KilledAt } from './killed';

export const BUCKET = 'night-bucket';
const RULES_PLACE = { bucket: 'assets', key: 'rules.json' };

/** Rows of one CSV file, or files as they stand. */
export type SideFiles = readonly Row[] | ReadonlyArray<Partial<SnapshotFile> & { readonly name: string; readonly body: string | Buffer }>;

interface Options {
  readonly rules?: ReconciliationRules;
  readonly partBytes?: number;
  readonly tables?: Tables;
  readonly buckets?: InMemoryBuckets;
}

const never = (): KilledAt => new KilledAt(Number.POSITIVE_INFINITY, false);
const isFiles = (files: SideFiles): files is Exclude<SideFiles, readonly Row[]> => files[0] === undefined || 'body' in files[0];

/** Waits for nothing: what would wait goes on at once. */
const clock = {
  now: () => Date.parse('2026-11-21T03:00:00Z'),
  after: (_: number, callback: () => void) => {
    setImmediate(callback);
    return () => undefined;
  },
  random: () => 0,
};

/** The steps of a night over buckets and tables in memory, and over the real engine. */
export class NightWorld {
  readonly events: ReconciliationCompleted[] = [];
  readonly metrics: Array<readonly [name: string, value: number]> = [];
  readonly warnings: string[] = [];
  readonly register: RegisterStore;
  readonly nights: Nights;
  /** What the bus answers for an event. */
  busAnswer: { readonly ErrorCode?: string } = {};

  private constructor(
    private readonly tables: Tables,
    private readonly partBytes: number,
    readonly buckets: InMemoryBuckets,
  ) {
    this.register = new RegisterStore(TABLE, { dynamoDb: tables.client, clock });
    this.nights = new Nights({ table: TABLE, name: RULES.name }, { dynamoDb: tables.client, clock });
  }

  static async create(options: Options = {}): Promise<NightWorld> {
    const { rules = RULES, partBytes = 1_000, tables = tablesInMemory(), buckets = new InMemoryBuckets() } = options;
    await createRegisterTable(tables).catch((error: Error) => {
      if (error.name !== 'ResourceInUseException') throw error;
    });
    const world = new NightWorld(tables, partBytes, buckets);
    world.rules(rules);
    return world;
  }

  /** What the stack publishes. */
  rules(rules: ReconciliationRules | string): void {
    this.buckets.put(RULES_PLACE.bucket, RULES_PLACE.key, typeof rules === 'string' ? rules : JSON.stringify(rules));
  }

  /** As the start function and the snapshot functions leave it. */
  async begin(run: NightRun, sides: Readonly<Record<SideName, SideFiles>>): Promise<void> {
    await this.nights.begin(run, await this.nights.find(run.date));
    for (const side of ['left', 'right'] as const) this.snapshot(run, side, sides[side]);
  }

  snapshot(run: NightRun, side: SideName, given: SideFiles): void {
    const files = isFiles(given) ? given : [{ name: `${side}.csv`, body: csvOf(given) }];
    const list = files.map(({ body, ...more }, index): SnapshotFile => {
      const key = `${RunKey.snapshot(run, side)}${index}`;
      this.buckets.put(BUCKET, key, body);
      return { bytes: Buffer.byteLength(body), ...more, key };
    });
    this.buckets.put(BUCKET, RunKey.snapshotList(run, side), JSON.stringify(list));
  }

  /** The functions of a process that may die. */
  steps(killed: Pick<KilledAt, 'client'> = never()) {
    const store = new RunStore(BUCKET, killed.client(this.buckets.client));
    const dynamoDb = killed.client(this.tables.client);
    const counted: Array<readonly [string, number]> = [];
    return {
      plan: createPlan({
        ...{ store, rulesPlace: RULES_PLACE, partBytes: this.partBytes },
        readRules: () => new RunStore(RULES_PLACE.bucket, killed.client(this.buckets.client)).readText(RULES_PLACE.key),
      }),
      read: createRead({ store, ...LIMITS }),
      compare: createCompare({ store, ...LIMITS }),
      finish: createFinish({
        ...{ store, memoryBytes: LIMITS.memoryBytes },
        register: new RegisterStore(TABLE, { dynamoDb, clock }),
        nights: new Nights({ table: TABLE, name: RULES.name }, { dynamoDb, clock }),
        eventBridge: killed.client({ send: (command: object) => this.#put(command as never) } as never),
        telemetry: {
          count: (name: string, _: unknown, value = 1) => void counted.push([name, value]),
          logger: { warn: (message: string) => void this.warnings.push(message) },
          metrics: { publishStoredMetrics: () => void this.metrics.push(...counted.splice(0)) },
        } as never,
      }),
    };
  }

  /** What the state machine does once both snapshots are whole. */
  async go(run: NightRun, killed = never()): Promise<void> {
    const { plan, read, compare, finish } = this.steps(killed);
    const { reads, comparisons } = await plan(run);
    for (const item of this.json<readonly ReadItem[]>(reads)) await read(item);
    for (const item of this.json<readonly CompareItem[]>(comparisons)) await compare(item);
    await finish(run);
  }

  /** Begins a run and goes through it. */
  async night(run: NightRun, left: SideFiles, right: SideFiles): Promise<ReconciliationReport> {
    await this.begin(run, { left, right });
    await this.go(run);
    return this.report(run);
  }

  json<T>(key: string): T {
    const text = this.buckets.text(BUCKET, key);
    if (text === undefined) throw new Error(`${key} is not there`);
    return JSON.parse(text) as T;
  }

  report = (run: NightRun): ReconciliationReport => this.json(RunKey.report(run));

  refusal = (run: NightRun): unknown => this.json(RunKey.refusal(run, run.attempt));

  /** All that is in the bucket, by key. */
  contents(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.buckets.keys(BUCKET).map((key) => [key, this.buckets.objects.get(`${BUCKET}/${key}`)!.bytes.toString('base64')]),
    );
  }

  /** What people and machines read of a date, byte by byte. */
  reports({ date }: Pick<NightRun, 'date'>): Readonly<Record<keyof typeof ReportKey, StoredObject>> {
    const of = (key: string): StoredObject => this.buckets.objects.get(`${BUCKET}/${key}`)!;
    return {
      json: of(ReportKey.json(date)),
      page: of(ReportKey.page(date)),
      csv: of(ReportKey.csv(date)),
      parquet: of(ReportKey.parquet(date)),
    };
  }

  /** Items of the table in the order of their ids. */
  async items(): Promise<readonly object[]> {
    const { Items = [] } = await this.tables.client.send(new ScanCommand({ TableName: TABLE }));
    return Items.sort((a, b) => (a.id!.S! < b.id!.S! ? -1 : 1));
  }

  async #put({ input }: { readonly input: { readonly Entries: ReadonlyArray<{ readonly Detail: string }> } }): Promise<object> {
    if (this.busAnswer.ErrorCode !== undefined) return { FailedEntryCount: 1, Entries: [this.busAnswer] };
    for (const { Detail } of input.Entries) this.events.push(JSON.parse(Detail) as ReconciliationCompleted);
    return { FailedEntryCount: 0, Entries: input.Entries.map(() => ({ EventId: '1' })) };
  }
}
