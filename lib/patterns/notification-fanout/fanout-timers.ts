import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FanoutEnvironment, type Lane } from '../../blocks/fanout-contract';
import { grantActions, grantKey, grantOnWildcard } from '../../blocks/grants';
import type { HandlerFunction } from '../../blocks/handler-function';
import { makeParkingLotQueue } from '../../blocks/parking-lot-queue';

export interface FanoutTimersProps {
  readonly targets: { readonly [lane in Lane]: IQueue };
  readonly encryptionKey?: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** What is to happen later, as one-time schedules that put a message on a planning queue and are deleted after: ends of quiet hours, flushes of digests, fallbacks. */
export class FanoutTimers extends Construct {
  /** Timers that could not be handed over. */
  public readonly deadLetters: IQueue;
  public readonly group: CfnScheduleGroup;
  private readonly role: Role;
  private readonly targets: FanoutTimersProps['targets'];

  constructor(scope: Construct, id: string, { targets, encryptionKey, removalPolicy }: FanoutTimersProps) {
    super(scope, id);
    this.targets = targets;
    this.deadLetters = makeParkingLotQueue(this, 'DeadLetters', { encryptionKey, removalPolicy });
    // With its group, pending timers go.
    this.group = new CfnScheduleGroup(this, 'Group');
    this.group.applyRemovalPolicy(removalPolicy);
    this.role = new Role(this, 'Role', {
      description: `Timers of ${scope.node.path}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.group.attrArn } },
      }),
    });
    for (const queue of [...Object.values(targets), this.deadLetters]) grantActions(this.role, queue.queueArn, ['sqs:SendMessage']);
    grantKey(this.role, encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  /** Lets a function make timers. */
  public letSet(setter: HandlerFunction): void {
    const environment = {
      [FanoutEnvironment.TIMER_GROUP]: this.group.ref,
      [FanoutEnvironment.TIMER_ROLE]: this.role.roleArn,
      [FanoutEnvironment.TIMER_DEAD_LETTERS]: this.deadLetters.queueArn,
      [FanoutEnvironment.TIMER_TARGETS]: Stack.of(this).toJsonString(
        Object.fromEntries(Object.entries(this.targets).map(([lane, { queueArn }]) => [lane, queueArn])),
      ),
    };
    for (const [name, value] of Object.entries(environment)) setter.addEnvironment(name, value);
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.ref}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    grantOnWildcard(setter, schedules, ['scheduler:CreateSchedule'], 'Timers are named at run time, by what they are for.');
    setter.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }
}
