import type { SQSRecord } from 'aws-lambda';

export interface Payment {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
  /** `throws`: its handler fails for good. `refused`: the condition of its write is not met. */
  readonly poison?: 'throws' | 'refused';
}

/** Which deliveries repeat an event that had its effect in an earlier batch, and which can't succeed. */
export interface LoadShape {
  readonly name: string;
  /** Every so many deliveries is a duplicate, so that each batch has its share. @default none */
  readonly duplicateEach?: number;
  /** Every so many deliveries is poison, both kinds in turn. @default none */
  readonly poisonEach?: number;
}

export const LOADS: readonly LoadShape[] = [
  { name: 'no duplicates' },
  { name: '20 % duplicates, 1 % poison', duplicateEach: 5, poisonEach: 100 },
];

export const BATCH = 10;

export interface Load {
  /** Delivered before it is measured: what the first duplicates repeat. */
  readonly before: ReadonlyArray<readonly SQSRecord[]>;
  readonly batches: ReadonlyArray<readonly SQSRecord[]>;
  readonly deliveries: number;
  /** Events that have an effect in the end, those of `before` included. */
  readonly effects: number;
}

/** What a duplicate repeats is so many events back: no longer in the works, where a copy costs nothing or is a conflict. */
const BACK = 50;

export function makeLoad({ duplicateEach, poisonEach }: LoadShape, batches: number): Load {
  const repeatable = Array.from({ length: BACK }, (_, index) => payment(index));
  const accepted = duplicateEach === undefined ? [] : [...repeatable];
  const events = Array.from({ length: batches * BATCH }, (_, index) => {
    if (isEach(index, poisonEach)) {
      return { ...payment(BACK + index), poison: index % (2 * poisonEach!) < poisonEach! ? ('throws' as const) : ('refused' as const) };
    }
    if (isEach(index, duplicateEach)) return accepted[accepted.length - BACK]!;
    const event = payment(BACK + index);
    accepted.push(event);
    return event;
  });
  return {
    before: duplicateEach === undefined ? [] : inBatches(repeatable.map(record)),
    batches: inBatches(events.map((event, index) => record(event, BACK + index))),
    deliveries: events.length,
    effects: accepted.length,
  };
}

function isEach(index: number, each: number | undefined): boolean {
  return each !== undefined && index % each === each - 1;
}

function inBatches(records: readonly SQSRecord[]): SQSRecord[][] {
  return Array.from({ length: records.length / BATCH }, (_, batch) => records.slice(batch * BATCH, (batch + 1) * BATCH));
}

function payment(index: number): Payment {
  return { id: `payment-${index}`, account: `account-${index % 7}`, amount: 100 + index };
}

function record(event: Payment, index: number): SQSRecord {
  return {
    messageId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    receiptHandle: `handle-${index}`,
    body: JSON.stringify(event),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1790000000000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1790000000000',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:payments',
    awsRegion: 'us-east-1',
  };
}
