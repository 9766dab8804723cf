import { isRecord } from '../../topology/record';

/** What a request asks of one table, queue, bucket or secret. A service bills these, not requests. */
export interface RequestedUnits {
  /** Name, URL or ARN, as the request says it. */
  readonly resource: string;
  /** Items, messages, events, objects or values. */
  readonly units: number;
}

/** Where a request names one resource, and the list of what it asks of it; without a list it asks one thing. */
const ONE_RESOURCE: ReadonlyArray<{ readonly field: string; readonly list?: string }> = [
  { field: 'TableName' },
  { field: 'QueueUrl', list: 'Entries' },
  { field: 'TopicArn', list: 'PublishBatchRequestEntries' },
  { field: 'SecretId' },
];

/** Counts what a signed request to AWS asks for, by resource. Empty for a request that names none. */
export function unitsOf(operation: string, path: string, body: Buffer): readonly RequestedUnits[] {
  if (operation.startsWith('s3:')) return bucketOf(path);
  const request = parse(body);
  if (request === undefined) return [];
  const { TransactItems: transaction, RequestItems: batch } = request;
  if (Array.isArray(transaction)) return sums(transaction.map((item) => [tableOf(item), 1]));
  if (isRecord(batch)) return sums(Object.entries(batch).map(([table, items]) => [table, Array.isArray(items) ? items.length : 1]));
  for (const { field, list } of ONE_RESOURCE) {
    const resource = request[field];
    const entries = list === undefined ? undefined : request[list];
    if (typeof resource === 'string') return [{ resource, units: Array.isArray(entries) ? entries.length : 1 }];
  }
  return [];
}

function bucketOf(path: string): readonly RequestedUnits[] {
  const bucket = path.split(/[/?]/, 2)[1];
  return bucket ? [{ resource: bucket, units: 1 }] : [];
}

/** Each item of a transaction is one operation on one table. */
function tableOf(item: unknown): string {
  const operation = isRecord(item) ? Object.values(item).find(isRecord) : undefined;
  return String(operation?.TableName);
}

function sums(parts: ReadonlyArray<readonly [resource: string, units: number]>): readonly RequestedUnits[] {
  const all = new Map<string, number>();
  for (const [resource, units] of parts) all.set(resource, (all.get(resource) ?? 0) + units);
  return [...all].map(([resource, units]) => ({ resource, units }));
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
