import type { CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type AuditEntry, type ParkedState, ParkingKey } from '../../blocks/parking-contract';
import { auditKey, groupKey, type ItemKey, indexPartition, jobKey, type MessageItem, messageKey, toItem } from './items';

/** A condition with what stands in it: names as they are stored, each used as `#name`, and values used as `:name`. */
export interface Change {
  /** Attributes to be set. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** What is added to numbers: a name, or `counts.sent`. */
  readonly add?: Readonly<Record<string, number>>;
  /** Attributes with the value they must have; undefined for one that must be missing. */
  readonly given?: Readonly<Record<string, unknown>>;
  /** States of which the item must have one. */
  readonly states?: readonly string[];
}

/** An item that exists is changed, where all that is given holds; else the refusal tells what it is instead. */
export function update(
  tableName: string,
  itemKey: ItemKey,
  { set = {}, remove = [], add = {}, given = {}, states = [] }: Change,
): TransactWriteItem {
  const names: Record<string, string> = { '#pk': ParkingKey.PARTITION };
  const values: Record<string, unknown> = {};
  const path = (name: string) =>
    name
      .split('.')
      .map((part) => {
        names[`#${part}`] = part;
        return `#${part}`;
      })
      .join('.');
  const value = (prefix: string, name: string, held: unknown) => {
    const placeholder = `:${prefix}${name.replace('.', '')}`;
    values[placeholder] = held;
    return placeholder;
  };
  const sets = [
    ...Object.entries(set).map(([name, next]) => `${path(name)} = ${value('set', name, next)}`),
    ...Object.entries(add).map(([name, count]) => `${path(name)} = ${path(name)} + ${value('add', name, count)}`),
  ];
  const conditions = [
    'attribute_exists(#pk)',
    ...Object.entries(given).map(([name, held]) =>
      held === undefined ? `attribute_not_exists(${path(name)})` : `${path(name)} = ${value('given', name, held)}`,
    ),
    ...(states.length === 0 ? [] : [`(${states.map((state) => `${path('state')} = ${value('is', state, state)}`).join(' OR ')})`]),
  ];
  return {
    Update: {
      TableName: tableName,
      Key: itemKey,
      UpdateExpression: [
        ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
        ...(remove.length === 0 ? [] : [`REMOVE ${remove.map(path).join(', ')}`]),
      ].join(' '),
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: names,
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** A message goes from one state to the next; refused when it is no longer in it, or another job has it. */
export function moveMessage(
  tableName: string,
  message: Pick<MessageItem, 'id' | 'group'>,
  from: ParkedState,
  to: ParkedState,
  { set = {}, ...more }: Change = {},
): TransactWriteItem {
  const moved = { ...set, state: to, [ParkingKey.INDEX_PARTITION]: indexPartition(message.group, to) };
  return update(tableName, messageKey(message.id), { ...more, set: moved, given: { ...more.given, state: from } });
}

/** The group's counts follow its messages, in the same transaction. */
export function countMoved(tableName: string, group: string, from: ParkedState, to: ParkedState, messages: number): TransactWriteItem {
  return update(tableName, groupKey(group), { add: { [`counts.${from}`]: -messages, [`counts.${to}`]: messages } });
}

export function changeJob(tableName: string, job: string, change: Change): TransactWriteItem {
  return update(tableName, jobKey(job), change);
}

/** What a person did, written together with what it changed. */
export function auditPut(tableName: string, entry: AuditEntry, unique: string): TransactWriteItem {
  return { Put: { TableName: tableName, Item: toItem(auditKey(entry.at, unique), entry) } };
}

/** Which items of a transaction were refused by their conditions. */
export function refusedItems(reasons: readonly CancellationReason[]): number[] {
  return reasons.flatMap(({ Code }, index) => (Code === 'ConditionalCheckFailed' ? [index] : []));
}
