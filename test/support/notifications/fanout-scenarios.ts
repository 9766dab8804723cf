import { readContracts } from '../../../lib/notification-rules/contracts';
import type { Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRules } from '../../../lib/notification-rules/rules';
import { type FanoutWorld, PLAN_QUEUES } from './fanout-world';

/** Half past midnight in Berlin. */
export const NIGHT = Date.parse('2026-11-20T23:30:00Z');

/** A message that is held at night, a digest, a cap, a fallback after an hour: everything that is remembered and everything that comes later. */
export const RULES: NotificationRules = {
  version: 1,
  quietHours: { start: '22:00', end: '08:00' },
  events: [{ name: 'comment', version: 1, schema: { type: 'object', required: ['to'] } }],
  rules: [
    {
      id: 'direct',
      event: 'comment',
      category: 'social',
      audience: { field: '/payload/to' },
      channels: ['email', 'in_app'],
      fallback: { channel: 'sms', wait: 'PT1H' },
    },
    {
      id: 'digest',
      event: 'comment',
      category: 'social',
      audience: { field: '/payload/to' },
      channels: ['chat'],
      digest: { window: 'PT15M' },
      quietHours: false,
    },
    {
      id: 'capped',
      event: 'comment',
      category: 'social',
      audience: { topic: 'all-comments' },
      channels: ['push'],
      cap: { limit: 1, window: 'P1D' },
      urgency: 'bulk',
      quietHours: false,
    },
  ],
};

export const contracts = readContracts('rules.json', RULES, () => '{}');

/** @param zone of whoever has an even number; the others are in Berlin, where it is night */
export function people(count: number, zone = 'Asia/Tokyo'): Recipient[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    timezone: index % 2 === 0 ? zone : 'Europe/Berlin',
    addresses: { email: `p${index}@example.com`, sms: `+49${index}`, push: `token-${index}`, chat: `chat-${index}` },
    topics: ['all-comments'],
  }));
}

export function comment(id: string, to: readonly string[]) {
  return { id, name: 'comment', version: 1, payload: { to } };
}

/** Lets all schedules come, in order of time, until there are none left. */
export async function runTimers(world: FanoutWorld, until = Number.POSITIVE_INFINITY): Promise<void> {
  for (;;) {
    const [next] = [...world.scheduled.values()].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
    if (next === undefined) return;
    world.now = Math.max(world.now, next.at);
    // Deleted after it has come.
    world.scheduled.delete(next.name);
    world.queued.push({ queue: next.queue, body: next.input, receives: 0 });
    await world.settle();
  }
}

/** What stands in the end, without what differs from run to run: random revisions, and which run of several was the one that wrote. */
export function account(world: FanoutWorld, stored = world.deliveries()) {
  const deliveries = stored.map(({ event, recipient, messages, timeline, digest, timers }) => ({
    ...{ event, recipient, messages, timeline, events: digest?.events.map(({ id }) => id), timers: timers.length },
  }));
  const handedOver = [
    ...new Set(world.handedOver().map(({ occurrence, recipient, channel, rule }) => [occurrence, recipient, channel, rule].join(' '))),
  ];
  return { deliveries, handedOver: handedOver.sort(), parked: world.parked };
}

export const isPlanning = (queue: string): boolean => Object.values<string>(PLAN_QUEUES).includes(queue);
