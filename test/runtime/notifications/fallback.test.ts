import type { Engagement } from '../../../lib/notification-rules/records';
import type { Fallback, NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { ANN, lines, previewed, rulesOf, shipped } from '../../support/notifications/previews';

const NIGHT = { start: '22:00', end: '08:00' };
const sms: Fallback = { channel: 'sms' };
const waiting: Fallback = { ...sms, wait: 'PT30M' };
const bounced = (at?: string) => ({ suppressed: [{ address: 'ann@example.com', reason: 'bounce', ...(at && { at: `${at}:00Z` }) }] });
const noEmail = { addresses: { sms: '+49155', push: 'token' } };
const noEmailByChoice = { preferences: { channels: { email: false } } };
const engaged = (at: string, change: Partial<Engagement> = {}): Engagement => ({
  ...{ recipient: 'ann', event: 'e1', channel: 'email', at: `${at}Z`, kind: 'opened' },
  ...change,
});

interface Given {
  readonly rule?: Partial<NotificationRule>;
  readonly file?: Partial<NotificationRules>;
  readonly recipient?: object;
  readonly at?: string;
  readonly engagements?: readonly Engagement[];
}
const told = (fallback: Fallback, { rule, file, recipient, at = '2026-11-21T12:00', engagements }: Given = {}): string[] =>
  lines(previewed(rulesOf({ fallback, ...rule }, file), [{ ...ANN, ...recipient }], [shipped('e1', at)], engagements));

describe('at once', () => {
  test.each([
    ['it has no address', noEmail, 'no_address address'],
    ['its address is suppressed', bounced(), 'suppressed suppression'],
  ])('it goes out when no channel is open and %s', (_, recipient, why) => {
    for (const fallback of [sms, waiting])
      expect(told(fallback, { recipient })).toEqual([`e1 email ${why} 2026-11-21T12:00`, 'e1 sms send fallback 2026-11-21T12:00']);
  });

  test('an opt-out alone never leads to it', () => {
    for (const fallback of [sms, waiting])
      expect(told(fallback, { recipient: noEmailByChoice })).toEqual(['e1 email suppressed preference 2026-11-21T12:00']);
  });

  test('an opt-out beside an unreachable channel does', () => {
    const given = {
      rule: { channels: ['email', 'push'] },
      recipient: { ...noEmailByChoice, addresses: { email: 'ann@example.com', sms: '+49155' } },
    };
    expect(told(sms, given)).toContain('e1 sms send fallback 2026-11-21T12:00');
  });

  test('not while another channel is open', () => {
    expect(told(sms, { rule: { channels: ['email', 'push'] }, recipient: noEmail })).toEqual([
      'e1 email no_address address 2026-11-21T12:00',
      'e1 push send open 2026-11-21T12:00',
    ]);
  });

  test('also after opt-outs, or never, when the file says so', () => {
    expect(told({ ...sms, atOnce: 'closed' }, { recipient: noEmailByChoice })).toHaveLength(2);
    expect(told({ ...sms, atOnce: 'never' }, { recipient: noEmail })).toEqual(['e1 email no_address address 2026-11-21T12:00']);
  });

  test('passes the same gates, cap and quiet hours as any message', () => {
    const closed = (recipient: object, rule: Partial<NotificationRule> = {}, at = '2026-11-21T12:00') =>
      told(sms, { recipient, rule, at })[1];
    expect(closed({ addresses: {} })).toBe('e1 sms no_address address 2026-11-21T12:00');
    expect(closed({ ...noEmail, preferences: { channels: { sms: false } } })).toBe('e1 sms suppressed preference 2026-11-21T12:00');
    expect(closed({ ...noEmail, suppressed: ['+49155'] })).toBe('e1 sms suppressed suppression 2026-11-21T12:00');
    expect(closed(noEmail, { quietHours: NIGHT }, '2026-11-21T23:00')).toBe('e1 sms held quiet_hours 2026-11-22T07:00');
    const events = [shipped('e1', '2026-11-21T12:00'), shipped('e2', '2026-11-21T12:01')];
    const capped = previewed(rulesOf({ fallback: sms, cap: { limit: 1, window: 'PT1H' } }), [{ ...ANN, ...noEmail }], events);
    expect(lines(capped)[3]).toBe('e2 sms suppressed cap 2026-11-21T12:01');
  });

  test('what the cap or deduplication bars leads to none', () => {
    const events = [shipped('e1', '2026-11-21T12:00'), shipped('e2', '2026-11-21T12:01')];
    const found = previewed(rulesOf({ fallback: sms, cap: { limit: 1, window: 'PT1H' } }), [ANN], events);
    expect(lines(found)).toEqual(['e1 email send open 2026-11-21T12:00', 'e2 email suppressed cap 2026-11-21T12:01']);
  });

  test('goes out when all held messages turn out to be suppressed as they should leave', () => {
    const given = { rule: { quietHours: NIGHT }, at: '2026-11-21T23:00', recipient: bounced('2026-11-22T01:00') };
    const wanted = ['e1 email suppressed suppression 2026-11-22T07:00', 'e1 sms send fallback 2026-11-22T07:00'];
    for (const fallback of [sms, waiting]) expect(told(fallback, given)).toEqual(wanted);
    expect(told({ ...waiting, atOnce: 'never' }, given)).toEqual(wanted.slice(0, 1));
    expect(told(sms, { ...given, rule: { quietHours: NIGHT, channels: ['email', 'push'] } })).toHaveLength(2);
  });
});

describe('after its wait', () => {
  test('it goes out when nothing was engaged with', () => {
    expect(told(waiting)).toEqual(['e1 email send open 2026-11-21T12:00', 'e1 sms send fallback 2026-11-21T12:30']);
    expect(told(sms)).toEqual(['e1 email send open 2026-11-21T12:00']);
  });

  test.each<[string, Engagement, boolean]>([
    ['at the last instant of the wait', engaged('2026-11-21T12:30:00'), true],
    ['too late', engaged('2026-11-21T12:30:01'), false],
    ['on another channel', engaged('2026-11-21T12:10:00', { channel: 'push' }), true],
    ['with another event', engaged('2026-11-21T12:10:00', { event: 'e2' }), false],
    ['by another recipient', engaged('2026-11-21T12:10:00', { recipient: 'bob' }), false],
    ['by a delivery, which is no engagement', engaged('2026-11-21T12:10:00', { kind: 'delivered' }), false],
  ])('an engagement %s', (_, engagement, cancels) => {
    expect(told(waiting, { engagements: [engagement] })).toHaveLength(cancels ? 1 : 2);
  });

  test('only the kinds that the file names cancel it, when it names some', () => {
    const until: Fallback = { ...waiting, until: ['clicked', 'delivered'] };
    const after = (kind: string) => told(until, { engagements: [engaged('2026-11-21T12:10:00', { kind })] });
    expect(after('opened')).toHaveLength(2);
    expect(after('clicked')).toHaveLength(1);
    expect(after('delivered')).toHaveLength(1);
  });

  test('it is decided anew at that time: suppression, quiet hours', () => {
    expect(told(waiting, { recipient: { suppressed: [{ address: '+49155', at: '2026-11-21T12:30:00Z' }] } })[1]).toBe(
      'e1 sms suppressed suppression 2026-11-21T12:30',
    );
    expect(told(waiting, { rule: { quietHours: NIGHT }, at: '2026-11-21T20:45' })).toEqual([
      'e1 email send open 2026-11-21T20:45',
      'e1 sms held quiet_hours 2026-11-22T07:00',
    ]);
    const closed = { preferences: { channels: { sms: false } } };
    expect(told(waiting, { recipient: closed })[1]).toBe('e1 sms suppressed preference 2026-11-21T12:30');
    expect(told(waiting, { recipient: closed, rule: { critical: true } })[1]).toBe('e1 sms send fallback 2026-11-21T12:30');
  });

  test('it is no second event for the cap', () => {
    expect(told(waiting, { rule: { cap: { limit: 1, window: 'P1D' } } })[1]).toBe('e1 sms send fallback 2026-11-21T12:30');
  });

  test('the wait begins when the first message leaves, or with the event when the file says so', () => {
    const given = { rule: { quietHours: NIGHT }, file: { channels: { sms: { quiet: false } } }, at: '2026-11-21T23:00' };
    expect(told(waiting, given)[1]).toBe('e1 sms send fallback 2026-11-22T07:30');
    expect(told({ ...waiting, waitFrom: 'received' }, given)[0]).toBe('e1 sms send fallback 2026-11-21T23:30');
    expect(told(waiting, { ...given, rule: { quietHours: NIGHT, channels: ['email', 'in_app'] } })[1]).toBe(
      'e1 sms send fallback 2026-11-21T23:30',
    );
  });

  test('a suppression found while it waits for a message that left does not bring it forward', () => {
    const given = {
      rule: { quietHours: NIGHT, channels: ['email', 'in_app'] },
      at: '2026-11-22T06:45',
      recipient: bounced('2026-11-22T06:50'),
    };
    expect(told(waiting, { ...given, file: { channels: { sms: { quiet: false } } } })).toEqual([
      'e1 in_app send open 2026-11-22T06:45',
      'e1 email suppressed suppression 2026-11-22T07:00',
      'e1 sms send fallback 2026-11-22T07:15',
    ]);
  });

  test('another rule of the event that sends there takes its place', () => {
    const rules = rulesOf({ fallback: waiting });
    const other = { ...rules.rules[0]!, id: 'other', channels: ['sms'], fallback: { channel: 'push', wait: 'PT1H' } };
    expect(lines(previewed({ ...rules, rules: [...rules.rules, other] }, [ANN], [shipped('e1', '2026-11-21T12:00')]))).toEqual([
      'e1 email send open 2026-11-21T12:00',
      'e1 sms send open 2026-11-21T12:00',
      'e1 sms suppressed another_rule 2026-11-21T12:30',
      'e1 push send fallback 2026-11-21T13:00',
    ]);
  });
});

describe('for digests', () => {
  const digest = { window: 'PT1H' };

  test('there is none: not at once, and not after its wait', () => {
    expect(told(waiting, { rule: { digest } })).toEqual(['e1 email digest digest 2026-11-21T13:00']);
    expect(told(waiting, { rule: { digest }, recipient: noEmail })).toEqual(['e1 email no_address address 2026-11-21T12:00']);
  });

  test('unless the rule is critical, which passes the digest', () => {
    expect(told(waiting, { rule: { digest, critical: true } })).toHaveLength(2);
  });
});
