import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SHIPPED_SCHEMAS } from '../../lib/notification-rules/shipped-schemas';
import { runCommandLine } from '../../lib/operate/command-line';
import type { Preview } from '../../lib/operate/notifications/preview';
import { captured } from '../support/engine/output';
import { rulesOf, shipped } from '../support/notifications/previews';

const folder = mkdtempSync(path.join(tmpdir(), 'notifications-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
const snippet = (name: string): string => path.resolve(__dirname, '../../docs/snippets/notifications', name);

const file = (name: string, content: unknown): string => {
  const target = path.join(folder, name);
  writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
  return target;
};
const run = (...args: readonly string[]) => captured(() => runCommandLine(['notifications', ...args]));
const preview = (files: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  run('preview', ...Object.entries(files).flatMap(([option, name]) => [`--${option}`, name]), ...more);

const sent = {
  rules: file('rules.json', rulesOf({})),
  recipients: file('recipients.json', [{ id: 'ann', addresses: { email: 'ann@example.com' } }]),
  events: file('events.json', [shipped('e1', '2026-11-21T12:00')]),
};
const example = { rules: snippet('rules.json'), recipients: snippet('recipients.jsonl'), events: snippet('events.jsonl') };

test('--json prints every decision and every digest', async () => {
  const { code, out } = await preview(sent, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    decisions: [
      {
        ...{ event: 'e1', recipient: 'ann', channel: 'email', rule: 'shipped' },
        ...{ outcome: 'send', reason: 'open: nothing is against it', at: '2026-11-21T12:00:00.000Z' },
      },
    ],
    digests: [],
  });
});

test('the example of the page says what the page says of it', async () => {
  const { code, out } = await preview({ ...example, engagements: snippet('engagements.jsonl') });
  expect(code).toBe(1);
  const page = readFileSync(path.resolve(__dirname, '../../docs/notifications.md'), 'utf8');
  expect(page).toContain(`\n${out}`);
});

test('an engagement cancels the fallback that goes out without it', async () => {
  const fallbacks = (text: string) =>
    (JSON.parse(text) as Preview).decisions.filter(({ event, channel }) => event === 'e1' && channel === 'sms');
  expect(fallbacks((await preview(example, '--json')).out)).toHaveLength(1);
  expect(fallbacks((await preview({ ...example, engagements: snippet('engagements.jsonl') }, '--json')).out)).toEqual([]);
});

test('a rejected event ends with 1', async () => {
  const events = file('wrong.json', [shipped('e1', '2026-11-21T12:00', { orderId: 5 })]);
  const { code, out } = await preview({ ...sent, events });
  expect(code).toBe(1);
  expect(out).toContain('2026-11-21T12:00:00.000Z rejected   e1: /payload/orderId: must be string');
});

test('a schema beside the rules is found from any folder', async () => {
  const schema = 'shipped.json';
  file(schema, { required: ['weight'] });
  const rules = file('beside.json', { ...rulesOf({}), events: [{ name: 'order.shipped', version: 1, schema }] });
  expect((await preview({ ...sent, rules })).out).toContain('rejected   e1: /payload/weight: is missing');
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['a missing option', { rules: sent.rules, recipients: sent.recipients }, '--events is missing'],
  ['a file that is not there', { ...sent, events: path.join(folder, 'none') }, 'no such file or directory'],
  ['rules that are no JSON', { ...sent, rules: file('text', 'rules') }, 'not valid JSON'],
  ['rules that are none', { ...sent, rules: file('none.json', {}) }, 'the document: version is missing'],
  [
    'a schema that is not there',
    { ...sent, rules: file('lost.json', { ...rulesOf({}), events: [{ name: 'order.shipped', version: 1, schema: 'lost-schema.json' }] }) },
    'lost-schema.json',
  ],
  [
    'an event without id',
    { ...sent, events: file('noid.jsonl', '{"receivedAt":"2026-11-21T12:00:00Z"}') },
    'noid.jsonl: line 1: the document: id is missing',
  ],
  [
    'an engagement without kind',
    { ...sent, engagements: file('eng.jsonl', '{"recipient":"a","event":"b","channel":"email","at":"2026-11-21T12:00:00Z"}') },
    'eng.jsonl: line 1: the document: kind is missing',
  ],
])('%s ends with 2 and says what is wrong', async (_, files, message) => {
  const { code, out, err } = await preview(files);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test.each([
  [['previw'], 'did you mean "preview"?'],
  [['preview', 'more'], 'takes options only, given more'],
  [['--schema', 'rule'], '--schema: must be one of rules, recipient, event, engagement; given rule'],
])('%j ends with 2', async (args, message) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test('--schema prints what the package ships', async () => {
  for (const [name, schema] of Object.entries(SHIPPED_SCHEMAS)) {
    expect(JSON.parse((await run('--schema', name.replace('notification-', ''))).out)).toEqual(schema);
  }
});

test('more than a person reads is cut, and said', async () => {
  const events = file(
    'many.json',
    Array.from({ length: 250 }, (_, index) => shipped(`e${index}`, '2026-11-21T12:00')),
  );
  const { out } = await preview({ ...sent, events });
  expect(out).toContain('250 decisions: send 250; 0 digests');
  expect(out).toContain('... and 50 more decisions; --json has all');
});
