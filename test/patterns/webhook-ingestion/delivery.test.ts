import 'cdk-breakwater/testing';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Alarms, WebhookIngestion } from '../../../lib';
import { reviewStacks } from '../../../lib/review';
import { stackOfTemplate } from '../../../lib/topology';
import { inlineWorker, shop, stripe } from '../../support/cdk/stacks';

function heard() {
  const stack = shop();
  const onCall = new Topic(stack, 'OnCall');
  onCall.addSubscription(new EmailSubscription('on-call@example.com'));
  new WebhookIngestion(stack, 'Payments', { senders: stripe(stack), worker: inlineWorker(), alarms: Alarms.toTopic(onCall) });
  return stack;
}

describe('webhook ingestion', () => {
  test('loses nothing, and stays within its retry budget', () => {
    const stack = heard();
    expect(stack).toLoseNothing();
    expect(stack).toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.hours(6) });
    expect(stack).not.toStayWithinRetryBudget({ handlerRuns: 4 });
  });

  test('has no finding of any severity', () => {
    const { report } = reviewStacks([stackOfTemplate('Shop', Template.fromStack(heard()).toJSON())]);
    expect(report.findings).toEqual([]);
    expect(report.unknowns).toEqual([]);
    expect(report.paths.length).toBeGreaterThan(0);
  });

  test('that is given nobody to tell has the findings that say so, and no other', () => {
    const stack = shop();
    new WebhookIngestion(stack, 'Payments', { senders: stripe(stack), worker: inlineWorker() });
    const { findings } = reviewStacks([stackOfTemplate('Shop', Template.fromStack(stack).toJSON())]).report;
    expect(findings.map((finding) => finding.rule)).toEqual([
      'loss-parking-lot-alarm',
      'loss-parking-desk',
      'time-age-alarm',
      'time-answer-alarm',
    ]);
    for (const { message } of findings) expect(message).toMatch(/tells nobody|nobody is told/);
  });
});
