import type { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Channel } from './channel';

/** What is done with a message whose sending was begun and of which nobody knows whether it went out. */
export enum UnknownOutcome {
  /** It is parked, its delivery says `unknown`, and a person asks the provider: at most once, always. */
  PARK = 'park',
  /** It is sent again, under the same idempotency key: for providers that know it, and where twice is better than never. */
  SEND_AGAIN = 'sendAgain',
}

/** What every channel takes. */
export interface ChannelOptions {
  /**
   * Messages a second over all functions and both lanes, 0.1 to 10000. What is over it waits; bulk waits for transactional.
   *
   * @default - not limited; what the provider refuses for its pace is retried inside the budget
   */
  readonly ratePerSecond?: number;
  /**
   * Most functions at the same time in each lane, 2 to 1000: backpressure for the provider.
   *
   * @default 20
   */
  readonly maxConcurrency?: number;
  /**
   * What is done when the outcome of a call is not known.
   *
   * @default UnknownOutcome.PARK
   */
  readonly unknownOutcome?: UnknownOutcome;
  /**
   * Whether messages carry a link to unsubscribe, signed for recipient, channel and category (RFC 8058).
   *
   * @default - true for e-mail, false for others
   */
  readonly unsubscribe?: boolean;
}

/** Options of channels whose provider may be replaced by another one for a while. */
export interface ProviderChannelOptions extends ChannelOptions {
  /**
   * Channels of the same kind whose providers take over, in this order, while the ones before them do not work. Of each only its provider counts, not its other options.
   *
   * @default - none
   */
  readonly failover?: Channel[];
}

/** Options of e-mail by SES. */
export interface SesChannelOptions extends ProviderChannelOptions {
  /**
   * Address it comes from, also with a name before it: `Acme <news@acme.example>`.
   *
   * @default - the identity if it is an address, `notifications@` it if it is a domain
   */
  readonly from?: string;
  /**
   * Where answers go.
   *
   * @default - to the address it comes from
   */
  readonly replyTo?: string[];
}

/** Options of text messages by SNS. */
export interface SmsChannelOptions extends ProviderChannelOptions {
  /**
   * What the phone shows as sender, 1 to 11 letters and digits, in countries that have it.
   *
   * @default - a number of the account
   * @see https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
   */
  readonly senderId?: string;
}

/** Options of HTTP callbacks. */
export interface WebhookChannelOptions extends ProviderChannelOptions {
  /**
   * Secret with which requests are signed, as Standard Webhooks has it; a JSON array of several during a rotation.
   *
   * @default - not signed
   * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
   */
  readonly secret?: ISecret;
  /**
   * How long a receiver may take for its answer, whole seconds, 1 to 20.
   *
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
}
