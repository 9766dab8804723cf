import 'cdk-breakwater/testing';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Alarms, type NightlyReconciliationProps, ReconciliationSource } from '../../../lib';
import { reviewStacks } from '../../../lib/review';
import { stackOfTemplate } from '../../../lib/topology';
import { bank, nightly } from '../../support/cdk/nights';
import { inlineWorker } from '../../support/cdk/stacks';

function heard(props: Partial<NightlyReconciliationProps> = {}) {
  const stack = bank();
  const onCall = new Topic(stack, 'Duty', { enforceSSL: true });
  onCall.addSubscription(new EmailSubscription('on-call@example.com'));
  nightly(stack, { alarms: Alarms.toTopic(onCall), ...props });
  return stack;
}

const reviewed = (stack: ReturnType<typeof heard>) => reviewStacks([stackOfTemplate('Bank', Template.fromStack(stack).toJSON())]).report;

test('a nightly reconciliation loses no call and no run, and stays within its retry budget', () => {
  const stack = heard();
  expect(stack).toLoseNothing();
  expect(stack).toStayWithinRetryBudget({ handlerRuns: 5, within: Duration.hours(24) });
  expect(stack).not.toStayWithinRetryBudget({ handlerRuns: 4 });
});

test('it has no finding of any severity', () => {
  const { findings, unknowns, paths } = reviewed(heard());
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
  expect(unknowns).toEqual([]);
  expect(paths.length).toBeGreaterThan(0);
});

test('a source that is a function of the user is asked whether it may be called again, and nothing else', () => {
  const { findings } = reviewed(heard({ left: ReconciliationSource.handler(inlineWorker()) }));
  expect(findings.map(({ rule, resources }) => `${rule} ${resources}`)).toEqual([
    expect.stringMatching(/^repetition-effect LedgerVsBankLeftSourceFunction\w{8}$/),
  ]);
});

test('alarms that tell nobody are found', () => {
  const { findings } = reviewed(heard({ alarms: undefined }));
  expect(findings.map(({ rule }) => rule)).toContain('loss-parking-lot-alarm');
  for (const { message } of findings) expect(message).toMatch(/tells nobody|nobody is told/);
});
