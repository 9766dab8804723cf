import 'cdk-breakwater/testing';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Alarms } from '../../../lib';
import { reviewStacks } from '../../../lib/review';
import { stackOfTemplate } from '../../../lib/topology';
import { fanout, post } from '../../support/cdk/fanouts';

const stack = post();
const onCall = new Topic(stack, 'Duty', { enforceSSL: true });
onCall.addSubscription(new EmailSubscription('on-call@example.com'));
fanout(stack, { alarms: Alarms.toTopic(onCall) });

test('a notification fan-out loses no event', () => {
  expect(stack).toLoseNothing();
});

test('no function runs more often for a message than the retry budget says; the relay, which reads a stream, is bounded by time alone', () => {
  const quiet = post();
  fanout(quiet, { publishDeliveries: false });
  expect(quiet).toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.hours(24) });
  expect(quiet).not.toStayWithinRetryBudget({ handlerRuns: 4 });
});

test('review finds nothing', () => {
  const { findings } = reviewStacks([stackOfTemplate('Post', Template.fromStack(stack).toJSON())]).report;
  expect(findings).toEqual([]);
});
