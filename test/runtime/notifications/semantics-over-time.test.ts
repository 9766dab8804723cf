import type { Engagement } from '../../../lib/notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { ANN, lines, previewed, rulesOf, shipped } from '../../support/notifications/previews';

const NIGHT = { start: '22:00', end: '08:00' };
const bounced = (at?: string) => ({ suppressed: [{ address: 'ann@example.com', reason: 'bounce', ...(at && { at: `${at}:00Z` }) }] });
const at = (...times: readonly string[]) =>
  times.map((time, index) => shipped(`e${index + 1}`, time.includes('T') ? time : `2026-11-21T${time}`));
const plan = (
  rule: Partial<NotificationRule>,
  events = at('12:00'),
  recipient: object = {},
  file: Partial<NotificationRules> = {},
  engagements: readonly Engagement[] = [],
) => previewed(rulesOf(rule, file), [{ ...ANN, ...recipient }], events, engagements);
const outcomes = (...given: Parameters<typeof plan>) =>
  plan(...given).decisions.map(({ outcome, reason }) => `${outcome} ${reason.split(':')[0]}`);

describe('the cap', () => {
  const cap = { limit: 2, window: 'PT1H' };

  test('counts in a window opened by the first event, which ends before it is over', () => {
    const events = at('12:00', '12:50', '12:59', '13:00', '13:30', '13:59');
    expect(outcomes({ cap }, events)).toEqual(['send open', 'send open', 'suppressed cap', 'send open', 'send open', 'suppressed cap']);
  });

  test('counts in the time before each event, when the file says so', () => {
    const events = at('12:00', '12:50', '12:59', '13:00', '13:30', '13:50');
    expect(outcomes({ cap: { ...cap, type: 'sliding' } }, events)).toEqual([
      ...['send open', 'send open', 'suppressed cap', 'send open', 'suppressed cap', 'send open'],
    ]);
  });

  test('counts events, not messages', () => {
    expect(outcomes({ cap, channels: ['email', 'sms', 'push'] }, at('12:00', '12:01'))).toEqual(Array(6).fill('send open'));
  });

  test('counts admitted events only: what deduplication bars is none', () => {
    const found = outcomes(
      { cap, deduplication: { window: 'PT1M', key: '/payload/orderId' } },
      at('12:00', '12:00', '12:00', '12:30', '12:31'),
    );
    expect(found).toEqual(['send open', 'suppressed deduplication', 'suppressed deduplication', 'send open', 'suppressed cap']);
  });

  test('is per recipient and rule', () => {
    const rules = rulesOf({ cap: { limit: 1, window: 'P1D' } });
    const other = { ...rules.rules[0]!, id: 'other', channels: ['sms'] };
    const events = [shipped('e1', '2026-11-21T12:00'), shipped('e2', '2026-11-21T12:01', { to: 'bob' })];
    const { decisions } = previewed({ ...rules, rules: [...rules.rules, other] }, [ANN, { ...ANN, id: 'bob' }], events);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(Array(4).fill('send'));
  });

  test('counts by a field too, when the file names one', () => {
    const events = ['a', 'b', 'a'].map((orderId, index) => shipped(`e${index}`, '2026-11-21T12:00', { orderId }));
    expect(outcomes({ cap: { limit: 1, window: 'P1D', key: '/payload/orderId' } }, events)).toEqual([
      'send open',
      'send open',
      'suppressed cap',
    ]);
  });
});

describe('deduplication', () => {
  const deduplication = { window: 'PT1H', key: '/payload/orderId' };

  test('drops the same again within a window opened by the first, which ends before it is over', () => {
    const events = at('12:00', '12:59', '13:00', '13:59');
    expect(outcomes({ deduplication }, events)).toEqual(['send open', 'suppressed deduplication', 'send open', 'suppressed deduplication']);
  });

  test('is by value: another one is told', () => {
    const events = ['a', 'b'].map((orderId, index) => shipped(`e${index}`, '2026-11-21T12:00', { orderId }));
    expect(outcomes({ deduplication }, events)).toEqual(['send open', 'send open']);
  });

  test('what nobody was told of opens no window', () => {
    const events = at('12:00', '12:30', '12:40');
    expect(
      outcomes({ deduplication, cap: { limit: 1, window: 'PT30M' } }, [shipped('e0', '2026-11-21T11:59', { orderId: 'x' }), ...events]),
    ).toEqual([...['send open', 'suppressed cap', 'send open', 'suppressed deduplication']]);
  });
});

