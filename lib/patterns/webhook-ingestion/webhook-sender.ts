import { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type {
  HmacSenderOptions,
  PayPalSenderOptions,
  SenderOptions,
  SquareSenderOptions,
  TimestampedSenderOptions,
  TwilioSenderOptions,
} from './webhook-sender-options';

/**
 * Who sends webhooks: how they sign, which id their events are deduplicated on, how long they wait for an answer and how long they try again.
 *
 * Secrets are given as Secrets Manager secrets whose value is the secret as the provider shows it, or a JSON array of several. They are read at run time.
 */
export class WebhookSender {
  /**
   * Stripe. Header `Stripe-Signature` (several `v1` accepted), 5 minutes of tolerance, deduplicated on the event's `id`.
   *
   * Waits for an answer: Stripe names no figure, 10 seconds are assumed. Sends again: for 3 days by itself, by hand as long as the event can be read, 30 days.
   *
   * @param secret the endpoint's signing secret, `whsec_…`
   * @see https://docs.stripe.com/webhooks
   * @see https://docs.stripe.com/webhooks/process-undelivered-events
   */
  public static stripe(secret: ISecret, options: TimestampedSenderOptions = {}): WebhookSender {
    return new WebhookSender('stripe', [secret], options, Duration.seconds(10), Duration.days(30), tolerance(options));
  }

  /**
   * GitHub. Header `X-Hub-Signature-256`, no timestamp, deduplicated on `X-GitHub-Delivery`, which a redelivery repeats.
   *
   * Waits 10 seconds. Never sends again by itself; deliveries of the last 3 days can be sent again by hand or API.
   *
   * @param secret the webhook's secret
   * @see https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
   */
  public static github(secret: ISecret, options: SenderOptions = {}): WebhookSender {
    return new WebhookSender('github', [secret], options, Duration.seconds(10), Duration.days(3));
  }

  /**
   * Shopify. Header `X-Shopify-Hmac-Sha256`, no timestamp, deduplicated on `X-Shopify-Event-Id`.
   *
   * Waits 5 seconds. Sends again 8 times within 4 hours, then may remove the subscription.
   *
   * @param secret the app's client secret
   * @see https://shopify.dev/docs/apps/build/webhooks/troubleshooting-webhooks
   */
  public static shopify(secret: ISecret, options: SenderOptions = {}): WebhookSender {
    return new WebhookSender('shopify', [secret], options, Duration.seconds(5), Duration.hours(4));
  }

  /**
   * Slack Events API. Header `X-Slack-Signature` with `X-Slack-Request-Timestamp`, 5 minutes of tolerance, deduplicated on `event_id`; `url_verification`
   * is answered.
   *
   * Waits 3 seconds. Sends again 3 times within about 5 minutes, with delayed events switched on hourly for 24 hours.
   *
   * @param secret the app's signing secret
   * @see https://docs.slack.dev/apis/events-api/
   */
  public static slack(secret: ISecret, options: TimestampedSenderOptions = {}): WebhookSender {
    return new WebhookSender('slack', [secret], options, Duration.seconds(3), Duration.hours(24), tolerance(options));
  }

  /**
   * Any sender that follows Standard Webhooks (Svix and others). Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, HMAC (`whsec_…`) or ed25519
   * (`whpk_…`), 5 minutes of tolerance, deduplicated on `webhook-id`.
   *
   * Waits 15 seconds. Sends again for 27.6 hours (Svix) or 75.6 hours (the specification's example schedule), so 4 days are assumed.
   *
   * @param secret the endpoint's secret
   * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
   * @see https://docs.svix.com/retries
   */
  public static standardWebhooks(secret: ISecret, options: TimestampedSenderOptions = {}): WebhookSender {
    return new WebhookSender('standardWebhooks', [secret], options, Duration.seconds(15), Duration.days(4), tolerance(options));
  }

  /**
   * Square. Header `x-square-hmacsha256-signature` over URL and body, deduplicated on `event_id`.
   *
   * Waits 10 seconds. Sends again for up to 72 hours.
   *
   * @param secret the subscription's signature key
   * @see https://developer.squareup.com/docs/webhooks/overview
   */
  public static square(secret: ISecret, options: SquareSenderOptions = {}): WebhookSender {
    return new WebhookSender('square', [secret], options, Duration.seconds(10), Duration.hours(72), {
      notificationUrl: options.notificationUrl ?? OWN_URL,
    });
  }

  /**
   * Twilio. Header `X-Twilio-Signature` over URL and parameters (`bodySHA256` for JSON), deduplicated on `I-Twilio-Idempotency-Token`.
   *
   * Waits 15 seconds, within which it may send once more. A day is assumed for products with longer retries.
   *
   * @param secret the account's auth token
   * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
   * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
   */
  public static twilio(secret: ISecret, options: TwilioSenderOptions = {}): WebhookSender {
    return new WebhookSender('twilio', [secret], options, Duration.seconds(15), Duration.days(1), { url: options.url ?? OWN_URL });
  }

  /**
   * Adyen standard webhooks. HMAC inside each notification item, deduplicated on `pspReference`, `eventCode` and `success`; answered with `[accepted]`.
   *
   * Waits 10 seconds. Sends again for 30 days.
   *
   * @param secret the webhook's HMAC key, hexadecimal
   * @see https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/
   * @see https://docs.adyen.com/development-resources/webhooks/troubleshoot
   */
  public static adyen(secret: ISecret, options: SenderOptions = {}): WebhookSender {
    return new WebhookSender('adyen', [secret], options, Duration.seconds(10), Duration.days(30));
  }

  /**
   * PayPal. RSA signature with a certificate from PayPal's hosts, no shared secret, deduplicated on the event's `id`.
   *
   * Waits for an answer: PayPal names no figure, 10 seconds are assumed. Sends again 25 times within 3 days; resends by hand are covered for 30 days.
   *
   * @see https://developer.paypal.com/api/rest/webhooks/
   */
  public static paypal(options: PayPalSenderOptions): WebhookSender {
    return new WebhookSender('paypal', [], options, Duration.seconds(10), Duration.days(30), {
      webhookId: options.webhookId,
      allowedCertHosts: options.allowedCertHosts,
    });
  }

  /**
   * Any other sender that signs the raw body with an HMAC in a header.
   *
   * Without an id in header or body, events are deduplicated on the SHA-256 of what was signed. Assumed to wait 10 seconds and to send again for 3 days.
   *
   * @param secret the shared secret
   */
  public static hmac(secret: ISecret, options: HmacSenderOptions): WebhookSender {
    return new WebhookSender('hmac', [secret], options, Duration.seconds(10), Duration.days(3), {
      header: options.header,
      algorithm: options.algorithm,
      encoding: options.encoding,
      signaturePrefix: options.signaturePrefix,
      idHeader: options.idHeader,
      idJsonPointer: options.idJsonPointer,
    });
  }

  /** Name of the signature scheme. */
  public readonly provider: string;
  /** How long the sender waits for an answer before it counts the delivery as failed. */
  public readonly answerDeadline: Duration;
  /** How long after an event the sender may deliver it again, by itself or by hand. */
  public readonly retryHorizon: Duration;
  /** @internal */
  public readonly _secrets: ISecret[];
  /** @internal */
  public readonly _samePayload?: string[];
  private readonly config: Config;

  private constructor(
    provider: string,
    secrets: ISecret[],
    options: SenderOptions,
    answerDeadline: Duration,
    retryHorizon: Duration,
    config: Config = {},
  ) {
    this.provider = provider;
    this._secrets = [...secrets, ...(options.additionalSecrets ?? [])];
    this.answerDeadline = options.answerDeadline ?? answerDeadline;
    this.retryHorizon = options.retryHorizon ?? retryHorizon;
    this._samePayload = options.samePayload?._pointers;
    this.config = config;
  }

  /**
   * What the scheme needs beyond secrets.
   *
   * @internal
   */
  public _config(ownUrl: string): { [name: string]: string | number | string[] } {
    const entries = Object.entries(this.config).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries.map(([name, value]) => [name, value === OWN_URL ? ownUrl : value!]));
  }
}

type Config = { [name: string]: string | number | string[] | undefined };

/** Stands for the URL that the construct gives to the sender. */
const OWN_URL = '\u0000own-url';

function tolerance(options: TimestampedSenderOptions): Config {
  return { toleranceSeconds: options.tolerance?.toSeconds() };
}
