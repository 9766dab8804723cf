import type { StoredEvent, StoredSegment } from '../../../runtime/notifications/store/items';
import { readSegment } from '../../../runtime/notifications/store/items';
import { eventKey, PARTITION_KEY, SORT_KEY, segmentKey } from '../../../runtime/notifications/store/keys';
import type { PlanDependencies } from './plan-dependencies';

/** Notes that a segment is planned to its end; the last one ends the event. @param cursor where its last page began */
export async function segmentIsDone(
  { occurrence, segments }: StoredEvent,
  { id, done }: StoredSegment,
  cursor: string | undefined,
  { store }: Pick<PlanDependencies, 'store'>,
): Promise<void> {
  if (!done)
    await store.update({
      TableName: store.tableName,
      Key: segmentKey(occurrence, id),
      UpdateExpression: cursor === undefined ? 'SET #done = :yes' : 'SET #done = :yes, #cursor = :cursor',
      ConditionExpression: 'attribute_exists(#id)',
      ExpressionAttributeNames: { '#done': 'done', '#id': 'id', ...(cursor !== undefined && { '#cursor': 'cursor' }) },
      ExpressionAttributeValues: { ':yes': true, ...(cursor !== undefined && { ':cursor': cursor }) },
    });
  if (segments > 1 && !(await allAreDone(occurrence, store))) return;
  await store.update({
    TableName: store.tableName,
    Key: eventKey(occurrence),
    UpdateExpression: 'SET #state = :done',
    ConditionExpression: '#state = :running',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':done': 'done', ':running': 'running' },
  });
}

/** Each segment is noted before it asks, so the last one finds all. */
async function allAreDone(occurrence: string, store: PlanDependencies['store']): Promise<boolean> {
  const [before, partition] = [segmentKey(occurrence, '')[SORT_KEY], eventKey(occurrence)[PARTITION_KEY]];
  return (await store.rest(partition, before)).every((item) => readSegment(item).done === true);
}
