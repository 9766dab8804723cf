import { rmSync } from 'node:fs';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deploy, type LocalEngine, startEngine } from '../../lib/operate/local';
import { appFolder } from '../support/engine/app';

jest.setTimeout(180_000);

/** A function that may send single messages to one queue, ask for one alarm and make schedules in one group, and does what it is told. */
const ASKING = `
const stack = new cdk.Stack(app, 'Asking');
const mine = new cdk.aws_sqs.Queue(stack, 'Mine');
const other = new cdk.aws_sqs.Queue(stack, 'Other');
const asking = new cdk.aws_lambda.Function(stack, 'Function', {
  runtime: cdk.aws_lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  timeout: cdk.Duration.seconds(30),
  environment: { MINE: mine.queueUrl, OTHER: other.queueUrl },
  code: cdk.aws_lambda.Code.fromInline(\`
    const { SQSClient, SendMessageBatchCommand } = require('@aws-sdk/client-sqs');
    const { CloudWatchClient, DescribeAlarmsCommand } = require('@aws-sdk/client-cloudwatch');
    const { SchedulerClient, CreateScheduleCommand } = require('@aws-sdk/client-scheduler');
    exports.handler = async ({ send, alarms, schedule, refuse }) => {
      if (send) {
        const Entries = [{ Id: 'a', MessageBody: 'a' }];
        return (await new SQSClient({}).send(new SendMessageBatchCommand({ QueueUrl: process.env[send], Entries }))).Successful.length;
      }
      if (alarms) {
        const { MetricAlarms } = await new CloudWatchClient({}).send(new DescribeAlarmsCommand({ AlarmNames: alarms }));
        return MetricAlarms.map(({ AlarmName }) => AlarmName);
      }
      if (schedule) {
        const target = { Arn: 'arn:aws:sqs:us-east-1:000000000000:any', RoleArn: 'arn:aws:iam::000000000000:role/any', Input: '{}' };
        const once = { ScheduleExpression: 'at(2099-01-01T00:00:00)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: target };
        await new SchedulerClient({}).send(new CreateScheduleCommand({ Name: 'once', GroupName: schedule, ...once }));
        return schedule;
      }
      const error = new Error('no such order');
      error.name = refuse;
      throw error;
    };\`),
});
const allow = (actions, resources) => asking.addToRolePolicy(new cdk.aws_iam.PolicyStatement({ actions, resources }));
allow(['sqs:SendMessage'], [mine.queueArn]);
allow(['cloudwatch:DescribeAlarms'], [stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: 'mine', arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME })]);
for (const name of ['mine', 'other']) new cdk.aws_scheduler.CfnScheduleGroup(stack, 'Group-' + name, { name });
allow(['scheduler:CreateSchedule'], [stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: 'mine/*' })]);
new cdk.CfnOutput(stack, 'FunctionName', { value: asking.functionName });
`;

const workingDirectory = appFolder(ASKING);
let engine: LocalEngine;
let lambda: LambdaClient;
let functionName: string;

beforeAll(async () => {
  const progress = () => {};
  engine = await startEngine({ progress });
  const { stacks } = await deploy({ engine, workingDirectory, progress });
  functionName = stacks[0]!.outputs.FunctionName!;
  lambda = new LambdaClient(engine.clientConfig);
  const cloudWatch = new CloudWatchClient(engine.clientConfig);
  for (const AlarmName of ['mine', 'other']) {
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'Test',
        MetricName: 'Any',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  }
  cloudWatch.destroy();
});
afterAll(async () => {
  lambda?.destroy();
  await engine?.stop();
  rmSync(workingDirectory, { recursive: true, force: true });
});

async function invoke(request: object): Promise<{ readonly failed: boolean; readonly answer: unknown }> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }));
  return { failed: FunctionError !== undefined, answer: JSON.parse(Buffer.from(Payload!).toString()) };
}

test('a function that may send a message may send a batch of them, to the same queue only', async () => {
  expect(await invoke({ send: 'MINE' })).toEqual({ failed: false, answer: 1 });
  const denied = await invoke({ send: 'OTHER' });
  expect(denied.failed).toBe(true);
  expect(JSON.stringify(denied.answer)).toContain('not authorized to perform: sqs:SendMessage ');
});

test('a function that may ask for an alarm by its name may ask for no other, nor for all', async () => {
  expect(await invoke({ alarms: ['mine'] })).toEqual({ failed: false, answer: ['mine'] });
  for (const alarms of [['other'], ['mine', 'other'], []]) {
    const denied = await invoke({ alarms });
    expect(denied.failed).toBe(true);
    expect(JSON.stringify(denied.answer)).toContain('not authorized to perform: cloudwatch:DescribeAlarms');
  }
});

test('who invokes a function is told the name of what it threw', async () => {
  expect(await invoke({ refuse: 'OrderError' })).toEqual({
    failed: true,
    answer: { errorType: 'OrderError', errorMessage: 'no such order' },
  });
});

test('a schedule is of the group that the request names, and needs permission there', async () => {
  expect(await invoke({ schedule: 'mine' })).toEqual({ failed: false, answer: 'mine' });
  const denied = await invoke({ schedule: 'other' });
  expect(denied.failed).toBe(true);
  expect(JSON.stringify(denied.answer)).toContain('not authorized to perform: scheduler:CreateSchedule');
});
