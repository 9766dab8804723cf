import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredItem } from './attribute-values';
import { validationException } from './exceptions';
import { type Condition, parseCondition, UnknownExpressionError } from './expression-parser';
import { Expressions, type Placeholders } from './expressions';
import type { Table } from './table';

export interface QueryParameters extends Placeholders {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: StoredItem;
  readonly ScanIndexForward?: boolean;
  readonly ConsistentRead?: boolean;
}

export interface Page {
  readonly Items: readonly StoredItem[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: StoredItem;
}

const KNOWN = new Set(
  'TableName IndexName KeyConditionExpression ExpressionAttributeNames ExpressionAttributeValues Limit ExclusiveStartKey ScanIndexForward ConsistentRead'.split(
    ' ',
  ),
);

/** One page of a table or of an index, which holds the items that have its keys. @throws ValidationException */
export function query(table: Table, parameters: QueryParameters): Page {
  for (const name of Object.keys(parameters))
    if (!KNOWN.has(name)) throw new UnknownExpressionError(`the in-memory table queries without ${name}`);
  const { IndexName, KeyConditionExpression = '', Limit, ExclusiveStartKey: start, ScanIndexForward = true } = parameters;
  const names = IndexName === undefined ? table.keyNames : table.index(IndexName);
  if (IndexName !== undefined && parameters.ConsistentRead) {
    throw validationException('Consistent reads are not supported on global secondary indexes');
  }
  const expressions = new Expressions(KeyConditionExpression, parameters);
  const condition = parseCondition(KeyConditionExpression);
  checkKeys(condition, names, expressions);

  const positions = [...new Set([...names, ...table.keyNames])];
  const found = [...table.items.values()]
    .filter((item) => names.every((name) => item[name] !== undefined) && expressions.holds(condition, item))
    .sort((left, right) => (ScanIndexForward ? 1 : -1) * order(left, right, positions));
  const rest = start === undefined ? found : found.filter((item) => (ScanIndexForward ? 1 : -1) * order(item, start, positions) > 0);
  const Items = rest.slice(0, Limit);
  const last = Limit !== undefined && Items.length === Limit ? Items.at(-1) : undefined;
  const key = last && Object.fromEntries(positions.map((name) => [name, last[name]!]));
  return { Items, Count: Items.length, ScannedCount: Items.length, ...(key && { LastEvaluatedKey: key }) };
}

function order(left: StoredItem, right: StoredItem, names: readonly string[]): number {
  for (const name of names) {
    const difference = Buffer.compare(bytes(left[name]), bytes(right[name]));
    if (difference !== 0) return difference;
  }
  return 0;
}

function bytes(value: AttributeValue | undefined): Buffer {
  return Buffer.from(value?.S ?? '');
}

/** The partition is given, and the sort key compared once at most. */
function checkKeys(condition: Condition, [partition, sort]: readonly string[], expressions: Expressions): void {
  const comparisons = condition.kind === 'and' ? condition.parts : [condition];
  const compared = comparisons.map((one) => {
    if (one.kind !== 'comparison' || !('name' in one.left))
      throw new UnknownExpressionError('the in-memory table knows comparisons of keys only');
    return { name: expressions.path(one.left.name).join('.'), comparator: one.comparator };
  });
  const ofPartition = compared.filter(({ name }) => name === partition);
  const ofSort = compared.filter(({ name }) => name === sort);
  const legal = ofPartition.length === 1 && ofPartition[0]!.comparator === '=' && ofSort.length <= 1 && ofSort[0]?.comparator !== '<>';
  if (!legal || ofPartition.length + ofSort.length < compared.length)
    throw validationException('Query condition missed key schema element');
}
