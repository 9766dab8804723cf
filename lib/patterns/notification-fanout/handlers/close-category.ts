import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Recipient } from '../../../notification-rules/records';
import type { Unsubscription } from '../../../runtime/channels/unsubscribe-token';
import type { Clock } from '../../../runtime/clock';
import { readProfile } from '../../../runtime/notifications/store/items';
import { profileKey } from '../../../runtime/notifications/store/keys';

const TRIES = 10;

/** Closes a category on a channel for a recipient. @returns whether there is such a recipient */
export async function closeCategory(
  { recipient: id, channel, category }: Unsubscription,
  tableName: string,
  { dynamoDb, clock }: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly clock: Clock },
): Promise<boolean> {
  const Key = marshall(profileKey(id));
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
    if (Item === undefined) return false;
    const { recipient, revision } = readProfile(Item);
    const profile = JSON.stringify({ ...recipient, preferences: closed(recipient.preferences, channel, category) });
    try {
      await dynamoDb.send(
        new UpdateItemCommand({
          ...{ TableName: tableName, Key },
          UpdateExpression: 'SET #profile = :profile, #revision = :next',
          ConditionExpression: '#revision = :revision',
          ExpressionAttributeNames: { '#profile': 'profile', '#revision': 'revision' },
          ExpressionAttributeValues: marshall({ ':profile': profile, ':revision': revision, ':next': Math.max(revision + 1, clock.now()) }),
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
  throw new Error('the recipient is changed by others all the time');
}

function closed(preferences: Recipient['preferences'] = {}, channel: string, category: string): Recipient['preferences'] {
  const said = preferences.categories?.[category];
  const { enabled, channels } = typeof said === 'object' ? said : { enabled: said };
  const closing = { ...(enabled !== undefined && { enabled }), channels: { ...channels, [channel]: false } };
  return { ...preferences, categories: { ...preferences.categories, [category]: closing } };
}
