import type { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { SamePayload } from './same-payload';

/** What every sender takes. */
export interface SenderOptions {
  /**
   * Further secrets that are valid at the same time: during a rotation the old beside the new one.
   *
   * @default - none
   */
  readonly additionalSecrets?: ISecret[];
  /**
   * How long the sender waits for an answer.
   *
   * @default - as documented for the sender
   */
  readonly answerDeadline?: Duration;
  /**
   * How long after an event the sender may deliver it again, by itself or by hand. Idempotency records are kept that much longer.
   *
   * @default - as documented for the sender
   */
  readonly retryHorizon?: Duration;
  /**
   * What a repetition must have in common with the first delivery of its event; else it is parked as a conflict. For senders that render a retry anew.
   *
   * @default SamePayload.bytes()
   */
  readonly samePayload?: SamePayload;
}

/** Options of senders that sign a timestamp. */
export interface TimestampedSenderOptions extends SenderOptions {
  /**
   * Allowed distance between the signed time and ours, in both directions.
   *
   * @default Duration.minutes(5)
   */
  readonly tolerance?: Duration;
}

/** Options of Square. */
export interface SquareSenderOptions extends SenderOptions {
  /**
   * URL as registered with the subscription; it is part of what is signed.
   *
   * @default - the URL of this sender at the construct's API. Give it when a domain of your own is in front.
   */
  readonly notificationUrl?: string;
}

/** Options of Twilio. */
export interface TwilioSenderOptions extends SenderOptions {
  /**
   * URL as Twilio calls it, query string included; it is part of what is signed.
   *
   * @default - the URL of this sender at the construct's API. Give it when a domain of your own is in front.
   */
  readonly url?: string;
}

/** Options of PayPal. */
export interface PayPalSenderOptions extends SenderOptions {
  /** Id of the webhook as PayPal shows it. Not a secret; it is part of what is signed. */
  readonly webhookId: string;
  /**
   * Exact host names a certificate may come from.
   *
   * @default - PayPal's API hosts
   */
  readonly allowedCertHosts?: string[];
}

/** Hash function of an HMAC. */
export enum HmacAlgorithm {
  /** HMAC-SHA-1, for senders that offer nothing better. */
  SHA1 = 'sha1',
  /** HMAC-SHA-256. */
  SHA256 = 'sha256',
  /** HMAC-SHA-512. */
  SHA512 = 'sha512',
}

/** How a signature is written. */
export enum SignatureEncoding {
  /** Hexadecimal. */
  HEX = 'hex',
  /** Base64, canonical, with padding. */
  BASE64 = 'base64',
}

/** Options of a sender which signs the raw body with an HMAC. */
export interface HmacSenderOptions extends SenderOptions {
  /** Name of the header that carries the signature. */
  readonly header: string;
  /**
   * Hash function.
   *
   * @default HmacAlgorithm.SHA256
   */
  readonly algorithm?: HmacAlgorithm;
  /**
   * How the signature is written.
   *
   * @default SignatureEncoding.HEX
   */
  readonly encoding?: SignatureEncoding;
  /**
   * Text in front of the signature, for example `sha256=`.
   *
   * @default - none
   */
  readonly signaturePrefix?: string;
  /**
   * Name of the header that carries the event id.
   *
   * @default - none
   */
  readonly idHeader?: string;
  /**
   * JSON pointer (RFC 6901) to the event id in the body, for example `/event/id`.
   *
   * @default - none
   */
  readonly idJsonPointer?: string;
}
