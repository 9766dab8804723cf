import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
  Choice,
  Condition,
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  JitterType,
  JsonPath,
  LogLevel,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { grantKey } from './grants';
import { type HandlerFunction, PARKING_DESK_MARK } from './handler-function';
import { uniqueNameOf } from './unique-name';

export interface JobMachineProps {
  readonly job: HandlerFunction;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Calls the job function again and again until the job has ended: each step is short, repeatable, and knows from the table where the one before it was. So a
 * step that is killed or can't be run costs time, nothing else.
 */
export function makeJobMachine(scope: Construct, { job, encryptionKey, removalPolicy }: JobMachineProps): StateMachine {
  const step = new LambdaInvoke(scope, 'Step', {
    comment: 'One step of the job: at most a minute of work',
    lambdaFunction: job.function,
    payload: TaskInput.fromObject({ job: JsonPath.stringAt('$.job'), execution: JsonPath.numberAt('$.execution') }),
    payloadResponseOnly: true,
    resultPath: '$.answer',
    taskTimeout: Timeout.duration(job.timeout),
    retryOnServiceExceptions: false,
  });
  step.addRetry({
    errors: ['States.ALL'],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.minutes(1),
    maxAttempts: STEP_ATTEMPTS,
    jitterStrategy: JitterType.FULL,
  });
  const pause = new Wait(scope, 'Pause', { time: WaitTime.secondsPath('$.answer.waitSeconds') }).next(step);
  const definition = step.next(
    new Choice(scope, 'Next').when(Condition.stringEquals('$.answer.next', 'again'), pause).otherwise(new Succeed(scope, 'End')),
  );
  const machine = new StateMachine(scope, 'Jobs', {
    comment: 'Jobs of a parking desk: redrive, discard, adopt, wake',
    definitionBody: DefinitionBody.fromChainable(definition),
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(scope, 'JobsLogs', {
        logGroupName: uniqueNameOf(scope, VENDED_LOGS),
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
      }),
      level: LogLevel.ALL,
      includeExecutionData: false,
    },
    encryptionConfiguration: encryptionKey && new CustomerManagedEncryptionConfiguration(encryptionKey),
  });
  // The condition that the CDK writes for it names a machine without a name.
  grantKey(machine, encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
  Validations.of(machine.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The delivery of logs and xray:PutTraceSegments know no resource to name.',
  });
  (machine.node.defaultChild as CfnStateMachine).addMetadata(PARKING_DESK_MARK, true);
  return machine;
}

/** At a minute each, for the better part of a day. */
const STEP_ATTEMPTS = 1000;

/**
 * Step Functions keeps one resource policy of CloudWatch Logs for all machines of an account, and it may not grow over 5,120 characters. Under this prefix it doesn't.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const VENDED_LOGS = '/aws/vendedlogs/states/';
