import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeEvents, type Publication } from '../../../examples/notification-fanout/storm/events';
import type {
  Arrival,
  Observed,
  RecordedDelivery,
  RecordedDigest,
  RecordedMessage,
} from '../../../examples/notification-fanout/storm/judge/observed';
import { audienceOf } from '../../../examples/notification-fanout/storm/oracle/tell';
import { makeCrowd } from '../../../examples/notification-fanout/storm/recipients';
import type { Recipient } from '../../../lib/notification-rules/records';
import { parseRules } from '../../../lib/notification-rules/rules-file';
import { seededRandom } from '../../../lib/operate/storm/random';
import type { AcceptedEvent, RecipientContext, Remembered, Step, Timer } from '../../../lib/runtime/notifications/contract';
import { onEngagement, onTimer, planEvent } from '../../../lib/runtime/notifications/planner';
import { suppressionsOf } from '../../../lib/runtime/notifications/suppressions';

const RULES = path.resolve(__dirname, '../../../examples/notification-fanout/notifications.json');
const SECOND = 1000;

/** A delivery while it is written. */
interface Delivery extends Omit<RecordedDelivery, 'messages' | 'timeline'> {
  readonly messages: Map<string, RecordedMessage>;
  readonly timeline: RecordedDelivery['timeline'][number][];
}

