import type { Lane } from '../../blocks/fanout-contract';
import { PermanentError } from '../failures';

/** What the template's files of a channel were rendered to, by file: `<channel>.subject.txt`, `<channel>.title.txt`, `<channel>.txt`, `<channel>.html`. A file that isn't there is no field. */
export interface Content {
  /** Of e-mails. */
  readonly subject?: string;
  /** Of push notifications. */
  readonly title?: string;
  readonly text?: string;
  /** Variables in it are escaped. */
  readonly html?: string;
}

/** Who is told, without addresses: that of the channel is given apart. */
export interface ChannelRecipient {
  readonly id: string;
  /** IANA name. */
  readonly timezone?: string;
  /** As it was put into the recipient store. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** One message, ready to go out. */
export interface OutgoingMessage {
  readonly channel: string;
  readonly recipient: ChannelRecipient;
  /** Of the recipient on this channel; the recipient's id where the channel needs none. Personal: never log it. */
  readonly address: string;
  readonly content: Content;
  /** What the content was rendered from: the rule's variables by name, `recipient`, `count` and `events`, `unsubscribeUrl`. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The same in every attempt, also after a redrive: hand it to a provider that takes one. A UUID. */
  readonly idempotencyKey: string;
  /** Id of the rule that told the recipient. */
  readonly rule: string;
  /** The rule's category. */
  readonly category: string;
  readonly lane: Lane;
  /** Occurrence of the event, or of the digest: with recipient and channel it names the delivery. */
  readonly occurrence: string;
  /** Ids of the events it tells of: one, or those of a digest. */
  readonly events: readonly string[];
  /** Where a POST unsubscribes the recipient at once, and a GET asks. @default - the channel has no such links */
  readonly unsubscribeUrl?: string;
}

export interface SentMessage {
  /** What the provider calls the message; kept with the delivery. */
  readonly id?: string;
}

/**
 * Sends one message, and is the whole of a channel's own code.
 *
 * What it returns or throws is what becomes of the message:
 *
 * | it | means | the message |
 * |-|-|-|
 * | returns | the provider took it | `sent` |
 * | throws `RefusedError` | the provider will never take it: its content, or its address | `failed`, not parked |
 * | throws `RetryAfterError` | not now; nothing was sent | goes to the next provider; without one, it is retried then, inside the budget |
 * | throws `NotSentError` | surely nothing was sent | goes to the next provider; without one, it is retried |
 * | throws `PermanentError` | a fault of ours that no retry mends; nothing was sent | parked, stays `queued` |
 * | throws what has `status` or `$metadata.httpStatusCode` from 400 to 499, but 408 and 409; or could not connect | nothing was sent | as `NotSentError` |
 * | throws anything else, or takes too long | nobody knows | as the channel's `unknownOutcome` says |
 */
export type ChannelAdapter = (message: OutgoingMessage) => Promise<SentMessage | undefined> | Promise<void>;

export interface RefusedOptions extends ErrorOptions {
  /** Whether nothing more is to be sent to this address on this channel: it is gone, or its owner wants nothing. @default false */
  readonly suppress?: boolean;
}

/** Throw it in a channel's `send` when the provider refused this message for good: for its content, or for its address. The delivery is `failed`, with this reason. */
export class RefusedError extends PermanentError {
  override readonly name = 'RefusedError';
  readonly suppress: boolean;

  /** @param reason a short word that stays the same, a colon, and details; kept with the delivery and told in its event. Never the address, never content */
  constructor(reason: string, { suppress = false, ...options }: RefusedOptions = {}) {
    super(reason, options);
    this.suppress = suppress;
  }
}

/** Throw it in a channel's `send` when surely nothing was sent and another attempt, or another provider, may do better. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  readonly nothingHappened = true;
}
