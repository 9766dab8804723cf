import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdempotencyAttribute } from '../../blocks/contract';
import type { ParkedState, ParkingLotSettings } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import { RecordStatus } from '../idempotency/record';
import { changeJob, countMoved, moveMessage, refusedItems } from './changes';
import { indexPartition, type MessageItem } from './items';
import { recordsOf, visibleTable } from './records';
import type { ParkingStore } from './store';

export interface Ends {
  /** When the last one of those was sent that have no end yet, in milliseconds since the epoch. */
  readonly newest?: number;
  /** Messages of this job that should have an end by now. */
  readonly overdue: number;
}

interface Seeing {
  readonly store: ParkingStore;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly clock: Clock;
  readonly lots: readonly ParkingLotSettings[];
}

const PAGE = 100;
/** Items of one transaction, with group and job: far below its limit, so that what meets other traffic is little. */
const TOGETHER = 25;
/** Where so many pages hold no end, the ones behind them, which were sent later, rarely do. */
const MOST_FRUITLESS_PAGES = 5;
/** No queue keeps a message longer. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
const LONGEST_IN_QUEUE_MILLISECONDS = 14 * 24 * 60 * 60 * 1000;

const COUNTED = { done: 'counts.done', handed_over: 'counts.handedOver' } as const;
type End = keyof typeof COUNTED;

/** Notes the ends of what was sent of a group, by whatever job: the effect stands, or nobody can see whether it does. That a message came back is noted by the intake. */
export async function seeEnds(group: string, job: string, seeing: Seeing): Promise<Ends> {
  const { store, dynamoDb, clock, lots } = seeing;
  let newest: number | undefined;
  let overdue = 0;
  let from: string | undefined;
  let fruitless = 0;
  do {
    const page = await store.messagesIn(indexPartition(group, 'sent'), { limit: PAGE, from });
    const sent = page.found.filter(({ state }) => state === 'sent');
    const records = await recordsOf(sent, lots, dynamoDb);
    const ended = new Map<string, MessageItem[]>();
    for (const message of sent) {
      const settledWithin = (lots.find(({ arn }) => arn === message.lot)?.settledWithinSeconds ?? 0) * 1000;
      const sentAt = Date.parse(message.sentAt!);
      const late = clock.now() - sentAt > settledWithin;
      const end = endOf(message, records.get(message.id), late, clock.now() - sentAt, lots);
      if (end !== undefined) {
        const key = `${message.job} ${end}`;
        ended.set(key, [...(ended.get(key) ?? []), message]);
        continue;
      }
      newest = Math.max(newest ?? 0, sentAt);
      if (late && message.job === job) overdue++;
    }
    for (const [key, messages] of ended) {
      const [ofJob, end] = key.split(' ') as [string, End];
      for (let index = 0; index < messages.length; index += TOGETHER) {
        await note(messages.slice(index, index + TOGETHER), group, ofJob, end, store);
      }
    }
    from = page.next;
    fruitless = ended.size === 0 ? fruitless + 1 : 0;
  } while (from !== undefined && fruitless < MOST_FRUITLESS_PAGES);
  return { overdue, ...(newest !== undefined && { newest }) };
}

function endOf(
  message: MessageItem,
  record: Readonly<Record<string, AttributeValue>> | undefined,
  late: boolean,
  age: number,
  lots: readonly ParkingLotSettings[],
): End | undefined {
  if (visibleTable(message, lots) === undefined) return late ? 'handed_over' : undefined;
  // The effect of another event under the same key is none of this one: it comes back as a conflict.
  const stands =
    record?.[IdempotencyAttribute.STATUS]?.S === RecordStatus.COMPLETED &&
    record[IdempotencyAttribute.PAYLOAD_HASH]?.S === message.payloadHash;
  if (stands) return 'done';
  return age > LONGEST_IN_QUEUE_MILLISECONDS ? 'handed_over' : undefined;
}

/** Those that were changed meanwhile, by another step or by the intake, are left out. */
async function note(messages: readonly MessageItem[], group: string, job: string, end: End, store: ParkingStore): Promise<void> {
  const { tableName } = store;
  const from: ParkedState = 'sent';
  for (let rest = messages; rest.length > 0; ) {
    const refused = await store.write([
      countMoved(tableName, group, from, end, rest.length),
      changeJob(tableName, job, { add: { [COUNTED[end]]: rest.length } }),
      ...rest.map((message) => moveMessage(tableName, message, from, end, { given: { job } })),
    ]);
    if (refused === undefined) return;
    const indexes = refusedItems(refused);
    if (indexes.some((index) => index < 2) || indexes.length === 0) throw new Error(`the group ${group} or the job ${job} is gone`);
    rest = rest.filter((_, index) => !indexes.includes(index + 2));
  }
}
