import type { QuietHours } from './rules';

/** `false` at any level closes. */
export interface Preferences {
  readonly global?: boolean;
  readonly channels?: Readonly<Record<string, boolean>>;
  /** By category: for all its channels, or by channel. */
  readonly categories?: Readonly<Record<string, boolean | CategoryPreferences>>;
}

export interface CategoryPreferences {
  readonly enabled?: boolean;
  readonly channels?: Readonly<Record<string, boolean>>;
}

/** An address that gets nothing more, whoever has it. */
export interface SuppressedAddress {
  readonly address: string;
  /** @default - every channel */
  readonly channel?: string;
  /** For example `bounce`, `complaint`, `unsubscribe`. */
  readonly reason?: string;
  /** From when. @default - always */
  readonly at?: string;
}

export interface Recipient {
  readonly id: string;
  /** IANA name. @default - that of the rules */
  readonly timezone?: string;
  /** By channel. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly preferences?: Preferences;
  /** In place of those of the rules; `false`: none. */
  readonly quietHours?: QuietHours | false;
  readonly topics?: readonly string[];
  readonly suppressed?: readonly (string | SuppressedAddress)[];
  /** Anything of your own. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An event as it comes: only `id` and `receivedAt` are certain, the rest is checked against its contract. */
export interface ReceivedEvent {
  readonly id: string;
  /** ISO 8601 with offset. */
  readonly receivedAt: string;
  readonly name?: unknown;
  readonly version?: unknown;
  readonly payload?: unknown;
}

/** What a recipient did with a message, or what became of it. */
export interface Engagement {
  readonly recipient: string;
  /** Id of the event. */
  readonly event: string;
  readonly channel: string;
  readonly at: string;
  /** For example `seen`, `opened`, `clicked`, `acknowledged`. */
  readonly kind: string;
}
