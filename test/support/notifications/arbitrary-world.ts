import fc from 'fast-check';
import type { Engagement, ReceivedEvent, Recipient } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules, QuietHours } from '../../../lib/notification-rules/rules';
import type { World } from './oracle';

/** Quarters of an hour: every clock change of these years falls on one. */
export const STEP_MINUTES = 15;

/** Clocks that change by an hour and by half of one, forward and back, at midnight and at two; and some that never do. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Apia',
  'America/St_Johns',
];
const STARTS = [
  '2026-03-28T18:00Z',
  '2026-10-24T18:00Z',
  '2026-03-07T20:00Z',
  '2026-11-01T00:00Z',
  '2026-04-04T09:00Z',
  '2026-10-03T09:00Z',
  '2026-04-23T18:00Z',
  '2026-10-29T18:00Z',
  '2024-02-28T12:00Z',
  '2011-12-29T12:00Z',
];
const IDS = ['ann', 'bob', 'cat'];
const CHANNELS = ['email', 'sms', 'push', 'in_app'];
const ADDRESSES = ['A@example.com', 'a@example.com', 'b@example.com', '+49155', '+49156', 'token-1'];

const maybe = <T>(value: fc.Arbitrary<T>, weight = 1) => fc.option(value, { nil: undefined, freq: weight + 1 });
const quarter = fc
  .integer({ min: 0, max: 95 })
  .map((index) => `${String(Math.floor(index / 4)).padStart(2, '0')}:${String((index % 4) * 15).padStart(2, '0')}`);
const quietHours: fc.Arbitrary<QuietHours> = fc.oneof(
  fc.constant({ start: '22:00', end: '08:00' }),
  fc.constant({ start: '01:30', end: '02:30' }),
  fc.record({ start: quarter, end: quarter }).filter(({ start, end }) => start !== end),
);
const window = fc.constantFrom('PT15M', 'PT30M', 'PT1H', 'PT4H', 'PT12H', 'P1D');
const key = fc.constant('/payload/k');
const subset = <T>(values: readonly T[], minLength = 0) =>
  fc.subarray([...values], { minLength }).chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }));

/** Every world has these: compiling them takes longer than planning one. */
export const CONTRACTS: NotificationRules['events'] = ['one', 'two'].map((name) => ({
  ...{ name, version: 1 },
  schema: { type: 'object', properties: { n: { type: 'number' } } },
}));

