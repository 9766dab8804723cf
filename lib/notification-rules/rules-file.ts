import { faultOf, type Schema } from '../json-schema/schema-check';
import { KNOWN_CHANNELS } from './channels';
import { milliseconds } from './durations';
import { InputFault } from './input-fault';
import type { NotificationRule, NotificationRules, QuietHours } from './rules';
import { RULES_SCHEMA } from './rules-schema';
import { isTimezone } from './timezone';

/**
 * Reads a rules file. Schemas of events that stand in files of their own are read by `readContracts`.
 *
 * @param file named in errors
 * @throws InputFault with the field, what is allowed and what is given
 */
export function parseRules(file: string, text: string): NotificationRules {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputFault(`${file}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const fault = faultOf(RULES_SCHEMA as Schema, value) ?? faultBeyondSchema(value as NotificationRules);
  if (fault !== undefined) throw new InputFault(`${file}: ${fault}`);
  return value as NotificationRules;
}

function faultBeyondSchema(rules: NotificationRules): string | undefined {
  if (rules.timezone !== undefined && !isTimezone(rules.timezone))
    return `timezone: must be an IANA time zone, for example Europe/Berlin; given ${rules.timezone}`;
  const remember = rules.semantics?.rememberEventIds;
  const gates = rules.semantics?.gates;
  return (
    faultOfQuietHours('quietHours', rules.quietHours) ??
    (remember === undefined ? undefined : faultOfDuration('semantics.rememberEventIds', remember)) ??
    (gates !== undefined && (gates.length !== 3 || new Set(gates).size !== 3)
      ? `semantics.gates: must be preference, address and suppression, each once, in your order; given ${gates.join(', ')}`
      : undefined) ??
    repeated('events', rules.events, ({ name, version }) => `${name} version ${version}`) ??
    repeated('rules', rules.rules, ({ id }) => `id ${id}`) ??
    firstOf(rules.rules.map((rule, index) => faultOfRule(rules, rule, `rules[${index}]`)))
  );
}

function faultOfRule(rules: NotificationRules, rule: NotificationRule, at: string): string | undefined {
  const { audience, digest, fallback, channels, event, version } = rule;
  const contracts = rules.events.filter(({ name }) => name === event);
  if (contracts.length === 0)
    return `${at}.event: must be one of ${[...new Set(rules.events.map((one) => one.name))].join(', ')} (events), given ${event}`;
  if (version !== undefined && !contracts.some((one) => String(one.version) === String(version)))
    return `${at}.version: must be one of ${contracts.map((one) => one.version).join(', ')} (events), given ${version}`;
  if (Object.keys(audience).length !== 1)
    return `${at}.audience: must have exactly one of field, recipients, topic, all; given ${Object.keys(audience).join(', ') || 'none'}`;
  if (digest !== undefined && (digest.window === undefined) === (digest.schedule === undefined))
    return `${at}.digest: must have either window or schedule`;
  if (fallback !== undefined && channels.includes(fallback.channel))
    return `${at}.fallback.channel: must be another one than channels (${channels.join(', ')}), given ${fallback.channel}`;
  const apart = digest?.channels?.find((one) => !channels.includes(one));
  if (apart !== undefined) return `${at}.digest.channels: must be of channels (${channels.join(', ')}), given ${apart}`;
  const known = [...new Set([...Object.keys(KNOWN_CHANNELS), ...Object.keys(rules.channels ?? {})])];
  const unknown = [...channels, ...(fallback ? [fallback.channel] : [])].find((channel) => !known.includes(channel));
  if (unknown !== undefined) return `${at}: channel ${unknown} is not known; allowed: ${known.join(', ')}; name your own under channels`;
  return (
    repeated(`${at}.channels`, channels, (channel) => channel) ??
    faultOfQuietHours(`${at}.quietHours`, rule.quietHours) ??
    firstOf(
      Object.entries({
        'cap.window': rule.cap?.window,
        'digest.window': digest?.window,
        'deduplication.window': rule.deduplication?.window,
        'fallback.wait': fallback?.wait,
      }).map(([field, text]) => text && faultOfDuration(`${at}.${field}`, text)),
    )
  );
}

/** Without this, quiet hours of a whole day would hold a message for ever. */
export function faultOfQuietHours(at: string, hours: QuietHours | false | undefined): string | undefined {
  if (!hours || hours.start !== hours.end) return undefined;
  return `${at}: start and end must differ, given ${hours.start} for both; leave quietHours out for none`;
}

function faultOfDuration(at: string, text: string): string | undefined {
  return milliseconds(text) > 0 ? undefined : `${at}: must be longer than nothing, given ${text}`;
}

function repeated<T>(at: string, values: readonly T[], nameOf: (value: T) => string): string | undefined {
  const names = values.map(nameOf);
  const again = names.findIndex((one, index) => names.indexOf(one) < index);
  return again < 0 ? undefined : `${at}[${again}]: ${names[again]} is there twice`;
}

function firstOf(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined && fault !== '');
}
