import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv/dist/2020';
import { readContracts } from '../../lib/notification-rules/contracts';
import { milliseconds } from '../../lib/notification-rules/durations';
import { valueAt } from '../../lib/notification-rules/pointer';
import { parseEngagements, parseEvents, parseRecipients } from '../../lib/notification-rules/records-file';
import { parseRules } from '../../lib/notification-rules/rules-file';
import { SHIPPED_SCHEMAS } from '../../lib/notification-rules/shipped-schemas';

const snippets = path.resolve(__dirname, '../../docs/snippets/notifications');
const snippet = (name: string): string => readFileSync(path.join(snippets, name), 'utf8');
const messageOf = (action: () => unknown): string => {
  try {
    action();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

const rule = { id: 'one', event: 'order.shipped', category: 'orders', audience: { all: true }, channels: ['email'] };
const rules = { version: 1, events: [{ name: 'order.shipped', version: 1 }], rules: [rule] };
const faultOf = (change: object): string => messageOf(() => parseRules('rules.json', JSON.stringify({ ...rules, ...change })));
const faultOfRule = (change: object): string => faultOf({ rules: [{ ...rule, ...change }] });

test('the smallest rules file says event, rule, category, audience and channels', () => {
  expect(faultOf({})).toBe('');
});

test.each([
  [{ version: 2 }, 'rules.json: version: must be 1, given 2'],
  [{ rules: [] }, 'rules.json: rules: must have at least 1 entries, given 0'],
  [{ rule: [] }, 'rules.json: the document: rule is not known; allowed:'],
  [{ timezone: 'Europe/Bonn' }, 'rules.json: timezone: must be an IANA time zone, for example Europe/Berlin; given Europe/Bonn'],
  [{ quietHours: { start: '24:00', end: '08:00' } }, 'rules.json: quietHours.start: must be text like'],
  [{ quietHours: { start: '08:00', end: '08:00' } }, 'rules.json: quietHours: start and end must differ, given 08:00 for both'],
  [
    { semantics: { gates: ['address', 'preference'] } },
    'rules.json: semantics.gates: must be preference, address and suppression, each once',
  ],
  [{ semantics: { criticalPasses: ['suppression'] } }, 'rules.json: semantics.criticalPasses[0]: must be one of preferences'],
  [{ semantics: { rememberEventIds: 'PT0S' } }, 'rules.json: semantics.rememberEventIds: must be longer than nothing, given PT0S'],
  [{ events: [...rules.events, ...rules.events] }, 'rules.json: events[1]: order.shipped version 1 is there twice'],
  [{ rules: [rule, rule] }, 'rules.json: rules[1]: id one is there twice'],
])('%j is refused by field, what is allowed and what is given', (change, message) => {
  expect(faultOf(change)).toContain(message);
});

test.each([
  [{ event: 'order.lost' }, 'rules[0].event: must be one of order.shipped (events), given order.lost'],
  [{ version: 2 }, 'rules[0].version: must be one of 1 (events), given 2'],
  [{ audience: {} }, 'rules[0].audience: must have exactly one of field, recipients, topic, all; given none'],
  [{ audience: { all: true, topic: 'a' } }, 'given all, topic'],
  [{ audience: { field: 'customerId' } }, 'rules[0].audience.field: must be text like'],
  [{ channels: ['mail'] }, 'rules[0]: channel mail is not known; allowed: email, sms, push, chat, webhook, in_app, in-app'],
  [{ channels: ['email', 'email'] }, 'rules[0].channels[1]: email is there twice'],
  [{ digest: {} }, 'rules[0].digest: must have either window or schedule'],
  [{ digest: { window: 'PT1H', channels: ['sms'] } }, 'rules[0].digest.channels: must be of channels (email), given sms'],
  [{ digest: { window: '1h' } }, 'rules[0].digest.window: must be text like'],
  [{ digest: { window: 'P1M' } }, 'rules[0].digest.window: must be text like'],
  [{ cap: { limit: 0, window: 'PT1H' } }, 'rules[0].cap.limit: must be at least 1, given 0'],
  [{ cap: { limit: 1, window: 'PT0S' } }, 'rules[0].cap.window: must be longer than nothing'],
  [{ deduplication: { window: 'PT1H' } }, 'rules[0].deduplication: key is missing'],
  [{ fallback: { channel: 'email' } }, 'rules[0].fallback.channel: must be another one than channels (email), given email'],
  [{ quietHours: true }, 'rules[0].quietHours'],
  [{ quietHours: { start: '08:00', end: '08:00' } }, 'rules[0].quietHours: start and end must differ'],
])('a rule with %j is refused by field, what is allowed and what is given', (change, message) => {
  expect(faultOfRule(change)).toContain(message);
});

test('the schemas are valid ones, and that of the rules takes what the reader takes', () => {
  for (const schema of Object.values(SHIPPED_SCHEMAS)) new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  const takes = new Ajv().compile(SHIPPED_SCHEMAS['notification-rules']);
  expect(takes(rules)).toBe(true);
  expect(takes(JSON.parse(snippet('rules.json')))).toBe(true);
  expect(takes({ ...rules, rules: [{ ...rule, channels: [] }] })).toBe(false);
});

test('the examples of the page are what the readers take', () => {
  const read = parseRules('rules.json', snippet('rules.json'));
  expect(read.rules).toHaveLength(5);
  expect(parseRecipients('recipients.jsonl', snippet('recipients.jsonl'))).toHaveLength(3);
  expect(parseEvents('events.jsonl', snippet('events.jsonl'))).toHaveLength(6);
  expect(parseEngagements('engagements.jsonl', snippet('engagements.jsonl'))).toHaveLength(1);
  readContracts('rules.json', read, snippet);
});

test('records stand in JSON Lines or in one array', () => {
  const [first, second] = [{ id: 'a' }, { id: 'b' }];
  expect(parseRecipients('r', `\uFEFF${JSON.stringify(first)}\r\n\n${JSON.stringify(second)}\n`)).toEqual([first, second]);
  expect(parseRecipients('r', ` [${JSON.stringify(first)},\n${JSON.stringify(second)}]`)).toEqual([first, second]);
  expect(parseRecipients('r', '')).toEqual([]);
});

test.each([
  ['{"id":"a"}\n{"id":5}', 'r.jsonl: line 2: id: must be of type string, given 5'],
  ['[{"id":"a"},{}]', 'r.jsonl: [1]: the document: id is missing'],
  ['{"id":"a"}\n{', 'r.jsonl: line 2: not valid JSON'],
  ['{"id":"a"}\n{"id":"a"}', 'r.jsonl: recipient a is there twice'],
  ['{"id":"a","timezone":"Mars/North"}', 'r.jsonl: line 1: timezone: must be an IANA time zone'],
  ['{"id":"a","timeZone":"UTC"}', 'r.jsonl: line 1: the document: timeZone is not known; allowed: id, timezone'],
  ['{"id":"a","quietHours":{"start":"01:00","end":"01:00"}}', 'r.jsonl: line 1: quietHours: start and end must differ'],
  [
    '{"id":"a","suppressed":[{"address":"b","at":"2026-02-30T00:00:00Z"}]}',
    'r.jsonl: line 1: suppressed[0].at: must be an instant that exists',
  ],
])('recipients %j are refused by place and field', (text, message) => {
  expect(messageOf(() => parseRecipients('r.jsonl', text))).toContain(message);
});

test.each(['2026-02-30T00:00:00Z', '2026-11-21T25:00:00Z', '2026-11-21T18:00:00', '21.11.2026'])('%s is no instant', (at) => {
  expect(messageOf(() => parseEvents('e', JSON.stringify({ id: 'a', receivedAt: at })))).toContain('e: line 1: receivedAt: must be');
  const engagement = { recipient: 'a', event: 'b', channel: 'email', at, kind: 'opened' };
  expect(messageOf(() => parseEngagements('e', JSON.stringify(engagement)))).toContain('e: line 1: at: must be');
});

describe('contracts', () => {
  const read = (schema: unknown, beside: (path: string) => string = () => '{}') =>
    readContracts(
      'rules.json',
      parseRules('r', JSON.stringify({ ...rules, events: [{ name: 'order.shipped', version: 1, schema }] })),
      beside,
    );
  const fault = (schema: object, event: object) =>
    read(schema).faultOf({ id: 'a', receivedAt: '', name: 'order.shipped', version: 1, payload: {}, ...event });
  const fields = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

  test.each([
    [fields({}), { name: 'order.lost' }, '/name', 'must be one of order.shipped, given "order.lost"'],
    [fields({}), { name: undefined }, '/name', 'is missing'],
    [fields({}), { version: 2 }, '/version', 'must be one of 1, given 2'],
    [fields({}), { payload: undefined }, '/payload', 'is missing'],
    [fields({}), { payload: [] }, '/payload', 'must be object'],
    [fields({}, { required: ['a/b'] }), {}, '/payload/a~1b', 'is missing'],
    [fields({}, { additionalProperties: false }), { payload: { 'x~': 1 } }, '/payload/x~0', 'is not allowed'],
    [fields({ a: { type: 'string' } }), { payload: { a: 5 } }, '/payload/a', 'must be string'],
    [fields({ a: { enum: ['x'] } }), { payload: { a: 'y' } }, '/payload/a', 'allowed values: ["x"]'],
    [fields({ a: { format: 'email' } }), { payload: { a: 'y' } }, '/payload/a', 'must match format "email"'],
    [
      fields({ a: { items: fields({ b: { type: 'integer' } }) } }),
      { payload: { a: [{}, { b: 1.5 }] } },
      '/payload/a/1/b',
      'must be integer',
    ],
    [fields({ a: { anyOf: [{ type: 'string' }, fields({}, { required: ['b'] })] } }), { payload: { a: {} } }, '/payload/a/b', 'is missing'],
  ])('an event against %j with %j is told by its field', (schema, event, pointer, message) => {
    expect(fault(schema, event)).toEqual({ pointer, message: expect.stringContaining(message) });
  });

  test('an event as it should be has no fault, and a version may be a number or its text', () => {
    expect(fault(fields({ a: {} }), { payload: { a: 1 } })).toBeUndefined();
    expect(fault(fields({}), { version: '1' })).toBeUndefined();
  });

  test.each(['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2019-09/schema'])(
    'a schema of %s is one',
    ($schema) => {
      expect(fault({ $schema, ...fields({ a: { const: 1 } }) }, { payload: { a: 2 } })?.pointer).toBe('/payload/a');
    },
  );

  test('a schema stands in a file beside the rules', () => {
    const beside = jest.fn(() => '{"required":["a"]}');
    const contracts = read('shipped.json', beside);
    expect(beside).toHaveBeenCalledWith('shipped.json');
    expect(contracts.faultOf({ id: 'a', receivedAt: '', name: 'order.shipped', version: 1, payload: {} })?.pointer).toBe('/payload/a');
  });

  test.each([
    [{ type: 'text' }, 'rules.json: events[0].schema: schema is invalid'],
    [{ $ref: 'https://example.com/a.json' }, "rules.json: events[0].schema: can't resolve reference"],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, 'rules.json: events[0].schema: $schema: must be one of'],
  ])('schema %j is refused', (schema, message) => {
    expect(messageOf(() => read(schema))).toContain(message);
  });
});

test.each([
  ['PT30M', 1_800_000],
  ['P1DT2H3M4S', 93_784_000],
  ['P2W', 1_209_600_000],
])('%s lasts %d ms', (text, expected) => {
  expect(milliseconds(text)).toBe(expected);
});

test('a pointer finds own fields, items and escaped names only', () => {
  const event = { payload: { 'a/b': { 'c~': [1, { d: null }] } } };
  expect(valueAt('/payload/a~1b/c~0/0', event)).toBe(1);
  expect(valueAt('/payload/a~1b/c~0/1/d', event)).toBeUndefined();
  expect(valueAt('/payload/toString', event)).toBeUndefined();
  expect(valueAt('/payload/a~1b/c~0/length/x', event)).toBeUndefined();
});
