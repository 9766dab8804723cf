/** What a rules file says: which event tells whom of it, on which channels, and when. Imports nothing: synth checks it, what plans reads it. */

/** Wall clock of the recipient, `HH:MM`: from `start`, before `end`, over midnight when `end` is earlier. */
export interface QuietHours {
  readonly start: string;
  readonly end: string;
}

export type Gate = 'preference' | 'address' | 'suppression';
/** What a critical rule passes; never suppression. */
export type Passable = 'preferences' | 'deduplication' | 'cap' | 'digest' | 'quietHours';
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** An event as it is published: what its payload must look like. */
export interface EventContract {
  readonly name: string;
  readonly version: number | string;
  /** JSON Schema of the payload (2020-12, 2019-09 or draft-07), or the path of a file with it, from the folder of the rules file. @default any object */
  readonly schema?: Readonly<Record<string, unknown>> | string;
}

export interface ChannelSettings {
  /** Whether addresses that differ in case only are different ones. @default false for `email`, true for others */
  readonly caseSensitive?: boolean;
  /** Whether quiet hours hold what goes out here. @default false for `in_app`, true for others */
  readonly quiet?: boolean;
  /** Whether a recipient needs an address here; without need, the recipient's id is one. @default false for `in_app`, true for others */
  readonly needsAddress?: boolean;
}

/** The default semantics, each of which the file can change. */
export interface Semantics {
  /** For how long an event's id does nothing again. @default - for ever */
  readonly rememberEventIds?: string;
  /** Whether a rejected event claims its id. @default false */
  readonly rejectedClaimsId?: boolean;
  /** `anyFalseCloses`, or `mostSpecific`: the most specific level that says anything decides. @default 'anyFalseCloses' */
  readonly preferences?: 'anyFalseCloses' | 'mostSpecific';
  /** Order of the gates; it decides which one is the reason. @default ['preference', 'address', 'suppression'] */
  readonly gates?: readonly Gate[];
  /** @default ['preferences', 'cap', 'digest', 'quietHours'] */
  readonly criticalPasses?: readonly Passable[];
  /** Whether suppression is looked at again when a held message or a digest leaves. @default true */
  readonly suppressionWhenSending?: boolean;
}

/** Whom a rule tells: exactly one field. */
export interface Audience {
  /** Pointer to a recipient's id in the payload, or to a list of ids. */
  readonly field?: string;
  readonly recipients?: readonly string[];
  /** Every recipient who has this topic. */
  readonly topic?: string;
  readonly all?: true;
}

export interface Cap {
  /** So many admitted events... */
  readonly limit: number;
  /** ...within this time. */
  readonly window: string;
  /** Counted by the value of this field too. @default - per recipient and rule */
  readonly key?: string;
  /** `fixed`: the window is opened by the first event; `sliding`: the time before each event. @default 'fixed' */
  readonly type?: 'fixed' | 'sliding';
}

/** At which times on the recipient's clock digests are flushed. */
export interface Schedule {
  /** `HH:MM`. */
  readonly at: readonly string[];
  /** @default - every day */
  readonly days?: readonly Weekday[];
}

/** Either `window` or `schedule`. */
export interface Digest {
  /** From the event that opens it. */
  readonly window?: string;
  readonly schedule?: Schedule;
  /** Events with the same value of this field belong together. @default - all of the rule */
  readonly key?: string;
  /** @default - all of the rule */
  readonly channels?: readonly string[];
  /** A flush in quiet hours: waits `closed`, stays `open` for more events until it leaves, or leaves at once (`send`). @default 'closed' */
  readonly inQuietHours?: 'closed' | 'open' | 'send';
}

export interface Deduplication {
  /** From the first admitted event. */
  readonly window: string;
  /** Events with the same value of this field are the same. */
  readonly key: string;
}

export interface Fallback {
  readonly channel: string;
  /** Goes out when nothing was engaged with for so long. @default - only at once */
  readonly wait?: string;
  /** From when the first message leaves, or from when the event was received. @default 'sent' */
  readonly waitFrom?: 'sent' | 'received';
  /** Kinds of engagement that cancel it. @default - all but `delivered`, `bounced` and `failed` */
  readonly until?: readonly string[];
  /**
   * When it goes out at once: no channel is open and one is `unreachable` (no address, or suppressed), or also when all were `closed` by preference, or `never`.
   *
   * @default 'unreachable'
   */
  readonly atOnce?: 'unreachable' | 'closed' | 'never';
}

export interface Template {
  readonly id: string;
  /** Fields of the payload by the template's names; an event that lacks one is rejected. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface NotificationRule {
  readonly id: string;
  /** Name of the event. */
  readonly event: string;
  /** @default - every version */
  readonly version?: number | string;
  /** What preferences call it. */
  readonly category: string;
  readonly audience: Audience;
  readonly channels: readonly string[];
  /** Every open channel gets the message (`all`), or only the first (`single`). @default 'all' */
  readonly method?: 'all' | 'single';
  /** @default - the rule's id */
  readonly template?: string | Template;
  /** Its lane: `transactional` never waits behind `bulk`. @default 'transactional' */
  readonly urgency?: 'transactional' | 'bulk';
  /** @default false */
  readonly critical?: boolean;
  /** `false`: never held. @default - those of the file */
  readonly quietHours?: QuietHours | false;
  readonly cap?: Cap;
  readonly digest?: Digest;
  readonly deduplication?: Deduplication;
  readonly fallback?: Fallback;
}

/** The rules file. */
export interface NotificationRules {
  readonly version: 1;
  /** IANA name, for recipients without one. @default 'UTC' */
  readonly timezone?: string;
  /** Channels of your own, and other settings for `email`, `sms`, `push`, `chat`, `webhook`, `in_app` (also written `in-app`). */
  readonly channels?: Readonly<Record<string, ChannelSettings>>;
  /** @default - none */
  readonly quietHours?: QuietHours;
  readonly semantics?: Semantics;
  readonly events: readonly EventContract[];
  readonly rules: readonly NotificationRule[];
}
