/** What the construct of a notification fan-out and its functions agree on. Imports nothing. */

/** Environment of the functions. Each function gets what it uses. */
export const FanoutEnvironment = {
  /** Name of the table that holds recipients, events, deliveries and what is remembered. */
  TABLE: 'BREAKWATER_FANOUT_TABLE',
  /** JSON: URL of the planning queue by {@link Lane}. */
  PLAN_QUEUES: 'BREAKWATER_FANOUT_PLAN_QUEUES',
  /** JSON: by channel, URL of its queue by {@link Lane}. */
  CHANNEL_QUEUES: 'BREAKWATER_FANOUT_CHANNEL_QUEUES',
  /** JSON: ARN of the planning queue by {@link Lane}, for timers. */
  TIMER_TARGETS: 'BREAKWATER_FANOUT_TIMER_TARGETS',
  /** Name of the schedule group of the timers. */
  TIMER_GROUP: 'BREAKWATER_FANOUT_TIMER_GROUP',
  /** ARN of the role with which timers send to their queue. */
  TIMER_ROLE: 'BREAKWATER_FANOUT_TIMER_ROLE',
  /** ARN of the dead-letter queue of timers. */
  TIMER_DEAD_LETTERS: 'BREAKWATER_FANOUT_TIMER_DEAD_LETTERS',
  /** Seconds for which deliveries and events are kept. */
  RETENTION_SECONDS: 'BREAKWATER_FANOUT_RETENTION_SECONDS',
  /** `true`: each change of a delivery is published. */
  PUBLISH_DELIVERIES: 'BREAKWATER_FANOUT_PUBLISH_DELIVERIES',
  /** Of a channel's function: name of its channel. */
  CHANNEL: 'BREAKWATER_FANOUT_CHANNEL',
  /** Of a channel's function: JSON of {@link ChannelSettings}. */
  CHANNEL_SETTINGS: 'BREAKWATER_FANOUT_CHANNEL_SETTINGS',
  /** ARN of the secret with which links to unsubscribe are signed. */
  UNSUBSCRIBE_SECRET: 'BREAKWATER_FANOUT_UNSUBSCRIBE_SECRET',
  /** Where links to unsubscribe lead, without the token: `https://…/unsubscribe`. */
  UNSUBSCRIBE_URL: 'BREAKWATER_FANOUT_UNSUBSCRIBE_URL',
} as const;

/** Names of the built handlers, `dist/handlers/<name>`. */
export const FanoutHandler = {
  /** Behind the queue of events: claims an event, finds its audience, begins its pages. */
  ACCEPT: 'notification-fanout-accept',
  /** Behind the planning queues: pages, timers, engagements. */
  PLAN: 'notification-fanout-plan',
  /** Behind the queues of a channel whose provider is known: e-mail, SMS, push, webhook. */
  SEND: 'notification-fanout-send',
  /** Behind the queue of what SES tells of its messages. */
  FEEDBACK: 'notification-fanout-feedback',
  /** Behind the function URL: GET shows, POST acts. */
  UNSUBSCRIBE: 'notification-fanout-unsubscribe',
} as const;

