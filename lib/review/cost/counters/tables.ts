import type { Resource } from '../../../topology';
import type { Edge } from '../../../topology/graph';
import { chunks, DAYS_A_MONTH, gigabytes, HOURS_A_MONTH, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import { shareBeside } from '../handling';
import type { PriceKey } from '../price-list';
import { takenInto, unitsTakenIn } from './parking-desks';
import { functionsThatMay } from './permitted';

const EXPORT = 'dynamodb:ExportTableToPointInTime';
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;
/** What the runtime's worker writes together. */
const MOST_EVENTS_OF_A_TRANSACTION = 10;
const HANDLERS: ReadonlySet<string> = new Set(['function', 'state-machine', 'api', 'pipe', 'endpoint']);

/** DynamoDB: write and read units, capacity, storage, point-in-time recovery. */
export const tables: Counter = {
  types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  sentTo: true,
  count(table, counting) {
    const bytes = counting.traffic.resource('itemBytes', table, 400, '400 bytes an item');
    const indexes = table.get('GlobalSecondaryIndexes').items().length;
    const replicas = Math.max(1, table.type === 'AWS::DynamoDB::GlobalTable' ? table.get('Replicas').items().length : 1);
    const writers = (counting.topology.graph.edgesTo.get(table.id) ?? []).filter((edge) => edge.role !== 'failure');
    const writes = [writtenFromOutside(table, counting), ...writers.map((edge) => written(edge, counting))];
    const items = writes.reduce((sum, write) => sum + write.items, 0);
    const units = chunks(bytes, WRITE_UNIT_BYTES) * (1 + indexes) * replicas;
    if (isProvisioned(table)) countCapacity(table, counting, indexes, replicas);
    else {
      for (const write of writes) countWrites(table, counting, write, units);
      countParked(table, counting, writers, units);
      countReads(table, counting, writers, bytes);
    }
    if (functionsThatMay(counting.topology.model, EXPORT, table).length > 0)
      counting.unpriced(table, 'exports to S3: each costs by the size of the table, which is not in a template');
    if (replicas > 1) counting.unpriced(table, 'transfer of replicated writes between Regions');
    const taken = takenInto(table, counting);
    if (taken && !isProvisioned(table))
      countTakenIn(table, counting, unitsTakenIn(taken, chunks(bytes, WRITE_UNIT_BYTES), (1 + indexes) * replicas));
    countStorage(table, counting, items + (taken?.handling.handled ?? 0), bytes, 1 + indexes, replicas);
  },
};

function countTakenIn(table: Resource, counting: Counting, { written, read, because }: ReturnType<typeof unitsTakenIn>) {
  counting.quantity(table, 'reads and writes', writeRequests(table), written, because);
  counting.quantity(table, 'reads and writes', readRequests(table), read, because);
}

interface Written {
  /** Items that lie in the table afterwards. */
  readonly items: number;
  /** Attempts that cost units, whether or not they change anything. */
  readonly attempts: number;
  readonly transactional: boolean;
}

function writtenFromOutside(table: Resource, counting: Counting): Written {
  const { events, copies } = counting.flows.entersAt(table.id);
  return { items: events, attempts: events + copies, transactional: false };
}

/**
 * Whoever tries to write pays for it, whether or not it stands: a transaction costs as much when it is cancelled. Handlers marked as idempotent write in a
 * transaction with their record, those of a batch together; when the record of one refuses it, the others are written again without it.
 */
function written(edge: Edge, counting: Counting): Written {
  const { events, copies } = counting.flows.edge(edge);
  const writer = counting.topology.graph.nodes.get(edge.from)!;
  if (writer.kind !== 'function') return { items: events, attempts: events + copies, transactional: false };
  const { handling, runs } = counting.flows.node(writer.id);
  const times = counting.flows.timesOver(edge);
  if (!writer.idempotent) return { items: events, attempts: handling.tried * times, transactional: false };
  const { done, tried, handled } = handling;
  const together = runs === 0 ? 1 : Math.min(MOST_EVENTS_OF_A_TRANSACTION, handled / runs);
  const again = tried === 0 ? 0 : done * shareBeside(together, (tried - done) / tried);
  return { items: events, attempts: (tried + again) * times, transactional: true };
}

function countWrites(table: Resource, counting: Counting, { attempts, transactional }: Written, units: number) {
  const each = transactional ? units * 2 : units;
  counting.quantity(
    table,
    'reads and writes',
    writeRequests(table),
    attempts * each,
    () => `${shown(attempts)} items written x ${each} write units${transactional ? ' in transactions' : ''}`,
  );
}

function countParked(table: Resource, counting: Counting, writers: readonly Edge[], units: number) {
  const each = counting.traffic.given('writesPerParked', table) ?? 0;
  const parked = writers.reduce((sum, edge) => sum + counting.flows.node(edge.from).handling.parked, 0);
  counting.quantity(
    table,
    'reads and writes',
    writeRequests(table),
    parked * each * units,
    () => `${shown(parked)} parked x ${each * units} write units`,
  );
}

function writeRequests(table: Resource): PriceKey {
  return isInfrequent(table) ? 'AmazonDynamoDB/IA-WriteRequestUnits' : 'AmazonDynamoDB/WriteRequestUnits';
}

function readRequests(table: Resource): PriceKey {
  return isInfrequent(table) ? 'AmazonDynamoDB/IA-ReadRequestUnits' : 'AmazonDynamoDB/ReadRequestUnits';
}

function countReads(table: Resource, counting: Counting, writers: readonly Edge[], bytes: number) {
  const each = counting.traffic.resource('readsPerEvent', table, 0, 'nothing is read from tables');
  const readers = writers.filter((edge) => HANDLERS.has(counting.topology.graph.nodes.get(edge.from)!.kind));
  const reads = readers.reduce((sum, edge) => sum + counting.flows.node(edge.from).handling.handled, 0) * each;
  const units = reads * chunks(bytes, READ_UNIT_BYTES);
  counting.quantity(table, 'reads and writes', readRequests(table), units, () => `${shown(reads)} strongly consistent reads`);
}

function isProvisioned(table: Resource): boolean {
  const mode = table.get('BillingMode');
  return mode.isAbsent || mode.canBe('PROVISIONED');
}

function isInfrequent(table: Resource): boolean {
  return table.get('TableClass').canBe('STANDARD_INFREQUENT_ACCESS');
}

function countCapacity(table: Resource, counting: Counting, indexes: number, replicas: number) {
  const throughputs = [
    table.get('ProvisionedThroughput'),
    ...table
      .get('GlobalSecondaryIndexes')
      .items()
      .map((index) => index.get('ProvisionedThroughput')),
  ];
  const sum = (name: string) => throughputs.reduce((all, one) => all + atLeast(one.get(name).number(0)), 0);
  const writes =
    sum('WriteCapacityUnits') ||
    atLeast(table.get('WriteProvisionedThroughputSettings', 'WriteCapacityAutoScalingSettings', 'MinCapacity').number(0)) *
      (1 + indexes) *
      replicas;
  const reads = sum('ReadCapacityUnits');
  if (writes + reads === 0) return counting.unpriced(table, 'provisioned capacity that the template does not tell');
  counting.quantity(
    table,
    'provisioned',
    isInfrequent(table) ? 'AmazonDynamoDB/IA-WriteCapacityUnit-Hrs' : 'AmazonDynamoDB/WriteCapacityUnit-Hrs',
    writes * HOURS_A_MONTH,
    () => `${writes} write units all month`,
  );
  counting.quantity(
    table,
    'provisioned',
    isInfrequent(table) ? 'AmazonDynamoDB/IA-ReadCapacityUnit-Hrs' : 'AmazonDynamoDB/ReadCapacityUnit-Hrs',
    reads * HOURS_A_MONTH,
    () => `${reads} read units all month`,
  );
}

function atLeast(count: number | 'unlimited' | 'unknown'): number {
  return typeof count === 'number' ? count : 0;
}

function countStorage(table: Resource, counting: Counting, items: number, bytes: number, copies: number, replicas: number) {
  const days = keptDays(table, counting);
  const stored = gigabytes(items * bytes * (copies * replicas) * (days / DAYS_A_MONTH));
  const because = () => `items of ${shown(days)} days x ${bytes} bytes${copies > 1 ? `, in the table and ${copies - 1} indexes` : ''}`;
  counting.quantity(
    table,
    'storage',
    isInfrequent(table) ? 'AmazonDynamoDB/IA-TimedStorage-ByteHrs' : 'AmazonDynamoDB/TimedStorage-ByteHrs',
    stored,
    because,
  );
  const recovery = [
    table.get('PointInTimeRecoverySpecification'),
    ...table
      .get('Replicas')
      .items()
      .map((replica) => replica.get('PointInTimeRecoverySpecification')),
  ];
  if (recovery.some((one) => one.get('PointInTimeRecoveryEnabled').isTrue()))
    counting.quantity(table, 'storage', 'AmazonDynamoDB/TimedPITRStorage-ByteHrs', stored, () => `point-in-time recovery of ${because()}`);
}

function keptDays(table: Resource, counting: Counting): number {
  const given = counting.traffic.given('keptDays', table);
  if (given !== undefined) return given;
  const expires = table.get('TimeToLiveSpecification', 'Enabled').isTrue();
  return expires
    ? counting.traffic.assume(table.ref.logicalId, 'keptDays', 30, 'items expire; after how long is not in the template')
    : counting.traffic.assume(
        table.ref.logicalId,
        'keptDays',
        365,
        'items without expiry stay: storage after a year, every event adding an item',
      );
}

export const streams: Counter = {
  types: ['AWS::Kinesis::Stream'],
  sentTo: true,
  count(stream, counting) {
    const { events, copies, bytes } = counting.flows.node(stream.id);
    const records = events + copies;
    const extended = stream.get('RetentionPeriodHours').number(24);
    if (extended === 'unknown' || (typeof extended === 'number' && extended > 24)) counting.unpriced(stream, 'retention above 24 hours');
    if (stream.get('StreamModeDetails', 'StreamMode').canBe('ON_DEMAND')) {
      const ingested = gigabytes(records * (chunks(bytes, 1024) * 1024));
      counting.quantity(stream, 'always on', 'AmazonKinesis/OnDemand-StreamHour', HOURS_A_MONTH, () => 'one stream on demand all month');
      counting.quantity(stream, 'transfer', 'AmazonKinesis/OnDemand-BilledIncomingBytes', ingested, () => `${shown(records)} records in`);
      const readers = (counting.topology.graph.edgesFrom.get(stream.id) ?? []).length;
      counting.quantity(stream, 'transfer', 'AmazonKinesis/OnDemand-BilledOutgoingBytes', ingested * readers, () => `${readers} readers`);
    } else {
      const shards = stream.get('ShardCount').number(1);
      if (typeof shards !== 'number') return counting.unpriced(stream, 'shards that the template does not tell');
      counting.quantity(stream, 'always on', 'AmazonKinesis/Storage-ShardHour', shards * HOURS_A_MONTH, () => `${shards} shards all month`);
      const units = records * chunks(bytes, 25 * 1024);
      counting.quantity(stream, 'requests', 'AmazonKinesis/PutRequestPayloadUnits', units, () => `${shown(units)} units of 25 KB`);
    }
  },
};

export const deliveryStreams: Counter = {
  types: ['AWS::KinesisFirehose::DeliveryStream'],
  sentTo: true,
  count(stream, counting) {
    const { events, copies, bytes } = counting.flows.node(stream.id);
    const billed = gigabytes(chunks(bytes, 5 * 1024) * 5 * 1024 * (events + copies));
    counting.quantity(
      stream,
      'transfer',
      'AmazonKinesisFirehose/BilledBytes',
      billed,
      () => `${shown(events + copies)} records in units of 5 KB`,
    );
  },
};
