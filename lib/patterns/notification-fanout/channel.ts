import type { IEmailIdentity } from 'aws-cdk-lib/aws-ses';
import type { Handler } from '../../blocks/handler';
import type {
  ChannelOptions,
  ProviderChannelOptions,
  SesChannelOptions,
  SmsChannelOptions,
  WebhookChannelOptions,
} from './channel-options';
import { type ChannelProvider, pushProvider, sesProvider, smsProvider, webhookProvider } from './channel-providers';
import type { PushPlatform } from './push-platform';

/**
 * By what messages go out: a provider that is known, or code of your own. Each channel has a queue for each lane, with functions, concurrency and retries of its own.
 */
export class Channel {
  /**
   * E-mail by SES. What SES tells of a message comes back: a hard bounce or a complaint suppresses the address; deliveries, opens and clicks are in the timeline.
   *
   * @param identity a verified identity of this account and Region
   */
  public static ses(identity: IEmailIdentity, options: SesChannelOptions = {}): Channel {
    return new Channel('email', { unsubscribe: true, ...options }, sesProvider(identity, options));
  }

  /** Text messages by SNS. The address is a phone number as E.164 writes it: `+41791234567`. */
  public static sms(options: SmsChannelOptions = {}): Channel {
    return new Channel('sms', options, smsProvider(options));
  }

  /** Mobile push by SNS. The address is a device token, or the ARN of an endpoint. */
  public static push(platform: PushPlatform, options: ProviderChannelOptions = {}): Channel {
    return new Channel('push', options, pushProvider(platform));
  }

  /** HTTP callbacks. The address is a URL; each request has the message's idempotency key as `webhook-id`. */
  public static webhook(options: WebhookChannelOptions = {}): Channel {
    return new Channel('webhook', options, webhookProvider(options));
  }

  /**
   * Anything else, for example a chat or an inbox in your app: a `channel()` of `cdk-breakwater/runtime`.
   *
   * @param handler the code; a function of it is made for each lane, so that none can be given
   */
  public static handler(handler: Handler, options: ChannelOptions = {}): Channel {
    return new Channel('handler', options, undefined, handler);
  }

  /** @internal */
  public readonly _kind: ChannelKind;
  /** @internal */
  public readonly _options: ProviderChannelOptions;
  /** @internal */
  public readonly _handler?: Handler;
  /** @internal */
  public readonly _provider?: ChannelProvider;

  private constructor(kind: ChannelKind, options: ProviderChannelOptions, provider?: ChannelProvider, handler?: Handler) {
    this._kind = kind;
    this._options = options;
    this._provider = provider;
    this._handler = handler;
  }

  /**
   * In the order in which they are used.
   *
   * @internal
   */
  public get _providers(): ChannelProvider[] {
    return [this, ...(this._options.failover ?? [])].flatMap(({ _provider: provider }) => provider ?? []);
  }

  /** @internal */
  public get _unsubscribe(): boolean {
    return this._options.unsubscribe ?? false;
  }
}

export type ChannelKind = 'email' | 'sms' | 'push' | 'webhook' | 'handler';
