import { Stack, type StackProps } from 'aws-cdk-lib';
import { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Channel, EventContract, Handler, NotificationFanout, NotificationRules, PushPlatform } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class NotificationsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const orderShipped = EventContract.fromFile('contracts/order.shipped/1.json');
    const paymentFailed = EventContract.fromFile('contracts/payment.failed/1.json');
    const identity = EmailIdentity.fromEmailIdentityName(this, 'Identity', 'shop.example');
    const platform = PushPlatform.fcm('arn:aws:sns:eu-central-1:111122223333:app/GCM/shop');

    const notifications = new NotificationFanout(this, 'Notifications', {
      events: [orderShipped, paymentFailed],
      rules: NotificationRules.fromFile('notifications.json'),
      channels: {
        email: Channel.ses(identity),
        sms: Channel.sms(),
        push: Channel.push(platform),
        chat: Channel.handler(Handler.fromEntry('src/chat.ts')),
      },
    });
    notifications.metricSent('email');
  }
}
