import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  Alarms,
  Channel,
  EventContract,
  Handler,
  NotificationFanout,
  NotificationRules,
  PushPlatform,
  WebhookIngestion,
  WebhookSender,
} from 'cdk-breakwater';
import type { Stranger } from './strangers-stack';

const FANOUT = 'examples/notification-fanout';

/** Our own patterns, judged by the same rules. */
export const OURS: readonly Stranger[] = [
  {
    name: 'WebhookIngestion',
    build: (stack) => {
      new WebhookIngestion(stack, 'Payments', {
        senders: { stripe: WebhookSender.stripe(Secret.fromSecretNameV2(stack, 'Secret', 'stripe')) },
        worker: Handler.fromCode(Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] })'), 'index.handler'),
        alarms: heard(stack),
      });
    },
  },
  {
    name: 'NotificationFanout',
    build: (stack) => {
      new NotificationFanout(stack, 'Notifications', {
        events: readdirSync(join(FANOUT, 'contracts')).map((name) => EventContract.fromFile(join(FANOUT, 'contracts', name, '1.json'))),
        rules: NotificationRules.fromFile(join(FANOUT, 'notifications.json')),
        channels: {
          email: Channel.ses(EmailIdentity.fromEmailIdentityName(stack, 'Identity', 'shop.example')),
          sms: Channel.sms(),
          push: Channel.push(PushPlatform.fcm('arn:aws:sns:eu-west-1:111122223333:app/GCM/shop')),
          chat: Channel.handler(Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler')),
        },
        alarms: heard(stack),
      });
    },
  },
];

function heard(stack: Stack): Alarms {
  const onCall = new Topic(stack, 'OnCall');
  onCall.addSubscription(new EmailSubscription('on-call@example.com'));
  return Alarms.toTopic(onCall);
}
