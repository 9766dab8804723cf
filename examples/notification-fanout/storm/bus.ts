import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { StormTarget } from '../../../lib/operate/storm/contract';
import type { Publication } from './events';

/** Of one call of PutEvents: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const AT_ONCE = 10;
/** The same in every copy. */
const OCCURRED_AT = '2026-11-21T12:00:00.000Z';

/** What SES tells of a message: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
export interface Feedback {
  readonly kind: 'Bounce' | 'Complaint';
  readonly address: string;
  readonly messageId: string;
  /** Tags of the message. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** A message that its recipient did something with. */
export interface EngagedWith {
  readonly recipient: string;
  readonly event: string;
  readonly channel: string;
}

/** The event bus, as shop, SES and app put events on it. */
export class Bus {
  readonly #client: EventBridgeClient;
  readonly #sqs: SQSClient;
  readonly #feedbackQueue: string | undefined;

  constructor({ clientConfig, outputs }: StormTarget) {
    this.#client = new EventBridgeClient({ ...clientConfig });
    this.#sqs = new SQSClient({ ...clientConfig });
    this.#feedbackQueue = outputs.FeedbackQueue;
  }

  close(): void {
    for (const client of [this.#client, this.#sqs]) client.destroy();
  }

  async publish(events: readonly Publication[]): Promise<void> {
    await this.#put(
      events.map(({ id, name, data }) => ({
        Source: 'shop',
        DetailType: name,
        Detail: JSON.stringify({
          metadata: { eventId: id, contract: name, version: 1, correlationId: `of-${id}`, occurredAt: OCCURRED_AT },
          data,
        }),
      })),
    );
  }

  /** Nobody but AWS may put events of SES on a bus: they are put where the rule would have put them. */
  async tellFeedback(all: readonly Feedback[], at: number): Promise<void> {
    const timestamp = new Date(at).toISOString();
    for (const { kind, address, messageId, tags } of all) {
      const event = {
        ...{ version: '0', id: messageId, account: '000000000000', time: timestamp, region: 'us-east-1', resources: [], source: 'aws.ses' },
        'detail-type': kind === 'Bounce' ? 'Email Bounced' : 'Email Complaint Received',
        detail: {
          eventType: kind,
          mail: { timestamp, messageId, destination: [address], tags },
          ...(kind === 'Bounce'
            ? { bounce: { bounceType: 'Permanent', bounceSubType: 'General', timestamp, bouncedRecipients: [{ emailAddress: address }] } }
            : { complaint: { timestamp, complaintFeedbackType: 'abuse', complainedRecipients: [{ emailAddress: address }] } }),
        },
      };
      await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#feedbackQueue, MessageBody: JSON.stringify(event) }));
    }
  }

  async tellEngagements(all: readonly EngagedWith[], at: number): Promise<void> {
    await this.#put(
      all.map(({ recipient, event, channel }) => ({
        Source: 'cdk-breakwater.notifications',
        DetailType: 'NotificationEngaged',
        Detail: JSON.stringify({
          metadata: { eventId: `engaged-${event}-${recipient}`, contract: 'NotificationEngaged', version: 1 },
          data: { recipient, event, channel, engagement: 'opened', at: new Date(at).toISOString() },
        }),
      })),
    );
  }

  async #put(entries: readonly PutEventsRequestEntry[]): Promise<void> {
    for (let first = 0; first < entries.length; first += AT_ONCE) {
      const { FailedEntryCount, Entries } = await this.#client.send(
        new PutEventsCommand({ Entries: entries.slice(first, first + AT_ONCE) }),
      );
      if (FailedEntryCount) throw new Error(`the bus refused ${FailedEntryCount} events: ${JSON.stringify(Entries)}`);
    }
  }
}
