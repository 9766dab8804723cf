import { Annotations, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic, TopicPolicy } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * Sees to it that alarms reach the topic. Two faults stop them without any error that somebody would see: a policy of its own replaces the topic's default one,
 * which lets CloudWatch in, and a key whose policy doesn't name CloudWatch.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function letCloudWatchPublish(scope: Construct, topic: ITopic) {
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
  // A topic without a policy of its own keeps the default one; giving it one only for this would lock out whoever relies on the default.
  if (topic instanceof Topic && topic.node.findAll().some((child) => child instanceof TopicPolicy)) {
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowCloudWatchAlarms',
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
      }),
    );
  }
  const key = topic.masterKey;
  if (!key) return;
  const statement = new PolicyStatement({
    sid: 'AllowCloudWatchAlarms',
    principals: [cloudWatch],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    resources: ['*'],
  });
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'cdk-breakwater:alarmTopicKey',
    `the alarm topic ${topic.node.path} is encrypted with a key whose policy can't be changed from here. Unless that policy lets cloudwatch.amazonaws.com ` +
      'call kms:Decrypt and kms:GenerateDataKey*, no alarm is ever delivered and nothing says so. A key that AWS manages (alias/aws/sns) never lets it: use one of your own',
  );
}
