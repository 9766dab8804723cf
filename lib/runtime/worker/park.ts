import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ParkedReason } from '../../blocks/contract';
import type { Clock } from '../clock';
import { IdempotencyConflictError } from '../failures';
import { type EventIdentity, type Obstacle, parkedPut, type RecordTable, readObstacle } from '../idempotency/record';
import type { Delivery } from './delivery';
import { type ParkedCause, parkedAttributes } from './parked-attributes';
import { type Queues, sendToParkingLot } from './source-queue';

export interface ParkDependencies extends Queues {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: RecordTable;
  readonly clock: Clock;
  readonly functionName: string;
}

export type ParkOutcome =
  | { readonly kind: 'parked'; readonly reason: ParkedReason }
  /** The effect stands: nothing to decide for anybody. */
  | { readonly kind: 'duplicate' }
  /** No room for the cause: the queue's own redrive moves the message once its receives are spent. */
  | { readonly kind: 'left' };

/**
 * Parks a message: first its record says so, then the message goes to the parking lot.
 *
 * That order closes the event for every delivery that is still running somewhere, so that a parked event has no effect. A crash between the two
 * leaves the message on the queue, and its next delivery is parked beside the record.
 *
 * @throws what the table or the queue threw: nothing is lost, the message is still on the queue
 */
export async function park(delivery: Delivery, reason: ParkedReason, error: unknown, dependencies: ParkDependencies): Promise<ParkOutcome> {
  const { clock, functionName } = dependencies;
  const { record, attempt, correlationId, key, traceId } = delivery;
  const parkedAt = new Date(clock.now()).toISOString();
  let cause: ParkedCause = { reason, error, attempt, parkedAt, correlationId, handler: functionName, key, traceId };
  if (parkedAttributes(record, cause) === undefined) return { kind: 'left' };

  const { identity } = delivery;
  const obstacle = identity && (await closeRecord(identity, { parkedAt, reason }, dependencies));
  if (obstacle?.kind === 'duplicate') return obstacle;
  if (obstacle?.kind === 'parked') cause = { ...cause, parkedAt: obstacle.parkedAt };
  if (obstacle?.kind === 'conflict' || (obstacle?.kind === 'parked' && obstacle.conflicting)) {
    cause = { ...cause, reason: ParkedReason.CONFLICT, error: new IdempotencyConflictError(CONFLICT) };
  }
  // Only the texts changed, and none became longer than what its attribute is cut to.
  const attributes = parkedAttributes(record, cause) ?? {};
  await sendToParkingLot(dependencies, record, attributes, `${record.messageId}-${cause.parkedAt}`);
  return { kind: 'parked', reason: cause.reason };
}

export const CONFLICT = 'an event with this idempotency key was seen before with another payload';

async function closeRecord(
  identity: EventIdentity,
  parked: { readonly parkedAt: string; readonly reason: ParkedReason },
  { dynamoDb, table, clock }: ParkDependencies,
): Promise<Obstacle | undefined> {
  try {
    await dynamoDb.send(new PutItemCommand(parkedPut(table, identity, parked, clock.now())));
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return readObstacle(error.Item, identity);
  }
}
