import type { NotificationRule, NotificationRules } from '../../../lib/notification-rules/rules';
import { ANN, lines, previewed, rulesOf, shipped } from '../../support/notifications/previews';

const NIGHT = { start: '22:00', end: '08:00' };
const both: NotificationRule['channels'] = ['email', 'sms'];
const bounced = { address: 'ann@example.com', reason: 'bounce' };
const withoutEmail = { addresses: { sms: '+49155' } };
const one = (rule: Partial<NotificationRule> = {}, recipient: object = {}, file: Partial<NotificationRules> = {}) =>
  lines(previewed(rulesOf(rule, file), [{ ...ANN, ...recipient }], [shipped('e1', '2026-11-21T12:00')]));

describe('ids of events', () => {
  const twice = [shipped('e1', '2026-11-21T12:00'), shipped('e1', '2026-11-21T13:00')];

  test('a repeated event id does nothing', () => {
    expect(lines(previewed(rulesOf({}), [ANN], twice))).toEqual(['e1 email send open 2026-11-21T12:00']);
  });

  test('nothing, also when the repeated one is another event and breaks its contract', () => {
    const other = shipped('e1', '2026-11-21T13:00', { orderId: 5, to: 'bob' });
    expect(lines(previewed(rulesOf({}), [ANN], [shipped('e1', '2026-11-21T12:00'), other]))).toHaveLength(1);
  });

  test('of two with the same id, the earlier one counts, wherever it stands in the file', () => {
    expect(lines(previewed(rulesOf({}), [ANN], [...twice].reverse()))).toEqual(['e1 email send open 2026-11-21T12:00']);
  });

  test('the file can say for how long an id is remembered', () => {
    const remembered = (rememberEventIds: string) => lines(previewed(rulesOf({}, { semantics: { rememberEventIds } }), [ANN], twice));
    expect(remembered('PT1H')).toHaveLength(2);
    expect(remembered('PT61M')).toHaveLength(1);
  });

  test("a rejected event doesn't claim its id", () => {
    const events = [shipped('e1', '2026-11-21T12:00', { orderId: 5 }), shipped('e1', '2026-11-21T13:00')];
    const wanted = ['e1 null rejected /payload/orderId 2026-11-21T12:00', 'e1 email send open 2026-11-21T13:00'];
    expect(lines(previewed(rulesOf({}), [ANN], events))).toEqual(wanted);
    expect(lines(previewed(rulesOf({}, { semantics: { rejectedClaimsId: true } }), [ANN], events))).toEqual(wanted.slice(0, 1));
  });
});

describe('rejection names the JSON pointer of the field', () => {
  const rejected = (rule: Partial<NotificationRule>, change: object) => {
    const { decisions } = previewed(rulesOf(rule), [ANN], [{ ...shipped('e1', '2026-11-21T12:00'), ...change }]);
    expect(decisions).toEqual([
      {
        event: 'e1',
        recipient: null,
        channel: null,
        rule: null,
        outcome: 'rejected',
        reason: expect.any(String),
        at: '2026-11-21T12:00:00.000Z',
      },
    ]);
    return decisions[0]!.reason;
  };

  test.each([
    [{ payload: { to: 'ann', orderId: 5 } }, '/payload/orderId: must be string'],
    [{ payload: undefined }, '/payload: is missing'],
    [{ name: 'order.lost' }, '/name: must be one of order.shipped, given "order.lost"'],
    [{ version: 3 }, '/version: must be one of 1, given 3'],
  ])('%j', (change, reason) => {
    expect(rejected({}, change)).toBe(reason);
  });

  test.each<[Partial<NotificationRule>, object, string]>([
    [
      { template: { id: 't', variables: { city: '/payload/address/city' } } },
      { address: {} },
      '/payload/address/city: is missing, and the template of rule shipped needs it as city',
    ],
    [{ template: { id: 't', variables: { city: '/payload/city' } } }, { city: null }, '/payload/city: is missing'],
    [{}, { to: undefined }, "/payload/to: must be a recipient's id or a list of ids, as audience of rule shipped"],
    [{}, { to: ['ann', 5] }, "/payload/to: must be a recipient's id or a list of ids"],
    [
      { digest: { window: 'PT1H', key: '/payload/k' } },
      {},
      '/payload/k: must be text, number or boolean, as key of the digest of rule shipped',
    ],
    [
      { deduplication: { window: 'PT1H', key: '/payload/k' } },
      { k: {} },
      '/payload/k: must be text, number or boolean, as key of the deduplication',
    ],
    [
      { cap: { limit: 1, window: 'PT1H', key: '/payload/k' } },
      { k: null },
      '/payload/k: must be text, number or boolean, as key of the cap',
    ],
  ])('what a rule needs is missing before anything is sent: %j', (rule, payload, reason) => {
    expect(rejected(rule, { payload: { to: 'ann', ...payload } })).toContain(reason);
  });
});

