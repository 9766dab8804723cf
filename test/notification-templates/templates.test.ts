import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { NotificationRule } from '../../lib/notification-rules/rules';
import { renderParts } from '../../lib/notification-templates/render';
import { readTemplateFolder } from '../../lib/notification-templates/template-folder';
import { checkTemplates, type TemplateChannel } from '../../lib/notification-templates/template-rules';
import { templatesOf } from '../../lib/notification-templates/templates';

const SHIPPED: NotificationRule = {
  id: 'order-shipped',
  event: 'order.shipped',
  category: 'orders',
  audience: { field: '/payload/customer' },
  channels: ['email'],
  template: { id: 'shipped', variables: { order: '/payload/order', carrier: '/payload/carrier' } },
};
const EMAIL: TemplateChannel = { kind: 'email', unsubscribe: true };
const WHOLE = { 'shipped/email.subject.txt': 'Order {{order.id}}', 'shipped/email.txt': 'By {{carrier}}' };

function faultsOf(
  files: Record<string, string>,
  rule: Partial<NotificationRule> = {},
  channels: Record<string, TemplateChannel> = { email: EMAIL },
) {
  try {
    checkTemplates({ rules: [{ ...SHIPPED, ...rule }] }, templatesOf(files), channels);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('the files of a folder', () => {
  test('are parts of a template on a channel, without the line end that an editor adds', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'templates-'));
    mkdirSync(path.join(folder, 'shipped'));
    for (const [name, text] of [
      ['email.subject.txt', 'On its way\n'],
      ['email.html', '<p>Hello</p>\r\n'],
      ['push.title.txt', 'On its way'],
      ['push.txt', 'Hello\n\n'],
      ['.DS_Store', 'x'],
    ] as const) {
      writeFileSync(path.join(folder, 'shipped', name), text);
    }
    expect(readTemplateFolder(folder)).toEqual({
      shipped: { email: { subject: 'On its way', html: '<p>Hello</p>' }, push: { title: 'On its way', text: 'Hello\n' } },
    });
  });

  test.each(['shipped.txt', 'shipped/email.htm', 'shipped/.txt', 'a/b/email.txt'])('are refused when %s is no part of one', (file) => {
    expect(() => templatesOf({ [file]: '' })).toThrow(`template file ${file}: allowed are <template>/<channel>.txt`);
  });
});

