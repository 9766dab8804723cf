/** What the storm's own reading of rules and recipients needs of them, by docs/notifications.md; the product has its own. */

export interface Hours {
  readonly start: string;
  readonly end: string;
}

export interface Schedule {
  readonly at: readonly string[];
  readonly days?: readonly string[];
}

export interface Rule {
  readonly id: string;
  readonly event: string;
  readonly category: string;
  readonly audience: { readonly field?: string; readonly recipients?: readonly string[]; readonly topic?: string; readonly all?: true };
  readonly channels: readonly string[];
  readonly method?: 'all' | 'single';
  readonly template?: string | { readonly id: string; readonly variables?: Readonly<Record<string, string>> };
  readonly urgency?: 'transactional' | 'bulk';
  readonly critical?: boolean;
  readonly quietHours?: Hours | false;
  readonly cap?: { readonly limit: number; readonly window: string; readonly key?: string; readonly type?: 'fixed' | 'sliding' };
  readonly digest?: {
    readonly window?: string;
    readonly schedule?: Schedule;
    readonly key?: string;
    readonly channels?: readonly string[];
    readonly inQuietHours?: 'closed' | 'open' | 'send';
  };
  readonly deduplication?: { readonly window: string; readonly key: string };
  readonly fallback?: {
    readonly channel: string;
    readonly wait?: string;
    readonly waitFrom?: 'sent' | 'received';
    readonly until?: readonly string[];
    readonly atOnce?: 'unreachable' | 'closed' | 'never';
  };
}

export interface Rules {
  readonly timezone?: string;
  readonly channels?: Readonly<Record<string, { readonly quiet?: boolean }>>;
  readonly quietHours?: Hours;
  readonly semantics?: {
    readonly preferences?: 'anyFalseCloses' | 'mostSpecific';
    readonly gates?: readonly GateName[];
    readonly criticalPasses?: readonly string[];
    readonly suppressionWhenSending?: boolean;
    readonly rememberEventIds?: string;
    readonly rejectedClaimsId?: boolean;
  };
  readonly rules: readonly Rule[];
}

export type GateName = 'preference' | 'address' | 'suppression';

export interface Known {
  readonly id: string;
  readonly timezone?: string;
  readonly addresses?: Readonly<Record<string, string>>;
  readonly preferences?: {
    readonly global?: boolean;
    readonly channels?: Readonly<Record<string, boolean>>;
    readonly categories?: Readonly<
      Record<string, boolean | { readonly enabled?: boolean; readonly channels?: Readonly<Record<string, boolean>> }>
    >;
  };
  readonly quietHours?: Hours | false;
  readonly topics?: readonly string[];
  readonly suppressed?: ReadonlyArray<
    string | { readonly address: string; readonly channel?: string; readonly reason?: string; readonly at?: string }
  >;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An event as far as rules look at it. */
export interface Told {
  readonly id: string;
  readonly name?: unknown;
  readonly payload?: unknown;
}

const LENGTHS: Readonly<Record<string, number>> = { W: 604_800, D: 86_400, H: 3_600, M: 60, S: 1 };

/** Milliseconds of an ISO 8601 duration. */
export function lengthOf(text: string): number {
  let seconds = 0;
  for (let index = 0, digits = ''; index < text.length; index += 1) {
    const character = text[index]!;
    if (character >= '0' && character <= '9') digits += character;
    else {
      if (digits !== '') seconds += Number(digits) * LENGTHS[character]!;
      digits = '';
    }
  }
  return seconds * 1000;
}

/** What a field of the payload holds, as text. */
export function payloadText(event: Told, field: string): string {
  return String(payloadValue(event, field));
}

export function payloadValue(event: Told, field: string): unknown {
  return field
    .replace('/payload/', '')
    .split('/')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event.payload);
}