describe('preference', () => {
  test.each([
    [{ global: false }, 'global'],
    [{ channels: { email: false } }, 'channel email'],
    [{ categories: { orders: false } }, 'category orders'],
    [{ categories: { orders: { enabled: false } } }, 'category orders'],
    [{ categories: { orders: { channels: { email: false } } } }, 'category orders on email'],
  ])('any false closes: %j', (preferences, level) => {
    const { decisions } = previewed(rulesOf({}), [{ ...ANN, preferences }], [shipped('e1', '2026-11-21T12:00')]);
    expect(decisions).toMatchObject([{ outcome: 'suppressed', reason: `preference: ${level} is off` }]);
  });

  test.each([
    { global: false, categories: { orders: { enabled: true, channels: { email: true } } } },
    { channels: { email: false }, categories: { orders: { channels: { email: true } } } },
    { categories: { orders: { enabled: false, channels: { email: true } } } },
  ])('a lower level never reopens: %j; unless the file says that the most specific one decides', (preferences) => {
    expect(one({}, { preferences })).toEqual(['e1 email suppressed preference 2026-11-21T12:00']);
    expect(one({}, { preferences }, { semantics: { preferences: 'mostSpecific' } })).toEqual(['e1 email send open 2026-11-21T12:00']);
  });

  test.each([
    { global: true },
    { channels: { sms: false } },
    { categories: { news: false } },
    { categories: { orders: { channels: { sms: false } } } },
  ])('what is said of other channels and categories closes nothing: %j', (preferences) => {
    expect(one({}, { preferences })).toEqual(['e1 email send open 2026-11-21T12:00']);
  });
});

describe('gates', () => {
  test('preference comes before address, address before suppression', () => {
    const all = { preferences: { global: false }, addresses: {}, suppressed: [bounced] };
    expect(one({}, all)).toEqual(['e1 email suppressed preference 2026-11-21T12:00']);
    expect(one({}, { ...all, preferences: {} })).toEqual(['e1 email no_address address 2026-11-21T12:00']);
    expect(one({}, { suppressed: [bounced] })).toEqual(['e1 email suppressed suppression 2026-11-21T12:00']);
  });

  test('the file can order them', () => {
    const [preferences, suppressed] = [{ global: false }, [bounced]];
    const first = (...gates: readonly ('preference' | 'address' | 'suppression')[]) =>
      one({}, { preferences, suppressed }, { semantics: { gates } });
    expect(first('suppression', 'preference', 'address')).toEqual(['e1 email suppressed suppression 2026-11-21T12:00']);
    expect(first('address', 'preference', 'suppression')).toEqual(['e1 email suppressed preference 2026-11-21T12:00']);
  });

  test('a recipient whom nobody knows has no address, also in the app', () => {
    expect(lines(previewed(rulesOf({ channels: ['email', 'in_app'] }), [], [shipped('e1', '2026-11-21T12:00')]))).toEqual([
      'e1 email no_address address 2026-11-21T12:00',
      'e1 in_app no_address address 2026-11-21T12:00',
    ]);
  });

  test('in the app, the recipient is the address', () => {
    expect(one({ channels: ['in_app'] })).toEqual(['e1 in_app send open 2026-11-21T12:00']);
    expect(one({ channels: ['in_app'] }, {}, { channels: { in_app: { needsAddress: true } } })).toEqual([
      'e1 in_app no_address address 2026-11-21T12:00',
    ]);
  });
});

