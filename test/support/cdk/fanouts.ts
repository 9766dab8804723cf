import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  Alarms,
  Channel,
  EventContract,
  Handler,
  NotificationFanout,
  type NotificationFanoutProps,
  NotificationRules,
  PushPlatform,
} from '../../../lib';
import { CONTEXT } from './stacks';

/** A stack whose assets are not copied: templates are the same. */
export function post(props?: StackProps, id = 'Post'): Stack {
  return new Stack(new App({ context: { ...CONTEXT, 'aws:cdk:disable-asset-staging': true } }), id, props);
}

export const ORDER_SHIPPED = EventContract.of({
  name: 'order.shipped',
  version: 1,
  source: 'acme.orders',
  schema: { type: 'object', properties: { customer: { type: 'string' }, order: { type: 'string' } }, required: ['customer', 'order'] },
});

export const RULES = {
  version: 1,
  events: [{ name: 'order.shipped', version: 1 }],
  rules: [
    {
      id: 'shipped',
      event: 'order.shipped',
      category: 'orders',
      audience: { field: '/payload/customer' },
      channels: ['email', 'sms', 'push', 'chat'],
      template: { id: 'shipped', variables: { order: '/payload/order' } },
    },
  ],
};

export const TEMPLATES: Readonly<Record<string, string>> = {
  'shipped/email.subject.txt': 'Order {{order}} is on its way',
  'shipped/email.txt': 'Order {{order}} is on its way. {{unsubscribeUrl}}',
  'shipped/sms.txt': 'Order {{order}} is on its way',
  'shipped/push.txt': 'Order {{order}} is on its way',
  'shipped/chat.txt': 'Order {{order}} is on its way',
};

/** A rules file of its own, with templates beside it. */
export function notificationsFile(rules: unknown = RULES, templates: Readonly<Record<string, string>> = TEMPLATES): string {
  const folder = mkdtempSync(join(tmpdir(), 'notifications-'));
  const files = { 'notifications.json': typeof rules === 'string' ? rules : JSON.stringify(rules) };
  const beside = Object.entries(templates)
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => [`templates/${name}`, text]);
  mkdirSync(join(folder, 'templates'));
  for (const [name, text] of [...Object.entries(files), ...beside] as [string, string][]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return join(folder, 'notifications.json');
}

export function fourChannels(stack: Stack): { [name: string]: Channel } {
  return {
    email: Channel.ses(EmailIdentity.fromEmailIdentityName(stack, 'Identity', 'acme.example')),
    sms: Channel.sms(),
    push: Channel.push(PushPlatform.fcm('arn:aws:sns:eu-central-1:111122223333:app/GCM/acme')),
    chat: Channel.handler(Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler')),
  };
}

/** The shortest use, with alarms to a topic. */
export function fanout(stack: Stack, props: Partial<NotificationFanoutProps> = {}): NotificationFanout {
  return new NotificationFanout(stack, 'Notifications', {
    events: [ORDER_SHIPPED],
    rules: NotificationRules.fromFile(notificationsFile()),
    channels: props.channels ?? fourChannels(stack),
    ...(!('alarms' in props) && { alarms: Alarms.toTopic(new Topic(stack, 'OnCall', { enforceSSL: true })) }),
    ...props,
  });
}
