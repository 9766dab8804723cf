import type { Engagement, ReceivedEvent, Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { clockIn, crossesSchedule, isQuiet } from './wall-clock';

/**
 * What must come of rules, recipients and events, computed another way than the product does: the clock is moved in small steps, and at each step everything that
 * waits is looked at. It knows no timers, no next instants, no offsets.
 */
export interface World {
  readonly rules: NotificationRules;
  readonly recipients: readonly Recipient[];
  readonly events: readonly ReceivedEvent[];
  readonly engagements: readonly Engagement[];
  /** Whether a payload is as its contract has it. */
  readonly isValid: (event: ReceivedEvent) => boolean;
}

interface Line {
  readonly event: string;
  readonly recipient: string | null;
  readonly channel: string | null;
  readonly rule: string | null;
  outcome: string;
  /** First word of the reason. */
  why: string;
  at: number;
}

interface Batch {
  readonly to: Person;
  readonly rule: NotificationRule;
  readonly channel: string;
  readonly key: string | null;
  readonly opens: number;
  flush?: number;
  at?: number;
  gone?: boolean;
  readonly lines: Line[];
}

interface Held {
  readonly to: Person;
  readonly rule: NotificationRule;
  readonly line: Line;
  readonly story: Story | undefined;
}

/** A rule's messages about one event to one recipient, as far as its fallback is concerned. */
interface Story {
  readonly to: Person;
  readonly rule: NotificationRule;
  readonly event: ReceivedEvent;
  readonly taken: Set<string>;
  waiting: number;
  anyLeft: boolean;
  due: number | undefined;
  over: boolean;
}

interface Person {
  readonly id: string;
  readonly known: Recipient | undefined;
  readonly counted: { readonly rule: string; readonly key: string; times: number[] }[];
  readonly first: { readonly rule: string; readonly key: string; at: number }[];
}

const MINUTE = 60_000;
const LENGTH: Readonly<Record<string, number>> = {
  PT15M: 15,
  PT30M: 30,
  PT45M: 45,
  PT1H: 60,
  PT2H: 120,
  PT4H: 240,
  PT12H: 720,
  P1D: 1440,
  P2D: 2880,
};
const lengthOf = (text: string): number => LENGTH[text]! * MINUTE;

export function expected(world: World, stepMinutes: number) {
  const { rules, recipients, isValid } = world;
  const semantics = rules.semantics ?? {};
  const lines: Line[] = [];
  const batches: Batch[] = [];
  const held: Held[] = [];
  const stories: Story[] = [];
  const people = new Map<string, Person>();
  const claimed = new Map<string, number>();

  const person = (id: string): Person => {
    const there = people.get(id);
    if (there !== undefined) return there;
    const made: Person = { id, known: recipients.find((one) => one.id === id), counted: [], first: [] };
    people.set(id, made);
    return made;
  };
  const zone = (to: Person): string => to.known?.timezone ?? rules.timezone ?? 'UTC';
  const exempt = (rule: NotificationRule, from: string): boolean =>
    !!rule.critical && ((semantics.criticalPasses ?? ['preferences', 'cap', 'digest', 'quietHours']) as readonly string[]).includes(from);
  const inApp = (channel: string): boolean => channel === 'in_app';

  function quietNow(to: Person, rule: NotificationRule, channel: string, now: number): boolean {
    if (inApp(channel) && rules.channels?.[channel]?.quiet !== true) return false;
    if (rule.quietHours === false || exempt(rule, 'quietHours')) return false;
    const hours = to.known?.quietHours !== undefined ? to.known.quietHours : (rule.quietHours ?? rules.quietHours);
    return hours ? isQuiet(hours, clockIn(zone(to), now)) : false;
  }

  function suppressedNow(to: Person, channel: string, now: number): boolean {
    const address = to.known?.addresses?.[channel] ?? (inApp(channel) && to.known ? to.id : undefined);
    if (address === undefined) return false;
    const same = (other: string): boolean => (channel === 'email' ? other.toLowerCase() === address.toLowerCase() : other === address);
    for (const one of recipients)
      for (const entry of one.suppressed ?? []) {
        if (typeof entry === 'string') {
          if (same(entry)) return true;
        } else if (same(entry.address) && (!entry.channel || entry.channel === channel) && (!entry.at || Date.parse(entry.at) <= now))
          return true;
      }
    return false;
  }

  function optedOut(to: Person, rule: NotificationRule, channel: string): boolean {
    if (exempt(rule, 'preferences')) return false;
    const said = to.known?.preferences;
    const category = said?.categories?.[rule.category];
    const said4 = [
      typeof category === 'object' ? category.channels?.[channel] : undefined,
      typeof category === 'object' ? category.enabled : category,
      said?.channels?.[channel],
      said?.global,
    ];
    if (semantics.preferences === 'mostSpecific') return said4.filter((one) => one !== undefined)[0] === false;
    return said4.includes(false);
  }

  function closed(to: Person, rule: NotificationRule, channel: string, now: number): 'preference' | 'address' | 'suppression' | undefined {
    for (const gate of semantics.gates ?? ['preference', 'address', 'suppression']) {
      if (gate === 'preference' && optedOut(to, rule, channel)) return gate;
      if (gate === 'address' && (to.known === undefined || (to.known.addresses?.[channel] === undefined && !inApp(channel)))) return gate;
      if (gate === 'suppression' && suppressedNow(to, channel, now)) return gate;
    }
    return undefined;
  }

  const write = (
    to: Person,
    rule: NotificationRule,
    event: ReceivedEvent,
    channel: string,
    outcome: string,
    why: string,
    at: number,
  ): Line => {
    const line = { event: event.id, recipient: to.id, channel, rule: rule.id, outcome, why, at };
    lines.push(line);
    return line;
  };
  const outcomeOf = (gate: string): string => (gate === 'address' ? 'no_address' : 'suppressed');
  const payloadText = (event: ReceivedEvent, field: string): string =>
    String((event.payload as Record<string, unknown>)[field.replace('/payload/', '')]);

  function send(
    to: Person,
    rule: NotificationRule,
    event: ReceivedEvent,
    channel: string,
    why: string,
    now: number,
    story?: Story,
  ): boolean {
    if (!quietNow(to, rule, channel, now)) {
      write(to, rule, event, channel, 'send', why, now);
      return true;
    }
    held.push({ to, rule, line: write(to, rule, event, channel, 'held', 'quiet_hours', Number.NaN), story });
    return false;
  }

  function fallBack(story: Story, now: number): void {
    story.over = true;
    const { to, rule, event, taken } = story;
    const { channel } = rule.fallback!;
    const gate = closed(to, rule, channel, now);
    if (gate) write(to, rule, event, channel, outcomeOf(gate), gate, now);
    else if (taken.has(channel)) write(to, rule, event, channel, 'suppressed', 'another_rule', now);
    else {
      taken.add(channel);
      send(to, rule, event, channel, 'fallback', now);
    }
  }

  function isNew(to: Person, rule: NotificationRule, event: ReceivedEvent, now: number): 'deduplication' | 'cap' | undefined {
    const { deduplication, cap } = rule;
    const dedupe = deduplication && !exempt(rule, 'deduplication') ? deduplication : undefined;
    const limit = cap && !exempt(rule, 'cap') ? cap : undefined;
    const firstKey = dedupe ? payloadText(event, dedupe.key) : '';
    const countKey = limit?.key ? payloadText(event, limit.key) : '';
    const first = to.first.find((one) => one.rule === rule.id && one.key === firstKey);
    if (dedupe && first && now < first.at + lengthOf(dedupe.window)) return 'deduplication';
    let counter = to.counted.find((one) => one.rule === rule.id && one.key === countKey);
    if (limit) {
      if (counter === undefined) {
        counter = { rule: rule.id, key: countKey, times: [] };
        to.counted.push(counter);
      }
      if (limit.type === 'sliding') counter.times = counter.times.filter((time) => now < time + lengthOf(limit.window));
      else if (counter.times[0] !== undefined && now >= counter.times[0] + lengthOf(limit.window)) counter.times = [];
      if (counter.times.length >= limit.limit) return 'cap';
      counter.times.push(now);
    }
    if (dedupe) {
      if (first) first.at = now;
      else to.first.push({ rule: rule.id, key: firstKey, at: now });
    }
    return undefined;
  }

  function tell(to: Person, rule: NotificationRule, event: ReceivedEvent, taken: Set<string>, now: number): void {
    const digesting = rule.digest !== undefined && !exempt(rule, 'digest');
    let ways: string[] = [];
    let unreachable = false;
    for (const channel of rule.channels) {
      const gate = closed(to, rule, channel, now);
      if (gate === undefined) ways.push(channel);
      else {
        write(to, rule, event, channel, outcomeOf(gate), gate, now);
        if (gate !== 'preference') unreachable = true;
      }
    }
    let byFallback = false;
    if (ways.length === 0 && rule.fallback && !digesting) {
      const when = rule.fallback.atOnce ?? 'unreachable';
      if (when === 'closed' || (when === 'unreachable' && unreachable)) {
        byFallback = true;
        const gate = closed(to, rule, rule.fallback.channel, now);
        if (gate === undefined) ways = [rule.fallback.channel];
        else write(to, rule, event, rule.fallback.channel, outcomeOf(gate), gate, now);
      }
    }
    if (rule.method === 'single') for (const channel of ways.splice(1)) write(to, rule, event, channel, 'suppressed', 'method', now);
    const going: string[] = [];
    for (const channel of ways)
      if (taken.has(channel)) write(to, rule, event, channel, 'suppressed', 'another_rule', now);
      else going.push(channel);
    if (going.length === 0) return;
    const barred = isNew(to, rule, event, now);
    if (barred) {
      for (const channel of going) write(to, rule, event, channel, 'suppressed', barred, now);
      return;
    }
    const story: Story | undefined =
      rule.fallback && !digesting && !byFallback
        ? { to, rule, event, taken, waiting: 0, anyLeft: false, due: undefined, over: false }
        : undefined;
    for (const channel of going) {
      taken.add(channel);
      if (digesting && (rule.digest!.channels ?? rule.channels).includes(channel)) {
        const key = rule.digest!.key === undefined ? null : payloadText(event, rule.digest!.key);
        let batch = batches.find(
          (one) => one.to === to && one.rule === rule && one.channel === channel && one.key === key && one.flush === undefined,
        );
        if (batch === undefined) {
          batch = { to, rule, channel, key, opens: now, lines: [] };
          batches.push(batch);
        }
        batch.lines.push(write(to, rule, event, channel, 'digest', 'digest', Number.NaN));
      } else {
        const left = send(to, rule, event, channel, byFallback ? 'fallback' : rule.critical ? 'critical' : 'open', now, story);
        if (story && left) story.anyLeft = true;
        if (story && !left) story.waiting += 1;
      }
    }
    if (story) {
      stories.push(story);
      if (story.rule.fallback!.wait && (story.anyLeft || story.rule.fallback!.waitFrom === 'received'))
        story.due = now + lengthOf(story.rule.fallback!.wait);
    }
  }

  function audienceOf(rule: NotificationRule, event: ReceivedEvent): string[] {
    const { field, topic, recipients: named } = rule.audience;
    if (field) {
      const value = (event.payload as Record<string, unknown>)[field.replace('/payload/', '')] as string | string[];
      return [...new Set([value].flat())];
    }
    if (topic) return recipients.filter((one) => one.topics?.includes(topic)).map(({ id }) => id);
    return named ? [...new Set(named)] : recipients.map(({ id }) => id);
  }

  function receive(event: ReceivedEvent, now: number): void {
    const before = claimed.get(event.id);
    const { rememberEventIds } = semantics;
    if (before !== undefined && (rememberEventIds === undefined || now < before + lengthOf(rememberEventIds))) return;
    const valid = isValid(event);
    if (valid || semantics.rejectedClaimsId) claimed.set(event.id, now);
    if (!valid) {
      lines.push({ event: event.id, recipient: null, channel: null, rule: null, outcome: 'rejected', why: '/payload/n', at: now });
      return;
    }
    const told = rules.rules.filter((rule) => rule.event === event.name).map((rule) => ({ rule, ids: audienceOf(rule, event) }));
    for (const id of new Set(told.flatMap(({ ids }) => ids))) {
      const taken = new Set<string>();
      for (const { rule, ids } of told) if (ids.includes(id)) tell(person(id), rule, event, taken, now);
    }
  }

  function lookAtHeld(now: number): void {
    for (const one of [...held]) {
      const { to, rule, line, story } = one;
      if (quietNow(to, rule, line.channel!, now)) continue;
      held.splice(held.indexOf(one), 1);
      line.at = now;
      const stopped = semantics.suppressionWhenSending !== false && suppressedNow(to, line.channel!, now);
      if (stopped) Object.assign(line, { outcome: 'suppressed', why: 'suppression' });
      if (story === undefined || story.over) continue;
      story.waiting -= 1;
      const { wait, waitFrom, atOnce } = rule.fallback!;
      if (!stopped) {
        if (!story.anyLeft && wait && waitFrom !== 'received') story.due = now + lengthOf(wait);
        story.anyLeft = true;
      } else if (story.waiting === 0 && !story.anyLeft && atOnce !== 'never') fallBack(story, now);
    }
  }

  function lookAtBatches(now: number): void {
    for (const batch of batches) {
      if (batch.gone) continue;
      const { to, rule, channel, opens } = batch;
      const { window, schedule, inQuietHours } = rule.digest!;
      const quiet = quietNow(to, rule, channel, now);
      const reached: { over?: boolean } = batch as { over?: boolean };
      if (window ? now >= opens + lengthOf(window) : now > opens && crossesSchedule(schedule!, zone(to), now, stepMinutes))
        reached.over = true;
      if (!reached.over) continue;
      if (inQuietHours !== 'open' || !quiet) batch.flush ??= now;
      if (quiet && inQuietHours !== 'send') continue;
      const stopped = semantics.suppressionWhenSending !== false && suppressedNow(to, channel, now);
      for (const line of batch.lines) Object.assign(line, { at: now }, stopped ? { outcome: 'suppressed', why: 'suppression' } : {});
      batch.gone = true;
      if (!stopped) batch.at = now;
    }
  }

  function lookAtStories(now: number): void {
    for (const story of stories) {
      if (story.over || story.due === undefined || now < story.due) continue;
      const kinds = world.engagements
        .filter((one) => one.recipient === story.to.id && one.event === story.event.id && Date.parse(one.at) <= now)
        .map(({ kind }) => kind);
      const { until } = story.rule.fallback!;
      story.over = true;
      if (!kinds.some((kind) => (until ? until.includes(kind) : !['delivered', 'bounced', 'failed'].includes(kind)))) fallBack(story, now);
    }
  }

  const times = world.events.map(({ receivedAt }) => Date.parse(receivedAt));
  const [start, last] = [Math.min(...times), Math.max(...times)];
  const isWaiting = (): boolean =>
    held.length > 0 || batches.some(({ gone }) => !gone) || stories.some(({ over, due }) => !over && due !== undefined);
  for (let now = start; world.events.length > 0 && (now <= last || isWaiting()); now += stepMinutes * MINUTE) {
    lookAtHeld(now);
    lookAtBatches(now);
    lookAtStories(now);
    for (const event of world.events) if (Date.parse(event.receivedAt) === now) receive(event, now);
  }
  return {
    decisions: lines.map(({ event, recipient, channel, rule, outcome, why, at }) => ({
      ...{ event, recipient, channel, rule, outcome, why },
      at: new Date(at).toISOString(),
    })),
    digests: batches
      .filter(({ at }) => at !== undefined)
      .map(({ to, rule, channel, key, opens, flush, at, lines: collected }) => ({
        ...{ recipient: to.id, channel, rule: rule.id, key },
        ...{ opens: new Date(opens).toISOString(), flush: new Date(flush!).toISOString(), at: new Date(at!).toISOString() },
        events: collected.map(({ event }) => event),
      })),
  };
}
