import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  type IChainable,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { grantKey } from './grants';
import { uniqueNameOf } from './unique-name';

export interface StateMachineProps {
  readonly comment: string;
  readonly definition: IChainable;
  /** @default - none */
  readonly timeout?: Duration;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A standard state machine as it should run in production: traced, logged without what it works on. Its logs have the id of the machine with `Logs` behind it. */
export function makeStateMachine(scope: Construct, id: string, props: StateMachineProps): StateMachine {
  const { comment, definition, timeout, encryptionKey, removalPolicy } = props;
  const machine = new StateMachine(scope, id, {
    comment,
    definitionBody: DefinitionBody.fromChainable(definition),
    timeout,
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(scope, `${id}Logs`, {
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
  acknowledge(machine.role, 'AwsSolutions-IAM5[Resource::*]', 'The delivery of logs and xray:PutTraceSegments know no resource to name.');
  return machine;
}

/**
 * Step Functions keeps one resource policy of CloudWatch Logs for all machines of an account, and it may not grow over 5,120 characters. Under this prefix it doesn't.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const VENDED_LOGS = '/aws/vendedlogs/states/';