describe('a template fits its rule', () => {
  test('when each variable of it is one of the rule, of the recipient, or of every message', () => {
    expect(
      faultsOf({
        ...WHOLE,
        'shipped/email.html':
          '{{#carrier}}{{recipient.name}} {{count}} <a href="{{unsubscribeUrl}}">{{/carrier}}{{^order.lines}}none{{/order.lines}}',
      }),
    ).toEqual([]);
  });

  test('when it names fields within a section of a list, which nobody knows before', () => {
    expect(faultsOf({ ...WHOLE, 'shipped/email.html': '{{#order.lines}}{{article}} {{.}}{{/order.lines}}' })).toEqual([]);
  });

  test('not with a variable that the rule lacks: named are file, variable, rule and what there is', () => {
    expect(faultsOf({ ...WHOLE, 'shipped/email.txt': 'By {{courier.name}}' })).toEqual([
      'template file shipped/email.txt: uses {{courier.name}}, for which rule order-shipped has no value: add it to template.variables of the rule; there are recipient, count, events, unsubscribeUrl, order, carrier',
    ]);
  });

  test('not with a link to unsubscribe on a channel that has none', () => {
    const files = { 'shipped/sms.txt': 'Stop: {{unsubscribeUrl}}' };
    expect(faultsOf(files, { channels: ['sms'] }, { sms: { kind: 'sms', unsubscribe: false } })[0]).toContain('no links to unsubscribe');
  });

  test('not without the parts that its channel needs, those of the fallback too', () => {
    expect(
      faultsOf({ 'shipped/email.txt': '' }, { fallback: { channel: 'sms' } }, { email: EMAIL, sms: { kind: 'sms', unsubscribe: false } }),
    ).toEqual([
      'rule order-shipped: the template shipped has no shipped/email.subject.txt, which a message on channel email needs',
      'rule order-shipped: the template shipped has no shipped/sms.txt, which a message on channel sms needs',
    ]);
    expect(faultsOf({ 'shipped/email.subject.txt': '' })).toEqual([
      'rule order-shipped: the template shipped has no shipped/email.html or shipped/email.txt, which a message on channel email needs',
    ]);
  });

  test('of a channel with a handler of its own without any', () => {
    expect(faultsOf({}, { channels: ['chat'] }, { chat: { kind: 'other', unsubscribe: false } })).toEqual([]);
  });

  test('in a digest only when it names the variables of an event within the events', () => {
    const digest = { window: 'PT1H' };
    expect(
      faultsOf({ ...WHOLE, 'shipped/email.subject.txt': '{{count}} orders', 'shipped/email.txt': '{{carrier}}' }, { digest })[0],
    ).toContain('it is a digest here: name it within {{#events}}…{{/events}}');
    const listed = {
      'shipped/email.subject.txt': '{{count}} orders',
      'shipped/email.txt': '{{#events}}{{carrier}} {{recipient.name}}{{/events}}',
    };
    expect(faultsOf(listed, { digest })).toEqual([]);
    expect(faultsOf({ ...listed, 'shipped/email.txt': '{{#events}}{{courier}}{{/events}}' }, { digest })).toHaveLength(1);
  });

  test('not when the rule names a variable that every message has', () => {
    expect(
      faultsOf(WHOLE, { template: { id: 'shipped', variables: { order: '/payload/o', carrier: '/payload/c', count: '/payload/n' } } }),
    ).toEqual(['rule order-shipped: template.variables names count, which every message has by itself: choose another name']);
  });

  test('not with a partial, nor when it is no Mustache', () => {
    expect(() => faultsOf({ ...WHOLE, 'shipped/email.txt': '{{> footer}}' })).not.toThrow();
    expect(faultsOf({ ...WHOLE, 'shipped/email.txt': '{{> footer}}' })[0]).toContain('shipped/email.txt: uses the partial {{> footer}}');
    expect(faultsOf({ ...WHOLE, 'shipped/email.txt': '{{#open}}' })[0]).toContain('shipped/email.txt: Unclosed section "open"');
  });
});

describe('rendering', () => {
  test('escapes values in HTML and nowhere else', async () => {
    const name = '<b>Tom & "Jerry"</b>';
    expect(await renderParts({ html: '<p>{{name}}</p>', text: '{{name}}', subject: '{{name}}' }, { name })).toEqual({
      html: '<p>&lt;b&gt;Tom &amp; &quot;Jerry&quot;&lt;&#x2F;b&gt;</p>',
      text: name,
      subject: name,
    });
  });

  test('never lets a value begin another header, nor markup, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (value) => {
        const { subject, html } = await renderParts({ subject: '{{value}}', html: '<p>{{value}}</p>' }, { value });
        expect(subject).not.toMatch(/[\r\n]/);
        expect(html!.slice(3, -4)).not.toMatch(/[<>"']/);
      }),
    );
  });

  test.each([
    ['a variable that is missing', '{{name}}', '{{name}} has no value'],
    ['one that is null', '{{gone}}', '{{gone}} has no value'],
    ['a field that is missing', '{{order.id}}', '{{order.id}} has no value'],
    ['one without escaping', '{{{name}}}', '{{name}} has no value'],
    ['one in an element of a list', '{{#list}}{{name}}{{/list}}', '{{name}} has no value'],
    ['an object', '{{order}}', '{{order}} is an object: name a field of it'],
  ])('fails for %s, and tells no value', async (_name, text, message) => {
    const view = { gone: null, order: { secret: 1 }, list: [{ secret: 1 }] };
    await expect(renderParts({ text }, view)).rejects.toThrow(message);
  });

  test('asks in a section whether something is there', async () => {
    expect(await renderParts({ text: '{{#name}}{{name}}{{/name}}{{^name}}nobody{{/name}} {{zero}}' }, { zero: 0 })).toEqual({
      text: 'nobody 0',
    });
  });

  test('lists the events of a digest, each with its own variables', async () => {
    const view = { count: 2, events: [{ id: 1 }, { id: 2 }], recipient: { name: 'Ann' } };
    expect(await renderParts({ text: '{{count}}:{{#events}} {{id}} for {{recipient.name}}{{/events}}' }, view)).toEqual({
      text: '2: 1 for Ann 2 for Ann',
    });
  });
});
