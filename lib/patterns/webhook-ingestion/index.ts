export { SamePayload } from './same-payload';
export { WebhookIngestion } from './webhook-ingestion';
export type { WebhookIngestionProps } from './webhook-ingestion-props';
export { WebhookSender } from './webhook-sender';
export {
  HmacAlgorithm,
  type HmacSenderOptions,
  type PayPalSenderOptions,
  type SenderOptions,
  SignatureEncoding,
  type SquareSenderOptions,
  type TimestampedSenderOptions,
  type TwilioSenderOptions,
} from './webhook-sender-options';
