import { Code } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Alarms, Handler, WebhookIngestion, WebhookSender } from 'cdk-breakwater';
import type { Stranger } from './strangers-stack';

/** Our own patterns, judged by the same rules. */
export const OURS: readonly Stranger[] = [
  {
    name: 'WebhookIngestion',
    build: (stack) => {
      const onCall = new Topic(stack, 'OnCall');
      onCall.addSubscription(new EmailSubscription('on-call@example.com'));
      new WebhookIngestion(stack, 'Payments', {
        senders: { stripe: WebhookSender.stripe(Secret.fromSecretNameV2(stack, 'Secret', 'stripe')) },
        worker: Handler.fromCode(Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] })'), 'index.handler'),
        alarms: Alarms.toTopic(onCall),
      });
    },
  },
];
