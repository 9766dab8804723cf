import { Duration, Lazy } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Channel, EventContract, Handler, type NotificationFanoutProps, NotificationRules, PushPlatform } from '../../../lib';
import { fanout, fourChannels, notificationsFile, ORDER_SHIPPED, post, RULES, TEMPLATES } from '../../support/cdk/fanouts';

type Props = Partial<NotificationFanoutProps>;

const rulesOf = (rules: unknown, templates = TEMPLATES): Props => ({
  rules: NotificationRules.fromFile(notificationsFile(rules, templates)),
});
const [shipped] = RULES.rules;

test.each<[string, Props, RegExp]>([
  [
    'an event without a contract',
    rulesOf({ ...RULES, events: [{ name: 'order.shipped', version: 2 }] }),
    /^\[Post\/Notifications\] each event of the rules has its contract: allowed order\.shipped version 1, given .*notifications\.json: events\[0\]: order\.shipped version 2\. Give its/,
  ],
  [
    'a schema that is not the contract’s',
    rulesOf({ ...RULES, events: [{ name: 'order.shipped', version: 1, schema: { type: 'object' } }] }),
    /that of the contract.*events\[0\]\.schema: another one\. Leave it out/,
  ],
  [
    'a channel that is not there',
    rulesOf({ ...RULES, rules: [{ ...shipped, channels: ['email', 'in_app'] }] }),
    /each channel of a rule is one of the channels: allowed email, sms, push, chat, given .*rules\[0\] \(shipped\): in_app\. Add it/,
  ],
  [
    'a fallback that is not there',
    rulesOf({ ...RULES, rules: [{ ...shipped, channels: ['email'], fallback: { channel: 'webhook', wait: 'PT1H' } }] }),
    /\(shipped\): webhook/,
  ],
  ['rules that are none', rulesOf('{'), /follows? their schema: .*not valid JSON.*notifications preview/],
  ['rules that are not there', { rules: NotificationRules.fromFile('nowhere/notifications.json') }, /given ENOENT/],
  [
    'a template that is missing',
    rulesOf(RULES, { ...TEMPLATES, 'shipped/push.txt': undefined as never }),
    /each rule has a template for each of its channels.*shipped\/push\.txt, which a message on channel push needs/s,
  ],
  [
    'a variable without a value',
    rulesOf(RULES, { ...TEMPLATES, 'shipped/sms.txt': 'Hello {{name}}' }),
    /template file shipped\/sms\.txt: uses \{\{name\}\}, for which rule shipped has no value/,
  ],
  ['no contract', { events: [] }, /contracts of a fan-out.*: allowed 1 to 18, given 0/],
  ['a contract twice', { events: [ORDER_SHIPPED, ORDER_SHIPPED] }, /given order\.shipped version 1 twice/],
  ['no channel', { channels: {} }, /number of channels: allowed 1 to 10, given 0/],
  [
    'a name of a channel',
    { channels: { Email: Channel.sms() } },
    /1 to 32 lower-case letters, digits, - and _, a letter first, given 'Email'/,
  ],
  [
    'a rate',
    { channels: { sms: Channel.sms({ ratePerSecond: 0 }) } },
    /rate of the channel sms in messages a second: allowed 0\.1 to 10000, given 0/,
  ],
  [
    'a concurrency',
    { channels: { sms: Channel.sms({ maxConcurrency: 1 }) } },
    /maxConcurrency of the channel sms: allowed 2 to 1000, given 1/,
  ],
  [
    'a provider of another kind',
    { channels: { sms: Channel.sms({ failover: [Channel.webhook()] }) } },
    /takes over for the channel sms sends to the same kind of address: allowed sms, given webhook/,
  ],
  ['a retention', { deliveryRetention: Duration.days(112) }, /deliveries must be kept .*: allowed 113 days or more, given 112 days/],
  ['half a day', { deliveryRetention: Duration.hours(36) }, /retention of deliveries in days: allowed 1 to 3650, given 1\.5/],
  ['an objective', { objective: { bulk: Duration.days(5) } }, /objective of the bulk lane in seconds: allowed 60 to 345600, given 432000/],
])('%s is refused', (_, props, message) => {
  expect(() => fanout(post(), props)).toThrow(message);
});

test.each<[string, (channels: { [name: string]: Channel }, stack: ReturnType<typeof post>) => void, RegExp]>([
  [
    'a sender id',
    (channels) => (channels.sms = Channel.sms({ senderId: 'much too long a name' })),
    /1 to 11 letters and digits, a letter among them/,
  ],
  ['an application', (channels) => (channels.push = Channel.push(PushPlatform.apns('shop'))), /its ARN, .*given 'shop'/],
  [
    'a timeout',
    (channels) => (channels.sms = Channel.webhook({ timeout: Duration.seconds(30) })),
    /timeout of a webhook channel in seconds: allowed 1 to 20, given 30/,
  ],
  [
    'a sender that nobody knows',
    (channels, stack) =>
      (channels.email = Channel.ses(EmailIdentity.fromEmailIdentityName(stack, 'Late', Lazy.string({ produce: () => 'late' })))),
    /an e-mail comes from an address.*given none for Post\/Late\. Give from/,
  ],
  [
    'a function that is there already',
    (channels, stack) =>
      (channels.chat = Channel.handler(
        Handler.fromFunction(LambdaFunction.fromFunctionName(stack, 'Fn', 'fn'), { timeout: Duration.seconds(3) }),
      )),
    /the channel chat has a function for each lane.*given Handler\.fromFunction/,
  ],
])('%s is refused', (_, change, message) => {
  const stack = post();
  const channels = fourChannels(stack);
  change(channels, stack);
  expect(() => fanout(stack, { channels })).toThrow(message);
});

test('contracts that the rules do not name do no harm', () => {
  const other = EventContract.of({ name: 'order.lost', version: 1, source: 'acme.orders', schema: {} });
  expect(() => fanout(post(), { events: [ORDER_SHIPPED, other] })).not.toThrow();
});
