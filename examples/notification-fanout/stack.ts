import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EmailIdentity } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  Alarms,
  Channel,
  EventContract,
  Handler,
  NotificationFanout,
  NotificationRules,
  PushPlatform,
  RetryBudget,
  UnknownOutcome,
} from 'cdk-breakwater';
import type { Construct } from 'constructs';

const FOLDER = 'examples/notification-fanout';
const EVENTS = ['payment.failed', 'order.shipped', 'login.noticed', 'comment.posted', 'price.dropped', 'maintenance.announced'];

/** A shop tells its customers what happens: by e-mail, text message, push notification, and in its own chat. */
export class NotificationFanoutExample extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const shop = EmailIdentity.fromEmailIdentityName(this, 'Shop', 'shop.example');
    const reserve = EmailIdentity.fromEmailIdentityName(this, 'Reserve', 'shop-reserve.example');
    // CloudFormation knows no platform applications: this one is made by whoever has the credentials of the app.
    const app = this.formatArn({ service: 'sns', resource: 'app', resourceName: 'GCM/shop', arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    const chats = new TableV2(this, 'Chats', { partitionKey: { name: 'id', type: AttributeType.STRING } });

    const notifications = new NotificationFanout(this, 'Notifications', {
      events: EVENTS.map((name) => EventContract.fromFile(`${FOLDER}/contracts/${name}/1.json`)),
      rules: NotificationRules.fromFile(`${FOLDER}/notifications.json`),
      channels: {
        email: Channel.ses(shop, {
          from: 'Shop <hello@shop.example>',
          failover: [Channel.ses(reserve, { from: 'Shop <hello@shop-reserve.example>' })],
          maxConcurrency: 4,
        }),
        sms: Channel.sms({ maxConcurrency: 2 }),
        push: Channel.push(PushPlatform.fcm(app), { maxConcurrency: 2 }),
        // The table knows what was said: said again under the same key, it is said once.
        chat: Channel.handler(
          Handler.fromEntry(`${FOLDER}/src/chat.ts`, { environment: { CHAT_TABLE: chats.tableName }, timeout: Duration.seconds(15) }),
          {
            unknownOutcome: UnknownOutcome.SEND_AGAIN,
            maxConcurrency: 2,
          },
        ),
      },
      retryBudget: RetryBudget.of({ attempts: 8, firstDelay: Duration.seconds(1) }),
      alarms: Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true })),
    });
    for (const { worker } of [notifications.channelWorkers.chat!.transactional, notifications.channelWorkers.chat!.bulk])
      chats.grantWriteData(worker);

    new CfnOutput(this, 'FanoutTable', { value: notifications.table.tableName });
    new CfnOutput(this, 'ChatTable', { value: chats.tableName });
    new CfnOutput(this, 'DeskFunction', { value: notifications.parkingDesk.deskFunction.lambdaFunction!.functionName });
    new CfnOutput(this, 'FeedbackQueue', { value: notifications.feedbackWorker!.queue.queueUrl });
    new CfnOutput(this, 'PushApplication', { value: app });
  }
}

export const addTo = (app: Construct): Stack => new NotificationFanoutExample(app, 'NotificationFanout');
