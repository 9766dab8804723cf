import type { Recipient } from '../../notification-rules/records';
import type { NotificationRules } from '../../notification-rules/rules';
import type { Suppressions } from './suppressions';

/** What becomes of an event for a recipient on a channel. Instants are milliseconds since the epoch. */
export interface Decision {
  readonly event: string;
  /** Tells an event from an earlier one whose id was forgotten meanwhile. */
  readonly occurrence: string;
  readonly recipient: string;
  readonly channel: string;
  /** Id of the rule. */
  readonly rule: string;
  readonly outcome: 'send' | 'held' | 'digest' | 'suppressed' | 'no_address';
  /** A word that stays the same, a colon, and the details. */
  readonly reason: string;
  /** `send`: when it leaves, which is now; `held` and `digest`: when it will; `suppressed`, `no_address`: when that was decided. */
  readonly at: number;
}

/** A digest that leaves. */
export interface FlushedDigest {
  readonly recipient: string;
  readonly channel: string;
  readonly rule: string;
  /** Value of the digest's key; null without one. */
  readonly key: string | null;
  readonly opens: number;
  /** When it was closed. */
  readonly flush: number;
  /** When it leaves: later than `flush` in quiet hours. */
  readonly at: number;
  /** Ids in the order they came. */
  readonly events: readonly string[];
}

/** Of what a step left to be done later. */
export type Timer =
  | { readonly kind: 'release'; readonly at: number; readonly message: MessageId }
  | { readonly kind: 'digest'; readonly at: number; readonly digest: string; readonly opens: number }
  | { readonly kind: 'fallback'; readonly at: number; readonly message: Omit<MessageId, 'channel'> };

export interface MessageId {
  readonly event: string;
  readonly occurrence: string;
  readonly rule: string;
  readonly channel: string;
}

export interface OpenDigest extends Omit<FlushedDigest, 'recipient' | 'events'> {
  readonly events: readonly { readonly id: string; readonly occurrence: string }[];
}

/** A rule's messages of one event, while its fallback may still go out. */
export interface PendingFallback {
  /** Channels whose message has not left yet. */
  readonly held: readonly string[];
  /** Whether a message has left. */
  readonly sent: boolean;
}

/** An event of which a fallback may still go out. */
export interface PendingEvent {
  /** Channels on which a message of it was decided: never a second one. */
  readonly taken: readonly string[];
  /** By id of the rule. */
  readonly fallbacks: Readonly<Record<string, PendingFallback>>;
}

/** What is remembered of a recipient between steps, by kind; plain JSON, each under a key of its own. */
export interface Remembered {
  /** When events were admitted, by what a cap counts; a fixed window only as far back as it reaches. */
  readonly cap: readonly number[];
  /** The event that opened the window, by what is deduplicated. */
  readonly deduplication: { readonly opens: number; readonly event: string };
  /** Those that have not left, by channel, rule and key. */
  readonly digests: readonly OpenDigest[];
  /** By occurrence of the event. */
  readonly pending: PendingEvent;
  /** Kinds, by id of the event. */
  readonly engagement: readonly string[];
}

/** Only what a step asks for needs to be there: a step reads the keys of its own event, rules and timer. */
export type RecipientState = { readonly [Kind in keyof Remembered]: ReadonlyMap<string, Remembered[Kind]> };

/** `value` undefined: it is forgotten. */
export type Write = {
  [Kind in keyof Remembered]: { readonly kind: Kind; readonly key: string; readonly value: Remembered[Kind] | undefined };
}[keyof Remembered];

/** Whom a step is about, and by which rules. */
export interface RecipientContext {
  readonly rules: NotificationRules;
  readonly id: string;
  /** @default - an id that nobody knows: no address at all */
  readonly recipient?: Recipient;
  readonly suppressions: Suppressions;
}

/** What a step leads to. */
export interface Step {
  readonly writes: readonly Write[];
  readonly decisions: readonly Decision[];
  readonly digests: readonly FlushedDigest[];
  readonly timers: readonly Timer[];
}

/** An event that was accepted. */
export interface AcceptedEvent {
  readonly id: string;
  readonly occurrence: string;
  readonly receivedAt: number;
  readonly payload: Readonly<Record<string, unknown>>;
}
