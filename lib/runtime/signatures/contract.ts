/** What a signature scheme takes and says. Every scheme is a pure function of this, so that the receive function and `breakwater verify` share it. */

export const PROVIDERS = [
  'stripe',
  'github',
  'shopify',
  'slack',
  'standardWebhooks',
  'square',
  'twilio',
  'adyen',
  'paypal',
  'hmac',
] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A request as it came in: raw bytes, headers in order and with repetitions. */
export interface SignedRequest {
  readonly method: string;
  /** Path with its query string. */
  readonly path: string;
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
}

/** What a scheme needs beyond secrets. Each scheme takes the fields named for it and refuses to start on a value out of range. */
export interface ProviderConfig {
  /** Allowed distance between the signed time and now, both directions, inclusive. @default 300; PayPal, which may send the same signed time for 3 days: 259500 into the past, 300 into the future */
  readonly toleranceSeconds?: number;
  /** Square: the URL as registered with the subscription. */
  readonly notificationUrl?: string;
  /** Twilio: the URL as Twilio calls it, query string included. */
  readonly url?: string;
  /** hmac. @default 'sha256' */
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512';
  /** hmac. @default 'hex' */
  readonly encoding?: 'hex' | 'base64';
  /** hmac: header which carries the signature. */
  readonly header?: string;
  /** hmac: text in front of the signature in its header, for example `sha256=`. @default '' */
  readonly signaturePrefix?: string;
  /** hmac: header which carries the event id. */
  readonly idHeader?: string;
  /** hmac: RFC 6901 pointer to the event id in a JSON body. */
  readonly idJsonPointer?: string;
  /** PayPal: id of the webhook subscription, part of what is signed. */
  readonly webhookId?: string;
  /** PayPal: exact host names a certificate may come from. @default PayPal's API hosts */
  readonly allowedCertHosts?: readonly string[];
  /** PayPal: PEM of the roots the certificate must chain to. @default the runtime's own roots */
  readonly trustedRootsPem?: string;
  /** PayPal: certificates by URL (PEM, leaf first), in place of a fetch. */
  readonly certificates?: Readonly<Record<string, string>>;
}

/** Why a request is refused. The first that applies, in the order of checks of the scheme. */
export const RejectionReason = {
  NO_SECRET: 'no_secret',
  MALFORMED_SECRET: 'malformed_secret',
  MISSING_SIGNATURE: 'missing_signature',
  DUPLICATED_HEADER: 'duplicated_header',
  MALFORMED_SIGNATURE: 'malformed_signature',
  MISSING_TIMESTAMP: 'missing_timestamp',
  MALFORMED_TIMESTAMP: 'malformed_timestamp',
  STALE_TIMESTAMP: 'stale_timestamp',
  FUTURE_TIMESTAMP: 'future_timestamp',
  MISSING_ID: 'missing_id',
  MALFORMED_ID: 'malformed_id',
  MALFORMED_BODY: 'malformed_body',
  SIGNATURE_MISMATCH: 'signature_mismatch',
  UNTRUSTED_CERTIFICATE: 'untrusted_certificate',
} as const;
export type RejectionReason = (typeof RejectionReason)[keyof typeof RejectionReason];

export interface VerificationInput {
  readonly provider: Provider;
  /** All secrets valid now; during a rotation two. A malformed one refuses the request, it is never skipped. */
  readonly secrets: readonly string[];
  readonly config: ProviderConfig;
  readonly nowEpochSeconds: number;
  readonly request: SignedRequest;
  /** PayPal: fetches a certificate whose URL was allowed. @default refuses, so that a verifier never reaches out unless told to */
  readonly fetchCertificate?: (url: string) => Promise<string>;
}

/** What the sender must be answered in place of an empty 200. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Verification =
  | {
      readonly accepted: true;
      /** Business event id to dedupe on. `sha256:<hex>` of the signed content when the provider's own id is missing. */
      readonly dedupeId: string;
      /** Set when the request is only a handshake: answer this and enqueue nothing. */
      readonly handshake?: Answer;
      /** Set when the provider expects a certain body after an accepted event. */
      readonly acknowledgement?: Answer;
      /** Event type as the provider names it, when a header or the body tells it. */
      readonly eventType?: string;
    }
  | { readonly accepted: false; readonly reason: RejectionReason; readonly detail: string };

/** A scheme. Never throws for what a request may hold; throws `TypeError` for a config out of range. */
export type Verifier = (input: VerificationInput) => Verification | Promise<Verification>;