/** Transactional messages never wait behind bulk. */
export const LANES = ['transactional', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

/** Attributes of the table. */
export const FanoutAttribute = {
  PARTITION_KEY: 'pk',
  SORT_KEY: 'sk',
  EXPIRATION: 'expiration',
  /** Of deliveries: keys of the index {@link RECIPIENT_INDEX}. */
  RECIPIENT: 'recipient',
  PLANNED_AT: 'planned_at',
} as const;

/** Deliveries of a recipient by `planned_at` (ISO 8601). */
export const RECIPIENT_INDEX = 'byRecipient';

/** Members of a topic, and all recipients, lie in so many partitions: each is a page chain of its own. */
export const AUDIENCE_SHARDS = 16;

/** Recipients that one page plans at most. */
export const PAGE_RECIPIENTS = 100;

/** Module of the settings layer: `nodejs/node_modules/<name>/index.js`, CommonJS, exports {@link FanoutSettingsModule}. */
export const SETTINGS_MODULE = 'breakwater-notification-settings';

/** What the settings layer exports; the types of its parts stand in lib/notification-rules, lib/event-contracts and lib/notification-templates. */
export interface FanoutSettingsModule<Rules = unknown, Templates = unknown, Validate = unknown> {
  readonly rules: Rules;
  /** By id of the template, then by channel. */
  readonly templates: Templates;
  /** Compiled ahead, by `name@version` of the contract. */
  readonly validators: Readonly<Record<string, Validate>>;
}

/** What the event queue holds: `detail` of an event by contract. The idempotency key is a hash of id and body: a rejected event doesn't claim its id. */
export interface EventMessage {
  readonly metadata: {
    readonly eventId: string;
    readonly contract: string;
    readonly version: number;
    readonly correlationId?: string;
    readonly causedBy?: string;
    readonly occurredAt?: string;
  };
  readonly data: unknown;
}

/** A part of an event's audience. */
export type Segment =
  | { readonly kind: 'named'; readonly recipients: readonly string[] }
  | { readonly kind: 'topic'; readonly topic: string; readonly shard: number }
  | { readonly kind: 'all'; readonly shard: number };

/** What planning queues hold. */
export type PlanMessage =
  | {
      readonly kind: 'page';
      readonly event: string;
      readonly occurrence: string;
      /** Of the segment within its event. */
      readonly segmentId: string;
      readonly segment: Segment;
      /** The last recipient that was planned. @default - the segment's first page */
      readonly after?: string;
    }
  | {
      readonly kind: 'timer';
      /** The same for each copy. */
      readonly id: string;
      readonly timers: readonly { readonly recipient: string; readonly timer: TimerContent }[];
    }
  | {
      readonly kind: 'engagement';
      readonly recipient: string;
      readonly event: string;
      readonly channel: string;
      /** For example `seen`, `opened`, `clicked`, `acknowledged`; `delivered`, `bounced`, `failed` tell what became of a message. */
      readonly engagement: string;
      /** ISO 8601. */
      readonly at: string;
    };

/** `Timer` of lib/runtime/notifications/contract. */
export type TimerContent = Readonly<Record<string, unknown>> & { readonly kind: string; readonly at: number };

/** What a channel's queues hold: whose message it is; address and content are looked up when it is sent. Idempotency key: {@link deliveryKey}. */
export interface ChannelMessage {
  readonly kind: 'message';
  readonly occurrence: string;
  /** Id of the event; of a digest, undefined. */
  readonly event?: string;
  readonly recipient: string;
  readonly channel: string;
  readonly rule: string;
}

/** @returns what is sent at most once */
export function deliveryKey({ occurrence, recipient, channel }: Pick<ChannelMessage, 'occurrence' | 'recipient' | 'channel'>): string {
  return `${occurrence}#${recipient}#${channel}`;
}

/** What became of a message; the delivery of an event to a recipient has one of these by `channel#rule`. */
export const DeliveryStatus = {
  /** Handed to its channel. */
  QUEUED: 'queued',
  /** Leaves later: quiet hours. */
  HELD: 'held',
  /** Waits in a digest, or went out in one: then `digest` names its delivery. */
  DIGEST: 'digest',
  /** The provider took it. */
  SENT: 'sent',
  /** The provider said so. */
  DELIVERED: 'delivered',
  BOUNCED: 'bounced',
  COMPLAINED: 'complained',
  SUPPRESSED: 'suppressed',
  NO_ADDRESS: 'no_address',
  /** Refused for good: by the provider, or for its content. */
  FAILED: 'failed',
  /** Begun, and nobody knows whether it went out: parked, a person asks the provider. */
  UNKNOWN: 'unknown',
  CANCELLED: 'cancelled',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];

/** What is done when a call's outcome is unknown. */
export type UnknownOutcome = 'park' | 'sendAgain';

export type ProviderSettings =
  | { readonly kind: 'ses'; readonly from: string; readonly configurationSet?: string; readonly replyTo?: readonly string[] }
  | { readonly kind: 'sms'; readonly senderId?: string }
  | { readonly kind: 'push'; readonly applicationArn: string; readonly platform: 'fcm' | 'apns' }
  | { readonly kind: 'webhook'; readonly secretArn?: string; readonly timeoutSeconds: number };

/** How a channel sends; of a channel with a handler of its own, without providers. */
export interface ChannelSettings {
  /** The first is used while it works; the others, in order, while it does not. */
  readonly providers: readonly ProviderSettings[];
  /** Messages a second over all functions and lanes of the channel. @default - not limited */
  readonly ratePerSecond?: number;
  readonly unknownOutcome: UnknownOutcome;
  /** Whether messages carry a link to unsubscribe (RFC 8058). */
  readonly unsubscribe: boolean;
}

/** Events on the bus of the fan-out; source {@link FANOUT_EVENT_SOURCE}. */
export const FanoutEvent = {
  /** A delivery changed. */
  DELIVERY_CHANGED: 'NotificationDeliveryChanged',
  /** Sent by whoever knows that a recipient did something with a message: cancels fallbacks. */
  ENGAGED: 'NotificationEngaged',
} as const;
export const FANOUT_EVENT_SOURCE = 'cdk-breakwater.notifications';

/** `data` of {@link FanoutEvent.DELIVERY_CHANGED}. */
export interface DeliveryChanged {
  readonly occurrence: string;
  readonly event?: string;
  readonly recipient: string;
  readonly changes: readonly {
    readonly channel: string;
    readonly rule: string;
    readonly status: DeliveryStatus;
    readonly reason: string;
    readonly at: string;
  }[];
}

/** Begins the description of the stack output by which a notification fan-out is found; the construct's path follows. The output's value is JSON of {@link FanoutOutput}. */
export const FANOUT_OUTPUT_DESCRIPTION = 'Notification fan-out of ';

export interface FanoutOutput {
  /** Name of its table. */
  readonly table: string;
  /** URL of its planning queue by lane. */
  readonly planQueues: Readonly<Record<Lane, string>>;
}

/** Metrics of the pattern, namespace `MetricNamespace`, dimension `service`. */
export const FanoutMetric = {
  ACCEPTED: 'NotificationEventsAccepted',
  REPEATED: 'NotificationEventsRepeated',
  REJECTED: 'NotificationEventsRejected',
  /** Recipients for whom an event was planned. */
  PLANNED: 'NotificationRecipientsPlanned',
  /** Messages that a provider took; with dimension `channel`. */
  SENT: 'NotificationsSent',
  FAILED: 'NotificationsFailed',
  SUPPRESSED: 'NotificationsSuppressed',
  /** Milliseconds from the acceptance of an event to the provider's answer, of messages that were not held. */
  SEND_TIME: 'NotificationSendTime',
  /** Calls that went to a provider after the first. */
  FAILOVER: 'NotificationFailovers',
} as const;