/** The planner alone, with its state in memory, workers that are late by chance and providers that take everything: what a storm sees when all is well. */
export function simulatedStorm({
  seed,
  events: count,
  seconds,
}: {
  readonly seed: number;
  readonly events: number;
  readonly seconds: number;
}): Observed {
  const random = seededRandom(seed);
  const startsAt = Date.parse('2026-11-21T12:00:10Z');
  const rules = parseRules(RULES, readFileSync(RULES, 'utf8'));
  const crowd = makeCrowd(random, { count: count * 3, tag: 't', startsAt });
  const plan = makeEvents(random, { count, tag: 't', crowd });
  const recipients = crowd.recipients as readonly Recipient[];
  const known = new Map(recipients.map((one) => [one.id, one]));
  const suppressions = suppressionsOf(rules, recipients);
  const endedAt = startsAt + seconds * SECOND;
  const tasks: { readonly at: number; readonly run: (now: number) => void; readonly timer?: Observed['timers'][number] }[] = [];
  const deliveries = new Map<string, Delivery>();
  const arrivals: Arrival[] = [];
  const states = new Map<string, { [Kind in keyof Remembered]: Map<string, Remembered[Kind]> }>();
  const engagements: Observed['engagements'][number][] = [];

  const stateOf = (id: string) => {
    const state = states.get(id) ?? {
      cap: new Map(),
      deduplication: new Map(),
      digests: new Map(),
      pending: new Map(),
      engagement: new Map(),
    };
    states.set(id, state);
    return state;
  };
  const contextOf = (id: string): RecipientContext => ({ rules, id, suppressions, ...(known.has(id) && { recipient: known.get(id)! }) });
  const later = (now: number, most: number): number => now + random.integer(0, most);

  function deliveryOf(
    occurrence: string,
    recipient: string,
    now: number,
    more: { readonly event?: string; readonly digest?: RecordedDigest },
  ): Delivery {
    const key = `${occurrence} ${recipient}`;
    const there = deliveries.get(key) ?? { occurrence, recipient, plannedAt: now, ...more, messages: new Map(), timeline: [] };
    deliveries.set(key, there);
    return there;
  }

  function note(delivery: Delivery, message: Omit<RecordedMessage, 'lane'>): void {
    delivery.messages.set(`${message.channel}#${message.rule}`, { lane: 'bulk', ...message });
    delivery.timeline.push(message);
  }

  function send(delivery: Delivery, channel: string, rule: string, events: readonly string[], now: number): void {
    note(delivery, { channel, rule, status: 'queued', reason: 'open', at: now });
    const at = later(now, 900);
    note(delivery, { channel, rule, status: 'sent', reason: 'sent', at });
    const to = known.get(delivery.recipient)!.addresses![channel]!;
    arrivals.push({ ...{ channel, to, recipient: delivery.recipient, rule, events }, text: '', at, provider: channel });
  }

  function apply(id: string, { writes, decisions, digests, timers }: Step, now: number): void {
    const state = stateOf(id);
    for (const { kind, key, value } of writes) {
      const of = state[kind] as Map<string, unknown>;
      if (value === undefined) of.delete(key);
      else of.set(key, value);
    }
    for (const { event, occurrence, rule, channel, outcome, reason, at } of decisions) {
      const delivery = deliveryOf(occurrence, id, now, { event });
      if (outcome === 'send') send(delivery, channel, rule, [event], now);
      else note(delivery, { channel, rule, status: outcome, reason, at });
    }
    for (const digest of digests) {
      const occurrence = JSON.stringify([id, digest.channel, digest.rule, digest.key, digest.opens]);
      for (const event of digest.events) {
        const member = [...deliveries.values()].find((one) => one.event === event && one.recipient === id)!;
        const name = `${digest.channel}#${digest.rule}`;
        member.messages.set(name, { ...member.messages.get(name)!, digest: occurrence });
      }
      send(deliveryOf(occurrence, id, now, { digest }), digest.channel, digest.rule, digest.events, now);
    }
    for (const timer of timers) schedule(id, timer);
  }

  function schedule(id: string, timer: Timer): void {
    const { kind, at } = timer;
    const of =
      timer.kind === 'release' ? { occurrence: timer.message.occurrence, channel: timer.message.channel, rule: timer.message.rule } : {};
    tasks.push({
      at: later(at, 10 * SECOND),
      run: (now) => apply(id, onTimer(contextOf(id), stateOf(id), timer, now), now),
      timer: { kind, recipient: id, at, ...of },
    });
  }

  function accept({ id, name, data }: Publication, receivedAt: number): Observed['accepted'][number] {
    const event: AcceptedEvent = { id, occurrence: `${id}@${receivedAt}`, receivedAt, payload: data };
    const told = rules.rules.filter((rule) => rule.event === name);
    const audiences = told.map((rule) => new Set(audienceOf(rule, { id, payload: data }, recipients)));
    for (const recipient of new Set(audiences.flatMap((audience) => [...audience]))) {
      const mine = told.filter((_, index) => audiences[index]!.has(recipient));
      tasks.push({
        at: later(receivedAt, 3 * SECOND),
        run: (now) => {
          apply(recipient, planEvent(contextOf(recipient), stateOf(recipient), event, mine, now), now);
          if (name !== 'order.shipped' || random.fraction() >= 0.3) return;
          const at = later(now + SECOND, 40 * SECOND);
          tasks.push({ at, run: () => engage(recipient, id, at) });
        },
      });
    }
    return { id, occurrence: event.occurrence, name, payload: data, receivedAt, state: 'done' };
  }

  function engage(recipient: string, event: string, at: number): void {
    apply(recipient, onEngagement(contextOf(recipient), stateOf(recipient), { event, kind: 'opened' }), at);
    engagements.push({ recipient, event, toldAt: at, knownAt: at });
  }

  const published = [...plan.first, ...plan.again];
  const accepted = plan.first
    .filter(({ rejectedFor }) => rejectedFor === undefined)
    .map((event, index) => accept(event, startsAt + index * 50));
  // Those that came again after they were rejected.
  const there = new Set(accepted.map(({ id }) => id));
  for (const event of plan.again)
    if (event.rejectedFor === undefined && !there.has(event.id)) {
      there.add(event.id);
      accepted.push(accept(event, startsAt + 20 * SECOND));
    }
  while (tasks.length > 0) {
    tasks.sort((one, other) => other.at - one.at);
    const next = tasks.at(-1)!;
    if (next.at > endedAt) break;
    tasks.pop();
    next.run(next.at);
  }
  return {
    rules,
    recipients,
    published,
    accepted,
    deliveries: [...deliveries.values()].map(({ messages, ...delivery }) => ({ ...delivery, messages: [...messages.values()] })),
    arrivals,
    stops: [],
    engagements,
    parked: published
      .filter(({ rejectedFor }) => rejectedFor !== undefined)
      .map((event) => ({ body: JSON.stringify(event), reason: `contract: ${event.rejectedFor}: no` })),
    timers: tasks.flatMap(({ timer }) => timer ?? []),
    steering: { paused: { event: 'none', from: 0, to: 0 }, cancelled: { event: 'none', at: 0 } },
    endedAt,
  };
}
