import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type CfnStateMachine,
  Choice,
  Condition,
  JitterType,
  JsonPath,
  type StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { type HandlerFunction, PARKING_DESK_MARK } from './handler-function';
import { makeStateMachine } from './state-machine';

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
  const machine = makeStateMachine(scope, 'Jobs', {
    comment: 'Jobs of a parking desk: redrive, discard, adopt, wake',
    definition,
    encryptionKey,
    removalPolicy,
  });
  (machine.node.defaultChild as CfnStateMachine).addMetadata(PARKING_DESK_MARK, true);
  return machine;
}

/** At a minute each, for the better part of a day. */
const STEP_ATTEMPTS = 1000;
