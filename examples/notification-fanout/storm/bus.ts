import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
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

  constructor({ clientConfig }: StormTarget) {
    this.#client = new EventBridgeClient({ ...clientConfig });
  }

  close(): void {
    this.#client.destroy();
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

  async tellFeedback(all: readonly Feedback[], at: number): Promise<void> {
    const timestamp = new Date(at).toISOString();
    await this.#put(
      all.map(({ kind, address, messageId, tags }) => ({
        Source: 'aws.ses',
        DetailType: kind === 'Bounce' ? 'Email Bounced' : 'Email Complaint Received',
        Detail: JSON.stringify({
          eventType: kind,
          mail: { timestamp, messageId, destination: [address], tags },
          ...(kind === 'Bounce'
            ? { bounce: { bounceType: 'Permanent', bounceSubType: 'General', timestamp, bouncedRecipients: [{ emailAddress: address }] } }
            : { complaint: { timestamp, complaintFeedbackType: 'abuse', complainedRecipients: [{ emailAddress: address }] } }),
        }),
      })),
    );
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
