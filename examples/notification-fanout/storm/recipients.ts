import type { Random } from '../../../lib/operate/storm/contract';
import type { Hours, Known } from './oracle/rules-file';
import { clockIn } from './oracle/wall-clock';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ZONES = [
  'Europe/Zurich',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Cairo',
];
const CATEGORIES = ['payments', 'orders', 'security', 'social', 'deals'];
const CHANNELS = ['email', 'sms', 'push', 'chat'];
/** The rules tell these by name. */
const DESKS = ['desk-1', 'desk-2'];

/** Groups of recipients of whom the events tell more often than of others. */
export interface Crowd {
  readonly recipients: readonly Known[];
  /** Ids of all but the desks. */
  readonly everyone: readonly string[];
  /** Some dozens who are told so often that caps and digests fill. */
  readonly regulars: readonly string[];
}

/**
 * People who want and can be told all sorts of things. Their own quiet hours are under way, end or begin while the storm lasts.
 *
 * @param startsAt about when the storm starts
 */
export function makeCrowd(
  random: Random,
  { count, tag, startsAt }: { readonly count: number; readonly tag: string; readonly startsAt: number },
): Crowd {
  const ids = Array.from({ length: count }, (_, index) => `${tag}-${String(index + 1).padStart(5, '0')}`);
  const people: Known[] = [];
  for (const id of ids) people.push(person(random, id, startsAt, people));
  const desks = DESKS.map((id): Known => ({ id, addresses: { chat: `room-${id}` }, data: { name: id } }));
  return {
    recipients: [...people, ...desks],
    everyone: ids,
    regulars: random.shuffle(ids).slice(0, Math.max(6, Math.ceil(count / 150))),
  };
}

function person(random: Random, id: string, startsAt: number, before: readonly Known[]): Known {
  const chance = (share: number): boolean => random.fraction() < share;
  const timezone = chance(0.95) ? random.pick(ZONES) : undefined;
  const addresses: Record<string, string> = {};
  if (chance(0.92)) addresses.email = sharedEmail(random, before) ?? `${id}@example.com`;
  if (chance(0.7)) addresses.sms = `+4179${String(random.integer(0, 9_999_999)).padStart(7, '0')}`;
  if (chance(0.75)) addresses.push = `token-${id}`;
  if (chance(0.6)) addresses.chat = `room-${id}`;
  const suppressed = Object.entries(addresses)
    .filter(() => chance(0.03))
    .map(([channel, address]) => ({
      ...{ address: channel === 'email' && chance(0.5) ? address.toUpperCase() : address, reason: random.pick(['bounce', 'complaint']) },
      ...(chance(0.5) && { channel }),
    }));
  const quietHours = hoursOf(random, timezone ?? 'Europe/Zurich', startsAt);
  return {
    id,
    ...(timezone && { timezone }),
    addresses,
    preferences: preferencesOf(random),
    ...(quietHours !== undefined && { quietHours }),
    ...(chance(0.02) && { topics: ['deals'] }),
    ...(suppressed.length > 0 && { suppressed }),
    data: { name: `Customer ${id}` },
  };
}

/** Some share an address, and write it in another way. */
function sharedEmail(random: Random, before: readonly Known[]): string | undefined {
  if (before.length === 0 || random.fraction() >= 0.02) return undefined;
  return random.pick(before).addresses?.email?.replace('example.com', 'Example.com');
}

/** What is not said is wanted. News are wanted by few. */
function preferencesOf(random: Random): NonNullable<Known['preferences']> {
  const chance = (share: number): boolean => random.fraction() < share;
  const categories: Record<string, boolean | { enabled?: boolean; channels?: Record<string, boolean> }> = {};
  if (chance(0.7)) categories.news = false;
  for (const category of CATEGORIES) {
    if (chance(0.03)) categories[category] = false;
    else if (chance(0.04)) categories[category] = { enabled: true, channels: { [random.pick(CHANNELS)]: false } };
  }
  return {
    ...(chance(0.02) && { global: false }),
    ...(chance(0.08) && { channels: { [random.pick(CHANNELS)]: false } }),
    categories,
  };
}

/** Undefined: those of the rules. */
function hoursOf(random: Random, zone: string, startsAt: number): Hours | false | undefined {
  const kind = random.fraction();
  const around = (from: number, to: number): Hours => ({ start: shown(zone, startsAt + from), end: shown(zone, startsAt + to) });
  if (kind < 0.72) return false;
  if (kind < 0.82) return around(-3 * HOUR, 2 * MINUTE);
  if (kind < 0.92) return around(-HOUR, 7 * HOUR);
  if (kind < 0.97) return around(2 * MINUTE, 6 * HOUR);
  return undefined;
}

function shown(zone: string, instant: number): string {
  const { minute } = clockIn(zone, instant);
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
