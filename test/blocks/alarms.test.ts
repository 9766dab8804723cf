import { readFileSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { AlarmNotice, Alarms, ParkingLot, QueueWorker } from '../../lib';
import { inlineWorker, resourcesOf, shop, warnings } from '../support/cdk/stacks';

const KEYS = ['parkedMessages', 'parkedMessageAge', 'oldestMessageAge', 'workerErrors', 'workerThrottles'];

function orders(alarms?: (stack: ReturnType<typeof shop>) => Alarms) {
  const stack = shop();
  const worker = new QueueWorker(stack, 'Orders', { worker: inlineWorker(), alarms: alarms?.(stack), parkingLot: ParkingLot.queueOnly() });
  return { stack, alarms: worker.alarms, template: () => Template.fromStack(stack) };
}

function toTopic(props?: TopicProps) {
  return orders((stack) => Alarms.toTopic(new Topic(stack, 'OnCall', props)));
}

describe('alarms of a queue worker', () => {
  test('each have an action, an OK action and a decision on missing data', () => {
    const { stack, alarms } = toTopic();
    expect(alarms.keys).toEqual(KEYS);
    const found = Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm'));
    expect(found).toHaveLength(KEYS.length);
    const topic = [{ Ref: expect.stringMatching(/^OnCall/) }];
    for (const { Properties } of found) {
      expect(Properties).toMatchObject({ AlarmActions: topic, OKActions: topic, TreatMissingData: 'notBreaching' });
    }
  });

  test('link sections which the runbook has', () => {
    const { stack } = toTopic();
    const headings = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!.toLowerCase());
    for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm'))) {
      const [, anchor] = /Runbook: docs\/runbook\.md#(\w+)$/.exec(String(Properties.AlarmDescription))!;
      expect(headings).toContain(anchor);
    }
  });

  test('link a runbook that lies elsewhere', () => {
    const { template } = orders((stack) =>
      Alarms.toTopic(new Topic(stack, 'OnCall'), { runbookUrl: 'https://wiki.example.com/breakwater' }),
    );
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('Runbook: https://wiki.example.com/breakwater#parkedmessages$'),
    });
  });

  test('watch the parking lot from the first message on, and its age well before SQS deletes', () => {
    const { template } = toTopic();
    const parkingLot = [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('ParkingLot'), 'QueueName'] } }];
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: parkingLot,
      Threshold: 1,
      EvaluationPeriods: 1,
      Statistic: 'Maximum',
    });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: parkingLot,
      Threshold: 7 * 86_400,
    });
  });

  test('follow the objective', () => {
    const stack = shop();
    new QueueWorker(stack, 'Orders', {
      worker: inlineWorker(),
      alarms: Alarms.toTopic(new Topic(stack, 'OnCall')),
      objective: { messageAge: Duration.minutes(2) },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('#oldestmessageage$'),
      Threshold: 120,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  test('without a destination exist, and synth says that they tell nobody', () => {
    const { stack } = orders();
    expect(Object.keys(resourcesOf(stack, 'AWS::CloudWatch::Alarm'))).toHaveLength(KEYS.length);
    expect(warnings(stack)).toEqual([expect.stringContaining('these alarms tell nobody: give alarms: Alarms.toTopic(topic)')]);
  });

  test('are not made for Alarms.none(), and nothing is said', () => {
    const { stack, alarms, template } = orders(() => Alarms.none());
    template().resourceCountIs('AWS::CloudWatch::Alarm', 0);
    expect(warnings(stack)).toEqual([]);
    expect(alarms.keys).toEqual([]);
    expect(() => alarms.alarm('parkedMessages')).toThrow(/allowed none, because of Alarms.none\(\), given 'parkedMessages'/);
  });
});

describe('an alarm is addressed by its key', () => {
  const override = {
    threshold: 60,
    evaluationPeriods: 4,
    datapointsToAlarm: 2,
    period: Duration.minutes(5),
    treatMissingData: TreatMissingData.BREACHING,
    actionsEnabled: false,
  };

  test('to change it', () => {
    const { alarms, template } = toTopic();
    alarms.override('oldestMessageAge', override);
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('#oldestmessageage$'),
      Threshold: 60,
      EvaluationPeriods: 4,
      DatapointsToAlarm: 2,
      Period: 300,
      TreatMissingData: 'breaching',
      ActionsEnabled: false,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  test('to change one thing and leave the rest', () => {
    const before = toTopic();
    const after = toTopic();
    after.alarms.override('workerThrottles', { threshold: 50 });
    const find = ({ stack }: typeof before) =>
      Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).find(([id]) => id.includes('workerThrottles'))![1].Properties;
    expect(find(after)).toEqual({ ...find(before), Threshold: 50 });
  });

  test('with fewer periods never asks for more bad datapoints than there are', () => {
    const { alarms, template } = toTopic();
    alarms.override('workerThrottles', { evaluationPeriods: 2 });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { EvaluationPeriods: 2, DatapointsToAlarm: 2 });
  });

  test('to remove it', () => {
    const { alarms, template } = toTopic();
    alarms.remove('workerErrors');
    expect(alarms.keys).not.toContain('workerErrors');
    template().resourceCountIs('AWS::CloudWatch::Alarm', KEYS.length - 1);
    expect(() => alarms.alarm('workerErrors')).toThrow(
      /an alarm is addressed by its key: allowed parkedMessages, .*, given 'workerErrors'/,
    );
  });

  test('that must be new for another alarm', () => {
    const { stack, alarms, template } = toTopic();
    const metric = alarms.alarm('parkedMessages').metric;
    expect(() => alarms.add('parkedMessages', { meaning: 'x', metric, threshold: 2 })).toThrow(/given 'parkedMessages' again/);
    alarms.add('manyParked', { meaning: 'Many messages are parked.', metric, threshold: 100 });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 100,
      AlarmActions: [{ Ref: Match.stringLikeRegexp('OnCall') }],
    });
    expect(stack).toBeDefined();
  });

  test.each([
    [undefined, 1, 1],
    [AlarmNotice.BEGIN_AND_END, 1, 1],
    [AlarmNotice.BEGIN, 1, undefined],
    [AlarmNotice.NOTHING, undefined, undefined],
  ])('which gives notice %s has %s actions when it fires and %s when it is over', (notice, begin, end) => {
    const { stack, alarms } = toTopic();
    alarms.add('another', { meaning: 'x', metric: alarms.alarm('parkedMessages').metric, threshold: 1, notice });
    const added = Object.entries(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).find(([id]) => id.includes('another'))![1].Properties;
    expect([added.AlarmActions, added.OKActions].map((actions) => (actions as unknown[] | undefined)?.length)).toEqual([begin, end]);
  });

  test.each([
    [{ evaluationPeriods: 0 }, /evaluation periods of an alarm: allowed 1 to 10080, given 0/],
    [{ datapointsToAlarm: 4 }, /bad datapoints of an alarm: allowed 1 to 3, given 4/],
  ])('and %j is refused', (change, message) => {
    expect(() => toTopic().alarms.override('oldestMessageAge', change)).toThrow(message);
  });
});

