import { faultOf, type Schema } from '../json-schema/schema-check';
import { InputFault } from './input-fault';
import type { Engagement, ReceivedEvent, Recipient } from './records';
import { ENGAGEMENT_SCHEMA, EVENT_SCHEMA, RECIPIENT_SCHEMA } from './records-schema';
import { faultOfQuietHours } from './rules-file';
import { isTimezone } from './timezone';

/** @throws InputFault with file, place, field, what is allowed and what is given; also when an id is there twice */
export function parseRecipients(file: string, text: string): readonly Recipient[] {
  const recipients = parseRecords<Recipient>(file, text, RECIPIENT_SCHEMA as Schema, faultBeyondSchema);
  const seen = new Set<string>();
  for (const { id } of recipients) {
    if (seen.has(id)) throw new InputFault(`${file}: recipient ${id} is there twice`);
    seen.add(id);
  }
  return recipients;
}

/** @returns the field, what is allowed and what is given; undefined for a recipient */
export function faultOfRecipient(value: unknown): string | undefined {
  return faultOf(RECIPIENT_SCHEMA as Schema, value) ?? faultBeyondSchema(value as Recipient);
}

function faultBeyondSchema({ timezone, quietHours, suppressed = [] }: Recipient): string | undefined {
  if (timezone !== undefined && !isTimezone(timezone))
    return `timezone: must be an IANA time zone, for example Europe/Berlin; given ${timezone}`;
  const index = suppressed.findIndex((one) => typeof one === 'object' && one.at !== undefined && !isInstant(one.at));
  if (index >= 0) return `suppressed[${index}].at: must be an instant that exists`;
  return faultOfQuietHours('quietHours', quietHours);
}

/** @throws InputFault with file, place, field, what is allowed and what is given */
export function parseEvents(file: string, text: string): readonly ReceivedEvent[] {
  return parseRecords<ReceivedEvent>(file, text, EVENT_SCHEMA as Schema, ({ receivedAt }) =>
    isInstant(receivedAt) ? undefined : `receivedAt: must be an instant that exists, given ${receivedAt}`,
  );
}

/** @throws InputFault with file, place, field, what is allowed and what is given */
export function parseEngagements(file: string, text: string): readonly Engagement[] {
  return parseRecords<Engagement>(file, text, ENGAGEMENT_SCHEMA as Schema, ({ at }) =>
    isInstant(at) ? undefined : `at: must be an instant that exists, given ${at}`,
  );
}

/** One JSON array, or JSON Lines. */
function parseRecords<T>(file: string, text: string, schema: Schema, beyond: (value: T) => string | undefined): readonly T[] {
  return placedValues(file, text).map(({ place, value }) => {
    const fault = faultOf(schema, value) ?? beyond(value as T);
    if (fault !== undefined) throw new InputFault(`${file}: ${place}: ${fault}`);
    return value as T;
  });
}

function placedValues(file: string, text: string): readonly { readonly place: string; readonly value: unknown }[] {
  const content = text.replace(/^\uFEFF/, '');
  if (/^\s*\[/.test(content)) {
    const values = parsed(file, content) as readonly unknown[];
    return values.map((value, index) => ({ place: `[${index}]`, value }));
  }
  return content
    .split('\n')
    .map((line, index) => ({ line, place: `line ${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, place }) => ({ place, value: parsed(`${file}: ${place}`, line) }));
}

function parsed(place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputFault(`${place}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `Date` takes the 31st of each month for a day. */
function isInstant(text: string): boolean {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return false;
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year!, month! - 1, day)).getUTCDate() === day;
}
