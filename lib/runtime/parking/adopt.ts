import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { JobStepAnswer, ParkingLotSettings } from '../../blocks/parking-contract';
import { finish } from './end-job';
import { type HeldJob, heldChange } from './held-job';
import type { JobItem } from './items';
import type { JobDependencies } from './job';
import { advance, readHeld } from './progress';
import { ACTIVE } from './steer';
import { atOnce, ended } from './waits';

export interface Adopting {
  readonly sqs: Pick<SQSClient, 'send'>;
  /**
   * Takes messages of a parking lot into the store, as the intake does.
   *
   * @returns SQS message ids of those that are not in it
   */
  readonly takeIn: (messages: readonly Message[], lot: ParkingLotSettings, deadline: number) => Promise<readonly string[]>;
}

/** What ReceiveMessage gives. */
const MOST_MESSAGES = 10;
const LONG_POLL_SECONDS = 2;
/** Longer than a step: what it has received is nobody else's meanwhile. */
const VISIBILITY_SECONDS = 90;
/** One answer without messages says little: a queue asks only some of its servers when it has few messages. */
const EMPTY_RECEIVES = 3;

/** Reads a queue that is not this package's own until it is empty. A message is deleted there once it is in the store; one that is received again is known by its id. */
export async function adopt(begun: JobItem, held: HeldJob, dependencies: JobDependencies): Promise<JobStepAnswer> {
  const { settings, store, sqs, clock, takeIn, telemetry } = dependencies;
  const lot = settings.lots.find(({ arn }) => arn === begun.lot);
  if (lot === undefined) throw new Error(`the queue ${begun.lot} is none of this desk's any more`);
  let received = 0;
  let failed = 0;
  for (let empty = 0; empty < EMPTY_RECEIVES; ) {
    const job = await readHeld(held, store);
    if (!ACTIVE.includes(job.state)) return ended;
    if (job.state === 'planned') await advance('running', job, held, store);
    if (clock.now() >= held.deadline) return atOnce;
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: lot.url,
        MaxNumberOfMessages: MOST_MESSAGES,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    received += messages.length;
    empty = messages.length === 0 ? empty + 1 : 0;
    if (messages.length === 0) continue;
    const left = new Set(await takeIn(messages, lot, held.deadline));
    const taken = messages.filter(({ MessageId }) => !left.has(MessageId!));
    failed += left.size;
    if (taken.length === 0) continue;
    const Entries = taken.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: lot.url, Entries }));
    await store.write([heldChange(held, store, { add: { 'counts.taken': taken.length } })]);
  }
  if (failed > 0) telemetry.logger.error('messages of an adopted queue could not be taken in', { job: begun.id, queue: lot.arn, failed });
  // What this step could not take in, or a killed one had received, is seen again by then. So the queue is looked at once more.
  if (begun.state !== 'waiting' || received > 0) {
    await advance('waiting', await readHeld(held, store), held, store);
    return { next: 'again', waitSeconds: VISIBILITY_SECONDS };
  }
  await finish(begun, held, dependencies);
  return ended;
}