describe('a digest', () => {
  const digest = { window: 'PT1H' };

  test('holds what comes in [open, open + window), and is flushed once', () => {
    const found = plan({ digest }, at('12:00', '12:59', '13:00'));
    expect(lines(found)).toEqual([
      'e1 email digest digest 2026-11-21T13:00',
      'e2 email digest digest 2026-11-21T13:00',
      'e3 email digest digest 2026-11-21T14:00',
    ]);
    const common = { recipient: 'ann', channel: 'email', rule: 'shipped', key: null };
    expect(found.digests).toEqual([
      {
        ...common,
        opens: '2026-11-21T12:00:00.000Z',
        flush: '2026-11-21T13:00:00.000Z',
        at: '2026-11-21T13:00:00.000Z',
        events: ['e1', 'e2'],
      },
      { ...common, opens: '2026-11-21T13:00:00.000Z', flush: '2026-11-21T14:00:00.000Z', at: '2026-11-21T14:00:00.000Z', events: ['e3'] },
    ]);
  });

  test('is per recipient, channel, rule and key', () => {
    const rules = rulesOf({ digest: { ...digest, key: '/payload/orderId' }, channels: ['email', 'sms'] });
    const other = { ...rules.rules[0]!, id: 'other', channels: ['push'] };
    const events = ['a', 'b', 'a'].map((orderId, index) =>
      shipped(`e${index}`, `2026-11-21T12:0${index}`, { orderId, to: ['ann', 'bob'] }),
    );
    const { digests } = previewed({ ...rules, rules: [...rules.rules, other] }, [ANN, { ...ANN, id: 'bob' }], events);
    const of = (key: string) =>
      digests
        .filter((one) => one.key === key)
        .map(({ recipient, channel, rule, events }) => [recipient, channel, rule, ...events].join(' '));
    expect(of('a')).toEqual([
      ...[
        'ann email shipped e0 e2',
        'ann sms shipped e0 e2',
        'ann push other e0 e2',
        'bob email shipped e0 e2',
        'bob sms shipped e0 e2',
        'bob push other e0 e2',
      ],
    ]);
    expect(of('b')).toHaveLength(6);
  });

  const overNight = (inQuietHours?: 'closed' | 'open' | 'send') =>
    plan({ digest: { ...digest, ...(inQuietHours && { inQuietHours }) }, quietHours: NIGHT }, at('20:30', '21:00', '21:30')).digests.map(
      ({ flush, at: leaves, events }) => `${events.join(' ')} ${flush.slice(8, 16)} ${leaves.slice(8, 16)}`,
    );

  test('a flush in quiet hours waits closed: what comes meanwhile opens another', () => {
    // 22:00 in Berlin is 21:00 in UTC. The third comes at the instant of the flush: no longer in time.
    expect(overNight()).toEqual(['e1 e2 21T21:30 22T07:00', 'e3 21T22:30 22T07:00']);
  });

  test('stays open until it leaves, or leaves at once, when the file says so', () => {
    expect(overNight('open')).toEqual(['e1 e2 e3 22T07:00 22T07:00']);
    expect(overNight('send')).toEqual(['e1 e2 21T21:30 21T21:30', 'e3 21T22:30 21T22:30']);
  });

  test("is flushed by a schedule on the recipient's clock", () => {
    const found = plan({ digest: { schedule: { at: ['09:00', '18:00'] } } }, at('08:00', '16:59', '17:00'));
    expect(found.digests.map(({ at: leaves, events }) => `${events.join(' ')} ${leaves.slice(8, 16)}`)).toEqual([
      'e1 e2 21T17:00',
      'e3 22T08:00',
    ]);
  });

  test('may take some channels only', () => {
    expect(lines(plan({ digest: { ...digest, channels: ['sms'] }, channels: ['email', 'sms'] }))).toEqual([
      'e1 email send open 2026-11-21T12:00',
      'e1 sms digest digest 2026-11-21T13:00',
    ]);
  });
});

