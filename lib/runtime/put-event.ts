import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

/**
 * Puts one event on the default bus of the account.
 *
 * AWS action on the bus: `events:PutEvents`.
 *
 * @throws Error named as the bus names its reason when it refuses the event
 */
export async function putEvent(
  source: string,
  detailType: string,
  detail: object,
  eventBridge: Pick<EventBridgeClient, 'send'>,
): Promise<void> {
  const entry = { Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
  const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  const { ErrorCode, ErrorMessage } = Entries[0] ?? { ErrorCode: 'NoAnswer' };
  if (ErrorCode !== undefined)
    throw Object.assign(new Error(`the event "${detailType}" was refused: ${ErrorMessage}`), { name: ErrorCode });
}
