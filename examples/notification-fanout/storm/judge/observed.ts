import type { Publication } from '../events';
import type { Known, Rules } from '../oracle/rules-file';

/** What was seen of one storm when it was over. Instants are milliseconds since the epoch. */
export interface Observed {
  readonly rules: Rules;
  readonly recipients: readonly Known[];
  /** Everything that was put on the bus, copies too. */
  readonly published: readonly Publication[];
  readonly accepted: readonly AcceptedEvent[];
  readonly deliveries: readonly RecordedDelivery[];
  readonly arrivals: readonly Arrival[];
  /** Addresses that bounced or complained while the storm lasted. */
  readonly stops: readonly LateStop[];
  readonly engagements: readonly Engaged[];
  readonly parked: readonly ParkedMessage[];
  readonly timers: readonly PendingTimer[];
  readonly steering: Steering;
  readonly endedAt: number;
}

export interface AcceptedEvent {
  readonly id: string;
  readonly occurrence: string;
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly receivedAt: number;
  readonly state: string;
}

export interface RecordedMessage {
  readonly channel: string;
  readonly rule: string;
  readonly lane: string;
  readonly status: string;
  readonly reason: string;
  readonly at: number;
  readonly digest?: string;
}

export interface RecordedDelivery {
  readonly occurrence: string;
  /** Id of the event; of a digest, undefined. */
  readonly event?: string;
  readonly recipient: string;
  readonly plannedAt: number;
  readonly messages: readonly RecordedMessage[];
  readonly timeline: ReadonlyArray<{
    readonly channel: string;
    readonly rule?: string;
    readonly status: string;
    readonly reason: string;
    readonly at: number;
  }>;
  readonly digest?: RecordedDigest;
}

export interface RecordedDigest {
  readonly channel: string;
  readonly rule: string;
  readonly key: string | null;
  readonly opens: number;
  readonly flush: number;
  readonly at: number;
  /** Ids. */
  readonly events: readonly string[];
}

/** A message as its recipient got it; from its text it is known whose it is. */
export interface Arrival {
  readonly channel: string;
  readonly to: string;
  readonly recipient: string;
  readonly rule: string;
  /** Ids of the events it tells of. */
  readonly events: readonly string[];
  readonly text: string;
  /** When the provider took it. */
  readonly at: number;
  readonly provider: string;
}

/** In between, it may be known or not. */
export interface Between {
  readonly toldAt: number;
  readonly knownAt: number;
}

export interface LateStop extends Between {
  readonly address: string;
  readonly channel: string;
}

export interface Engaged extends Between {
  readonly recipient: string;
  readonly event: string;
}

export interface ParkedMessage {
  /** The message's whole text. */
  readonly body: string;
  readonly reason: string;
}

export interface PendingTimer {
  readonly kind: string;
  readonly recipient: string;
  readonly at: number;
  /** Of a held message: its delivery's. */
  readonly occurrence?: string;
  readonly channel?: string;
  readonly rule?: string;
}

/** What was done with the events to everybody. */
export interface Steering {
  readonly paused: { readonly event: string; readonly from: number; readonly to: number };
  readonly cancelled: { readonly event: string; readonly at: number };
}

/** `against`: a preference, a suppression, quiet hours, an engagement or an order of the operator. */
export type Kind = 'missing' | 'doubled' | 'against' | 'unaccounted' | 'wrong';

export interface Finding {
  readonly kind: Kind;
  /** In words, with names. */
  readonly what: string;
}