describe('CloudWatch reaches the topic', () => {
  const cloudWatch = { Service: 'cloudwatch.amazonaws.com' };

  test('by its default policy, which stays', () => {
    toTopic().template().resourceCountIs('AWS::SNS::TopicPolicy', 0);
  });

  test('when a policy of its own has replaced the default one', () => {
    toTopic({ enforceSSL: true })
      .template()
      .hasResourceProperties('AWS::SNS::TopicPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Allow',
              Action: 'sns:Publish',
              Principal: cloudWatch,
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            }),
          ]),
        },
      });
  });

  test('through its key, once for several constructs', () => {
    const stack = shop();
    const alarms = Alarms.toTopic(new Topic(stack, 'OnCall', { masterKey: new Key(stack, 'Key') }));
    for (const id of ['Orders', 'Refunds']) new QueueWorker(stack, id, { worker: inlineWorker(), alarms });
    const [key] = Object.values(resourcesOf(stack, 'AWS::KMS::Key')) as unknown as [
      { Properties: { KeyPolicy: { Statement: Array<{ Principal: unknown; Action: string[] }> } } },
    ];
    const statements = key.Properties.KeyPolicy.Statement.filter(
      ({ Principal }) => JSON.stringify(Principal) === JSON.stringify(cloudWatch),
    );
    expect(statements.map(({ Action }) => Action)).toEqual([['kms:Decrypt', 'kms:GenerateDataKey*']]);
    expect(warnings(stack)).toEqual([]);
  });

  test('or synth warns, when the key belongs to somebody else', () => {
    const stack = shop();
    const masterKey = Alias.fromAliasName(stack, 'Key', 'alias/aws/sns');
    new QueueWorker(stack, 'Orders', { worker: inlineWorker(), alarms: Alarms.toTopic(new Topic(stack, 'OnCall', { masterKey })) });
    expect(warnings(stack)).toEqual([
      expect.stringMatching(/the alarm topic Shop\/OnCall is encrypted.*no alarm is ever delivered and nothing says so/s),
    ]);
  });
});