/** Without the fields that are undefined: the file would not have them. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const rule = (id: string): fc.Arbitrary<NotificationRule> =>
  fc
    .record({
      event: fc.constantFrom('one', 'one', 'two'),
      category: fc.constantFrom('news', 'orders'),
      audience: fc.constantFrom(
        { field: '/payload/to' },
        { field: '/payload/to' },
        { all: true as const },
        { topic: 't' },
        { recipients: ['bob', 'dan', 'bob'] },
      ),
      channels: subset(CHANNELS, 1),
      method: maybe(fc.constantFrom('all' as const, 'single' as const)),
      critical: maybe(fc.boolean()),
      quietHours: maybe(fc.oneof(quietHours, fc.constant(false as const))),
      cap: maybe(
        fc.record({
          limit: fc.integer({ min: 1, max: 2 }),
          window,
          key: maybe(key),
          type: maybe(fc.constantFrom('fixed' as const, 'sliding' as const)),
        }),
      ),
      deduplication: maybe(fc.record({ window, key })),
      digestWindow: window,
      schedule: fc.record({
        at: fc.array(quarter, { minLength: 1, maxLength: 2 }),
        days: maybe(fc.subarray(['saturday' as const, 'sunday' as const, 'monday' as const], { minLength: 1 })),
      }),
      digest: maybe(
        fc.record({
          scheduled: fc.boolean(),
          key: maybe(key),
          every: fc.boolean(),
          inQuietHours: maybe(fc.constantFrom('closed' as const, 'open' as const, 'send' as const)),
        }),
      ),
      fallback: maybe(
        fc.record({
          channel: fc.constantFrom(...CHANNELS),
          wait: maybe(window, 3),
          waitFrom: maybe(fc.constantFrom('sent' as const, 'received' as const)),
          until: maybe(fc.constant(['clicked'])),
          atOnce: maybe(fc.constantFrom('unreachable' as const, 'closed' as const, 'never' as const)),
        }),
        3,
      ),
    })
    .map(({ digest, digestWindow, schedule, fallback, ...others }) => ({
      ...{ id, ...others },
      ...(digest && {
        digest: {
          ...(digest.scheduled ? { schedule } : { window: digestWindow }),
          ...{ key: digest.key, inQuietHours: digest.inQuietHours, channels: digest.every ? undefined : others.channels.slice(0, 1) },
        },
      }),
      ...(fallback && !others.channels.includes(fallback.channel) && { fallback }),
    })) as fc.Arbitrary<NotificationRule>;

const rules: fc.Arbitrary<NotificationRules> = fc.record({
  version: fc.constant(1 as const),
  timezone: maybe(fc.constantFrom(...ZONES)),
  channels: fc.constant(undefined),
  quietHours: maybe(quietHours, 2),
  semantics: maybe(
    fc.record({
      rememberEventIds: maybe(window),
      rejectedClaimsId: maybe(fc.boolean()),
      preferences: maybe(fc.constantFrom('anyFalseCloses' as const, 'mostSpecific' as const)),
      gates: maybe(fc.shuffledSubarray(['preference' as const, 'address' as const, 'suppression' as const], { minLength: 3 })),
      criticalPasses: maybe(
        fc.subarray(['preferences' as const, 'deduplication' as const, 'cap' as const, 'digest' as const, 'quietHours' as const]),
      ),
      suppressionWhenSending: maybe(fc.boolean()),
    }),
  ),
  events: fc.constant(CONTRACTS),
  rules: fc.tuple(rule('r1'), maybe(rule('r2'), 2), maybe(rule('r3'))).map((all) => all.filter((one) => one !== undefined)),
});

const said = maybe(fc.constantFrom(true, true, false));
const byChannel = maybe(fc.dictionary(fc.constantFrom(...CHANNELS), fc.constantFrom(true, false), { maxKeys: 2 }));
const preferences = fc.record({
  global: maybe(fc.constantFrom(true, true, true, false)),
  channels: byChannel,
  categories: maybe(
    fc.dictionary(fc.constantFrom('news', 'orders'), fc.oneof(fc.boolean(), fc.record({ enabled: said, channels: byChannel })), {
      maxKeys: 2,
    }),
  ),
});

const at = (start: number) =>
  fc.integer({ min: 0, max: 150 }).map((steps) => new Date(start + steps * STEP_MINUTES * 60_000).toISOString());

const recipient = (id: string, start: number): fc.Arbitrary<Recipient> =>
  fc.record({
    id: fc.constant(id),
    timezone: maybe(fc.constantFrom(...ZONES), 3),
    addresses: fc.dictionary(fc.constantFrom(...CHANNELS), fc.constantFrom(...ADDRESSES), { minKeys: 2 }),
    preferences: maybe(preferences),
    quietHours: maybe(fc.oneof(quietHours, fc.constant(false as const))),
    topics: maybe(fc.constant(['t', 't'])),
    suppressed: maybe(
      fc.array(
        fc.oneof(
          fc.constantFrom(...ADDRESSES),
          fc.record({
            address: fc.constantFrom(...ADDRESSES),
            channel: maybe(fc.constantFrom(...CHANNELS)),
            reason: maybe(fc.constant('bounce')),
            at: maybe(at(start), 5),
          }),
        ),
        { maxLength: 2 },
      ),
    ),
  }) as fc.Arbitrary<Recipient>;

const event = (start: number): fc.Arbitrary<ReceivedEvent> =>
  fc.record({
    id: fc.integer({ min: 1, max: 8 }).map((index) => `e${index}`),
    name: fc.constantFrom('one', 'one', 'two'),
    version: fc.constant(1),
    receivedAt: at(start),
    payload: fc.record({
      n: fc.constantFrom<unknown>(1, 1, 1, 1, 1, 'wrong'),
      k: fc.constantFrom('x', 'y', 1, true),
      to: fc.oneof(fc.constantFrom(...IDS, 'zed'), subset([...IDS, 'ann', 'zed'])),
    }),
  });

const engagement = (start: number): fc.Arbitrary<Engagement> =>
  fc.record({
    recipient: fc.constantFrom(...IDS),
    event: fc.integer({ min: 1, max: 8 }).map((index) => `e${index}`),
    channel: fc.constantFrom(...CHANNELS),
    at: at(start),
    kind: fc.constantFrom('opened', 'clicked', 'delivered'),
  });

/** Few ids, keys, addresses and times, so that everything meets everything. */
export const world: fc.Arbitrary<World> = fc.constantFrom(...STARTS.map((text) => Date.parse(text))).chain((start) =>
  fc
    .record({
      rules,
      recipients: fc.tuple(...IDS.map((id) => recipient(id, start))),
      events: fc.array(event(start), { minLength: 1, maxLength: 10 }),
      engagements: fc.array(engagement(start), { maxLength: 5 }),
    })
    .map((made) => ({ ...plain(made), isValid: ({ payload }: ReceivedEvent) => (payload as { readonly n: unknown }).n === 1 })),
);
