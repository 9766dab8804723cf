/** What the webhook construct, its receive function and its tests agree on. Imports nothing. */

/** Environment of the receive function. */
export const ReceiveEnvironment = {
  QUEUE_URL: 'BREAKWATER_QUEUE_URL',
  CLAIM_BUCKET: 'BREAKWATER_CLAIM_BUCKET',
  /** JSON of `Record<senderName, SenderSettings>`. */
  SENDERS: 'BREAKWATER_SENDERS',
} as const;

/** One sender as the receive function sees it. The secrets themselves are read from Secrets Manager at run time. */
export interface SenderSettings {
  /** A provider name of the signature schemes, for example `stripe`. */
  readonly provider: string;
  /** ARNs of the secrets that are valid at the same time; each may hold a plain string, or a JSON array of strings. */
  readonly secretArns: readonly string[];
  /** What the scheme needs beyond secrets; see `ProviderConfig` of the runtime's signatures. */
  readonly config: Readonly<Record<string, unknown>>;
  /** JSON pointers (RFC 6901) to what every delivery of an event has in common; empty when nothing is compared. Absent: the body's bytes are. */
  readonly samePayload?: readonly string[];
}

/** Metrics of the receive function, namespace `Breakwater`, dimensions `service` and, for rejections, `reason`. */
export const ReceiveMetric = {
  RECEIVED: 'Received',
  ACCEPTED: 'Accepted',
  REJECTED: 'Rejected',
} as const;

/** Largest body the receive function accepts, in bytes. Lambda takes 6 MB in a synchronous call, whatever the API in front allows. */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** Bodies whose envelope would be larger go to S3 by reference. SQS takes 1 MiB with attributes; the rest is room for them. */
export const MAX_INLINE_MESSAGE_BYTES = 1_000_000;