describe('suppression', () => {
  const sent = ['e1 email send open 2026-11-21T12:00'];
  const stopped = ['e1 email suppressed suppression 2026-11-21T12:00'];

  test('is by address, an e-mail without case', () => {
    expect(one({}, { suppressed: ['ANN@Example.com'] })).toEqual(stopped);
    expect(one({}, { suppressed: ['ANN@Example.com'] }, { channels: { email: { caseSensitive: true } } })).toEqual(sent);
    expect(one({ channels: ['push'] }, { suppressed: ['TOKEN'] })).toEqual(['e1 push send open 2026-11-21T12:00']);
  });

  test('holds for the address, whoever has it', () => {
    const bob = { id: 'bob', addresses: { email: 'Ann@example.com' }, suppressed: ['ann@EXAMPLE.com'] };
    expect(lines(previewed(rulesOf({}), [ANN, bob], [shipped('e1', '2026-11-21T12:00')]))).toEqual(stopped);
  });

  test('may be of one channel, and from a time on', () => {
    expect(one({}, { suppressed: [{ ...bounced, channel: 'sms' }] })).toEqual(sent);
    expect(one({}, { suppressed: [{ ...bounced, at: '2026-11-21T12:00:01Z' }] })).toEqual(sent);
    expect(one({}, { suppressed: [{ ...bounced, at: '2026-11-21T12:00:00Z' }] })).toEqual(stopped);
  });

  test('of several, tells the oldest, whoever it was said of first', () => {
    const said = ['complaint', 'bounce'].map((reason, index) => ({
      address: 'ann@example.com',
      reason,
      at: `2026-11-2${index}T00:00:00Z`,
    }));
    const people = [...said, { address: 'ann@example.com', reason: 'always' }].map((one, index) => ({
      id: `r${index}`,
      suppressed: [one],
    }));
    const reasons = [people.slice(0, 2), people.slice(0, 2).reverse(), people].map(
      (others) => previewed(rulesOf({}), [...others, ANN], [shipped('e1', '2026-11-21T12:00')]).decisions[0]!.reason,
    );
    expect(reasons).toEqual(['suppression: complaint', 'suppression: complaint', 'suppression: always']);
  });

  test('never shows the address', () => {
    const { decisions } = previewed(rulesOf({}), [{ ...ANN, suppressed: [bounced] }], [shipped('e1', '2026-11-21T12:00')]);
    expect(decisions[0]!.reason).toBe('suppression: bounce');
  });
});

describe('critical', () => {
  test('passes preferences', () => {
    expect(one({ critical: true }, { preferences: { global: false } })).toEqual(['e1 email send critical 2026-11-21T12:00']);
  });

  test('passes the cap, the digest and quiet hours', () => {
    const rule: Partial<NotificationRule> = {
      critical: true,
      cap: { limit: 1, window: 'P1D' },
      digest: { window: 'PT1H' },
      quietHours: NIGHT,
    };
    const events = [shipped('e1', '2026-11-21T23:00'), shipped('e2', '2026-11-21T23:30')];
    const found = previewed(rulesOf(rule), [ANN], events);
    expect(lines(found)).toEqual(['e1 email send critical 2026-11-21T23:00', 'e2 email send critical 2026-11-21T23:30']);
    expect(found.digests).toEqual([]);
  });

  test('never passes suppression, nor the lack of an address', () => {
    expect(one({ critical: true }, { suppressed: [bounced] })).toEqual(['e1 email suppressed suppression 2026-11-21T12:00']);
    expect(one({ critical: true }, withoutEmail)).toEqual(['e1 email no_address address 2026-11-21T12:00']);
  });

  test('does not pass deduplication, unless the file says so', () => {
    const rule: Partial<NotificationRule> = { critical: true, deduplication: { window: 'PT1H', key: '/payload/orderId' } };
    const events = [shipped('e1', '2026-11-21T12:00'), shipped('e2', '2026-11-21T12:30')];
    const second = (file: Partial<NotificationRules>) => lines(previewed(rulesOf(rule, file), [ANN], events))[1];
    expect(second({})).toBe('e2 email suppressed deduplication 2026-11-21T12:30');
    expect(second({ semantics: { criticalPasses: ['deduplication'] } })).toBe('e2 email send critical 2026-11-21T12:30');
  });

  test('passes less when the file says so', () => {
    const file: Partial<NotificationRules> = { semantics: { criticalPasses: ['cap'] } };
    expect(one({ critical: true }, { preferences: { global: false } }, file)).toEqual(['e1 email suppressed preference 2026-11-21T12:00']);
  });
});

