import type { GateName, Known, Rule, Rules } from './rules-file';
import { clockIn, isQuiet } from './wall-clock';

/** A suppressed address. */
export interface Stop {
  readonly address: string;
  readonly channel?: string;
  /** Milliseconds since the epoch; 0 for always. */
  readonly since: number;
}

/** Everything that is looked at to decide for one person. */
export interface View {
  readonly rules: Rules;
  /** By address in lower case. */
  readonly stops: ReadonlyMap<string, readonly Stop[]>;
}

/** Someone, known or not. */
export interface Someone {
  readonly id: string;
  readonly known: Known | undefined;
}

const MINUTE = 60_000;

/** Suppressed addresses of all recipients: one is suppressed whoever has it. */
export function stopsOf(recipients: readonly Known[], more: readonly Stop[] = []): View['stops'] {
  const stops = new Map<string, Stop[]>();
  const add = (stop: Stop): void => {
    const key = stop.address.toLowerCase();
    stops.set(key, [...(stops.get(key) ?? []), stop]);
  };
  for (const { suppressed = [] } of recipients)
    for (const one of suppressed) {
      if (typeof one === 'string') add({ address: one, since: 0 });
      else
        add({
          address: one.address,
          ...(one.channel && { channel: one.channel }),
          since: one.at ? Date.parse(one.at) : Number.NEGATIVE_INFINITY,
        });
    }
  for (const stop of more) add(stop);
  return stops;
}

const inApp = (channel: string): boolean => channel === 'in_app';

export function exempt({ semantics }: Rules, rule: Rule, from: string): boolean {
  return !!rule.critical && (semantics?.criticalPasses ?? ['preferences', 'cap', 'digest', 'quietHours']).includes(from);
}

export function quietNow({ rules }: View, to: Someone, rule: Rule, channel: string, now: number): boolean {
  if (inApp(channel) && rules.channels?.[channel]?.quiet !== true) return false;
  if (rule.quietHours === false || exempt(rules, rule, 'quietHours')) return false;
  const hours = to.known?.quietHours !== undefined ? to.known.quietHours : (rule.quietHours ?? rules.quietHours);
  return hours ? isQuiet(hours, clockIn(to.known?.timezone ?? rules.timezone ?? 'UTC', now)) : false;
}

/** The first instant that is not quiet, minute by minute: quiet hours begin and end on full minutes. */
export function quietEnds(view: View, to: Someone, rule: Rule, channel: string, from: number): number {
  if (!quietNow(view, to, rule, channel, from)) return from;
  let now = Math.floor(from / MINUTE) * MINUTE + MINUTE;
  while (quietNow(view, to, rule, channel, now)) now += MINUTE;
  return now;
}

export function addressOf({ known, id }: Someone, channel: string): string | undefined {
  return known?.addresses?.[channel] ?? (inApp(channel) && known ? id : undefined);
}

export function suppressedNow({ stops }: View, to: Someone, channel: string, now: number): boolean {
  const address = addressOf(to, channel);
  if (address === undefined) return false;
  for (const stop of stops.get(address.toLowerCase()) ?? [])
    if ((channel === 'email' || stop.address === address) && (!stop.channel || stop.channel === channel) && stop.since <= now) return true;
  return false;
}

export function optedOut({ rules }: View, to: Someone, rule: Rule, channel: string): boolean {
  if (exempt(rules, rule, 'preferences')) return false;
  const said = to.known?.preferences;
  const category = said?.categories?.[rule.category];
  const said4 = [
    typeof category === 'object' ? category.channels?.[channel] : undefined,
    typeof category === 'object' ? category.enabled : category,
    said?.channels?.[channel],
    said?.global,
  ];
  if (rules.semantics?.preferences === 'mostSpecific') return said4.filter((one) => one !== undefined)[0] === false;
  return said4.includes(false);
}

/** The first gate that is closed. */
export function closed(view: View, to: Someone, rule: Rule, channel: string, now: number): GateName | undefined {
  for (const gate of view.rules.semantics?.gates ?? ['preference', 'address', 'suppression']) {
    if (gate === 'preference' && optedOut(view, to, rule, channel)) return gate;
    if (gate === 'address' && addressOf(to, channel) === undefined) return gate;
    if (gate === 'suppression' && suppressedNow(view, to, channel, now)) return gate;
  }
  return undefined;
}

export function outcomeOf(gate: GateName): 'no_address' | 'suppressed' {
  return gate === 'address' ? 'no_address' : 'suppressed';
}
