import {
  closed,
  exempt,
  outcomeOf,
  quietNow,
  stopsOf,
  suppressedNow,
  type View,
} from '../../../examples/notification-fanout/storm/oracle/gates';
import { lengthOf, payloadText } from '../../../examples/notification-fanout/storm/oracle/rules-file';
import { audienceOf, tell } from '../../../examples/notification-fanout/storm/oracle/tell';
import { crossesSchedule } from '../../../examples/notification-fanout/storm/oracle/wall-clock';
import type { Engagement, ReceivedEvent, Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';

/**
 * What must come of rules, recipients and events, computed another way than the product does: the clock is moved in small steps, and at each step everything that
 * waits is looked at. It knows no timers, no next instants, no offsets. What holds at one instant it shares with the oracle of the storm.
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
  const view: View = { rules, stops: stopsOf(recipients) };

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
  function send(
    to: Person,
    rule: NotificationRule,
    event: ReceivedEvent,
    channel: string,
    why: string,
    now: number,
    story?: Story,
  ): boolean {
    if (!quietNow(view, to, rule, channel, now)) {
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
    const gate = closed(view, to, rule, channel, now);
    if (gate) write(to, rule, event, channel, outcomeOf(gate), gate, now);
    else if (taken.has(channel)) write(to, rule, event, channel, 'suppressed', 'another_rule', now);
    else {
      taken.add(channel);
      send(to, rule, event, channel, 'fallback', now);
    }
  }

  function isNew(to: Person, rule: NotificationRule, event: ReceivedEvent, now: number): 'deduplication' | 'cap' | undefined {
    const { deduplication, cap } = rule;
    const dedupe = deduplication && !exempt(rules, rule, 'deduplication') ? deduplication : undefined;
    const limit = cap && !exempt(rules, rule, 'cap') ? cap : undefined;
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

  function tellOf(to: Person, rule: NotificationRule, event: ReceivedEvent, taken: Set<string>, now: number): void {
    const { refusals, going, byFallback, mayFallBack } = tell(view, to, rule, taken, now, () => isNew(to, rule, event, now));
    for (const { channel, outcome, why } of refusals) write(to, rule, event, channel, outcome, why, now);
    const story: Story | undefined = mayFallBack
      ? { to, rule, event, taken, waiting: 0, anyLeft: false, due: undefined, over: false }
      : undefined;
    for (const { channel, digest } of going) {
      if (digest) {
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
    const told = rules.rules
      .filter((rule) => rule.event === event.name)
      .map((rule) => ({ rule, ids: audienceOf(rule, event, recipients) }));
    for (const id of new Set(told.flatMap(({ ids }) => ids))) {
      const taken = new Set<string>();
      for (const { rule, ids } of told) if (ids.includes(id)) tellOf(person(id), rule, event, taken, now);
    }
  }

  function lookAtHeld(now: number): void {
    for (const one of [...held]) {
      const { to, rule, line, story } = one;
      if (quietNow(view, to, rule, line.channel!, now)) continue;
      held.splice(held.indexOf(one), 1);
      line.at = now;
      const stopped = semantics.suppressionWhenSending !== false && suppressedNow(view, to, line.channel!, now);
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
      const quiet = quietNow(view, to, rule, channel, now);
      const reached: { over?: boolean } = batch as { over?: boolean };
      if (window ? now >= opens + lengthOf(window) : now > opens && crossesSchedule(schedule!, zone(to), now, stepMinutes))
        reached.over = true;
      if (!reached.over) continue;
      if (inQuietHours !== 'open' || !quiet) batch.flush ??= now;
      if (quiet && inQuietHours !== 'send') continue;
      const stopped = semantics.suppressionWhenSending !== false && suppressedNow(view, to, channel, now);
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