describe('channels of a rule', () => {
  test('every open one gets the message', () => {
    expect(one({ channels: ['email', 'push', 'sms'] }, { preferences: { channels: { push: false } } })).toEqual([
      'e1 email send open 2026-11-21T12:00',
      'e1 push suppressed preference 2026-11-21T12:00',
      'e1 sms send open 2026-11-21T12:00',
    ]);
  });

  test('only the first open one, when the file says so', () => {
    expect(one({ channels: ['push', 'sms', 'email'], method: 'single' }, { preferences: { channels: { push: false } } })).toEqual([
      'e1 email suppressed method 2026-11-21T12:00',
      'e1 push suppressed preference 2026-11-21T12:00',
      'e1 sms send open 2026-11-21T12:00',
    ]);
  });

  test('two rules of an event send once on a channel to a recipient: the first of the file that may', () => {
    const rules = rulesOf({});
    const again = { ...rules.rules[0]!, id: 'again', channels: both };
    expect(lines(previewed({ ...rules, rules: [...rules.rules, again] }, [ANN], [shipped('e1', '2026-11-21T12:00')]))).toEqual([
      'e1 email send open 2026-11-21T12:00',
      'e1 email suppressed another_rule 2026-11-21T12:00',
      'e1 sms send open 2026-11-21T12:00',
    ]);
    const marketing = { ...rules.rules[0]!, id: 'first', category: 'marketing' };
    const refuses = { ...ANN, preferences: { categories: { marketing: false } } };
    expect(lines(previewed({ ...rules, rules: [marketing, rules.rules[0]!] }, [refuses], [shipped('e1', '2026-11-21T12:00')]))).toEqual([
      'e1 email suppressed preference 2026-11-21T12:00',
      'e1 email send open 2026-11-21T12:00',
    ]);
  });

  test('a rule of one version says nothing about others', () => {
    const rules = rulesOf({ version: 2 }, { events: [1, 2].map((version) => ({ name: 'order.shipped', version })) });
    const events = [shipped('e1', '2026-11-21T12:00'), { ...shipped('e2', '2026-11-21T12:00'), version: 2 }];
    expect(lines(previewed(rules, [ANN], events))).toEqual(['e2 email send open 2026-11-21T12:00']);
  });
});

describe('audience', () => {
  const people = ['ann', 'bob', 'cat'].map((id) => ({ ...ANN, id, ...(id !== 'ann' && { topics: ['news', 'news'] }) }));
  const told = (audience: NotificationRule['audience'], to: unknown = 'ann') =>
    previewed(rulesOf({ audience }), people, [shipped('e1', '2026-11-21T12:00', { to })]).decisions.map(({ recipient }) => recipient);

  test.each<[NotificationRule['audience'], unknown, readonly string[]]>([
    [{ field: '/payload/to' }, 'bob', ['bob']],
    [{ field: '/payload/to' }, ['cat', 'ann', 'cat'], ['ann', 'cat']],
    [{ field: '/payload/to' }, [], []],
    [{ recipients: ['cat', 'cat', 'zed'] }, 'ann', ['cat', 'zed']],
    [{ topic: 'news' }, 'ann', ['bob', 'cat']],
    [{ topic: 'sport' }, 'ann', []],
    [{ all: true }, 'ann', ['ann', 'bob', 'cat']],
  ])('%j with %j is %j', (audience, to, wanted) => {
    expect(told(audience, to)).toEqual(wanted);
  });
});