describe('quiet hours', () => {
  test('hold a message until they are over; it shows once, with the time it leaves', () => {
    expect(lines(plan({ quietHours: NIGHT }, at('20:59', '21:00')))).toEqual([
      'e1 email send open 2026-11-21T20:59',
      'e2 email held quiet_hours 2026-11-22T07:00',
    ]);
  });

  test('go by the clock of the recipient, or of the file for who has none', () => {
    const leaves = (recipient: object, file: Partial<NotificationRules> = {}) =>
      lines(plan({ quietHours: NIGHT }, at('03:30'), recipient, file));
    expect(leaves({ timezone: 'Asia/Kathmandu' })).toEqual(['e1 email send open 2026-11-21T03:30']);
    expect(leaves({ timezone: 'America/New_York' })).toEqual(['e1 email held quiet_hours 2026-11-21T13:00']);
    expect(leaves({ timezone: undefined })).toEqual(['e1 email held quiet_hours 2026-11-21T08:00']);
    expect(leaves({ timezone: undefined }, { timezone: 'Asia/Tokyo' })).toEqual(['e1 email send open 2026-11-21T03:30']);
  });

  test('hold over a clock change', () => {
    expect(lines(plan({ quietHours: NIGHT }, at('2026-03-28T22:00', '2026-10-24T22:00')))).toEqual([
      'e1 email held quiet_hours 2026-03-29T06:00',
      'e2 email held quiet_hours 2026-10-25T07:00',
    ]);
  });

  test('never hold in the app, unless the file says so', () => {
    const quiet = (file: Partial<NotificationRules>) =>
      lines(plan({ channels: ['in_app', 'sms'] }, at('23:00'), {}, { quietHours: NIGHT, ...file }));
    expect(quiet({})).toEqual(['e1 in_app send open 2026-11-21T23:00', 'e1 sms held quiet_hours 2026-11-22T07:00']);
    expect(quiet({ channels: { in_app: { quiet: true }, sms: { quiet: false } } })).toEqual([
      'e1 sms send open 2026-11-21T23:00',
      'e1 in_app held quiet_hours 2026-11-22T07:00',
    ]);
  });

  test("are the recipient's own, else the rule's, else the file's; a rule can do without", () => {
    const own = { quietHours: { start: '11:00', end: '14:00' } };
    const leaves = (rule: Partial<NotificationRule>, recipient: object, quietHours = NIGHT) =>
      plan(rule, at('12:00'), recipient, { quietHours }).decisions[0]!.at.slice(8, 16);
    expect(leaves({}, own)).toBe('21T13:00');
    expect(leaves({ quietHours: { start: '12:00', end: '20:00' } }, {})).toBe('21T19:00');
    expect(leaves({ quietHours: { start: '12:00', end: '20:00' } }, { quietHours: false })).toBe('21T12:00');
    expect(leaves({}, {}, { start: '12:00', end: '15:00' })).toBe('21T14:00');
    expect(leaves({ quietHours: false }, own)).toBe('21T12:00');
  });
});

describe('suppression is looked at again when sending', () => {
  const found = { quietHours: NIGHT };

  test('a held message does not leave to an address that was suppressed meanwhile', () => {
    expect(lines(plan(found, at('23:00'), bounced('2026-11-22T07:00')))).toEqual(['e1 email suppressed suppression 2026-11-22T07:00']);
    expect(lines(plan(found, at('23:00'), bounced('2026-11-22T07:01')))).toEqual(['e1 email held quiet_hours 2026-11-22T07:00']);
  });

  test('nor does a digest: its events are suppressed, and it is none', () => {
    const { decisions, digests } = plan({ digest: { window: 'PT1H' } }, at('12:00', '12:30'), bounced('2026-11-21T13:00'));
    expect(decisions.map(({ event, outcome, at: when }) => `${event} ${outcome} ${when.slice(11, 16)}`)).toEqual([
      'e1 suppressed 13:00',
      'e2 suppressed 13:00',
    ]);
    expect(digests).toEqual([]);
  });

  test('unless the file says otherwise', () => {
    const file: Partial<NotificationRules> = { semantics: { suppressionWhenSending: false } };
    expect(lines(plan(found, at('23:00'), bounced('2026-11-22T07:00'), file))).toEqual(['e1 email held quiet_hours 2026-11-22T07:00']);
    expect(plan({ digest: { window: 'PT1H' } }, at('12:00'), bounced('2026-11-21T13:00'), file).digests).toHaveLength(1);
  });
});
