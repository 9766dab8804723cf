import { Aspects, CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AlarmSet } from './alarm-set';
import type { ClaimBucket } from './claim-bucket';
import { grantActions, grantKey } from './grants';
import { Handler } from './handler';
import { HandlerFunction } from './handler-function';
import { DESK_OUTPUT_DESCRIPTION, ParkingEnvironment, ParkingMetric } from './parking-contract';
import { addGroupAlarms, addIntakeAlarm } from './parking-desk-alarms';
import { type DeskLot, DeskLots } from './parking-desk-lots';
import { makeJobMachine } from './parking-desk-machine';
import type { ParkingDeskProps, RedriveOptions } from './parking-desk-props';
import { checkDesk, checkTaken } from './parking-desk-rules';
import { ParkingStore } from './parking-desk-store';
import { deskRetention } from './parking-lot';
import { refuse } from './rule';
import { tellTraffic } from './traffic';

/**
 * Takes what can't be processed from a dead-letter queue, groups it by cause, and does with a group what an operator decides: send it back, edited or as it came, or
 * discard it. Used by `npx breakwater parked`, which finds it by its output.
 *
 * Every `QueueWorker` has one unless told otherwise (`ParkingLot.queueOnly()`). Use it by itself for a dead-letter queue that was made elsewhere.
 *
 * @throws when a setting is out of its range; the message names construct, rule, allowed and given value
 */
export class ParkingDesk extends Construct {
  /** Groups, messages, jobs, and who did what. */
  public readonly table: ITableV2;
  /** Bodies of parked messages. */
  public readonly bucket: IBucket;
  /** Takes messages in. */
  public readonly intakeFunction: HandlerFunction;
  /** Answers an operator. */
  public readonly deskFunction: HandlerFunction;
  /** Does one step of a job. */
  public readonly jobFunction: HandlerFunction;
  /** Takes sensitive fields out of bodies; undefined without a redaction. */
  public readonly redactionFunction?: HandlerFunction;
  /** Runs jobs. */
  public readonly stateMachine: StateMachine;
  /** Tells the command line of the desk. */
  public readonly output: CfnOutput;
  /** Alarms by key: parkedMessages, parkedCustomerFaults and, if it takes from a queue by itself, parkedMessageAge. */
  public readonly alarms: AlarmSet;
  /** How long a message is kept. */
  public readonly retention: Duration;
  /** Name under which logs, metrics and traces are found. */
  public readonly serviceName: string;
  private readonly store: ParkingStore;
  private readonly lots: DeskLots;
  private readonly props: ParkingDeskProps;

  constructor(scope: Construct, id: string, props: ParkingDeskProps = {}) {
    super(scope, id);
    const retentionDays = checkDesk(this, props);
    this.props = props;
    this.retention = deskRetention(props);
    this.serviceName = props.serviceName ?? this.node.path;
    this.store = new ParkingStore(this, 'Store', { ...props, retention: this.retention });
    this.table = this.store.table;
    this.bucket = this.store.bucket;
    this.lots = new DeskLots(this);
    if (props.redaction) {
      this.redactionFunction = new HandlerFunction(this, 'Redaction', {
        handler: props.redaction,
        description: 'Takes sensitive fields out of parked messages',
        removalPolicy: props.removalPolicy,
      });
    }

    const shared = {
      [ParkingEnvironment.TABLE]: this.table.tableName,
      [ParkingEnvironment.BUCKET]: this.bucket.bucketName,
      ...this.lots.environment(),
    };
    const takingIn = {
      ...shared,
      [ParkingEnvironment.RETENTION_DAYS]: String(retentionDays),
      [ParkingEnvironment.CUSTOMER_THRESHOLD]: String(props.customerFaultThreshold ?? 100),
      ...(this.redactionFunction && { [ParkingEnvironment.REDACTION_FUNCTION]: this.redactionFunction.function.functionArn }),
    };
    this.intakeFunction = this.make('Intake', 'parking-intake', 'Takes parked messages in', INTAKE_TIMEOUT, takingIn);
    this.jobFunction = this.make('Job', 'parking-job', 'Does one step of a job on parked messages', JOB_TIMEOUT, takingIn);
    this.stateMachine = makeJobMachine(this, { ...props, job: this.jobFunction });
    this.deskFunction = this.make('Operate', 'parking-desk', 'Shows and moves what is parked, for an operator', DESK_TIMEOUT, {
      ...shared,
      [ParkingEnvironment.STATE_MACHINE]: this.stateMachine.stateMachineArn,
    });
    this.grantFunctions();

    this.alarms = props.alarmSet ?? new AlarmSet(this, 'Alarms', { alarms: props.alarms });
    addGroupAlarms(this.alarms, this.serviceName);
    this.output = new CfnOutput(this, 'Found', {
      description: `${DESK_OUTPUT_DESCRIPTION}${this.serviceName}`,
      value: `${this.deskFunction.lambdaFunction!.functionName}:${this.deskFunction.alias!.aliasName}`,
    });
  }

  /**
   * Takes messages from a dead-letter queue as they come, and redrives them to another queue. One queue; further ones are adopted.
   *
   * @param lot a dead-letter queue that nothing else reads, with a visibility timeout of 3 minutes or more
   * @param target where a redrive sends to, usually the queue whose dead letters they are
   * @returns the event source mapping between the queue and the intake
   * @throws when there is one already, or the queue shows messages again too soon
   */
  public takeFrom(lot: IQueue, target: IQueue, options: RedriveOptions = {}): EventSourceMapping {
    return this._takeFrom({ ...options, queue: lot, target, adopted: false });
  }

  /**
   * Lets `npx breakwater parked adopt` read a dead-letter queue that was made elsewhere: once, when asked, until it is empty.
   *
   * @param lot the dead-letter queue
   * @param target where a redrive sends to
   * @throws when the desk has the queue already, or has 30
   */
  public adopt(lot: IQueue, target: IQueue, options: RedriveOptions = {}): void {
    this.add({ ...options, queue: lot, target, adopted: true });
    grantKey(this.jobFunction, lot.encryptionMasterKey, ['kms:Decrypt']);
    grantActions(this.jobFunction, lot.queueArn, ['sqs:ReceiveMessage', 'sqs:DeleteMessage']);
  }

  /**
   * Allows to work at the desk: to look, redrive, edit, discard. To find it by itself the command line also lists outputs (`cloudformation:DescribeStacks`), which
   * whoever names the desk's function doesn't need.
   */
  public grantOperate(grantee: IGrantable): Grant {
    return grantActions(grantee, this.deskFunction.function.functionArn, ['lambda:InvokeFunction']);
  }

  /**
   * Lets the desk keep bodies that messages of this queue refer to, because they expire before their message does, and put them back for a redrive.
   *
   * @throws when the desk does not have the queue
   */
  public readClaimsFrom(lot: IQueue, claims: ClaimBucket): void {
    const { adopted } = this.lots.readClaimsFrom(lot, claims);
    claims.grantGet(adopted ? this.jobFunction : this.intakeFunction);
    // An edited body is put there for the worker to validate it.
    for (const puttingBack of [this.jobFunction, this.deskFunction]) claims.grantPut(puttingBack);
  }

  /** @internal */
  public _takeFrom(lot: DeskLot): EventSourceMapping {
    if (!lot.sharing && this.lots.takesFromAny()) {
      refuse(this, {
        rule: 'a parking desk takes from one queue by itself',
        allowed: 'one takeFrom(), and adopt() for others',
        given: `${lot.queue.node.path} as well`,
        remedy: 'Use adopt(), or make another ParkingDesk.',
      });
    }
    checkTaken(this, lot.queue, INTAKE_VISIBILITY.toSeconds());
    this.add(lot);
    addIntakeAlarm(lot.sharing?.alarms ?? this.alarms, lot.queue);
    grantKey(this.intakeFunction, lot.queue.encryptionMasterKey, ['kms:Decrypt']);
    const consume = grantActions(this.intakeFunction, lot.queue.queueArn, [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
    ]);
    const source = new EventSourceMapping(lot.sharing?.scope ?? this, lot.sharing ? 'Parking' : 'Source', {
      target: this.intakeFunction.function,
      eventSourceArn: lot.queue.queueArn,
      batchSize: 10,
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    consume.applyBefore(source);
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'SQS event sources take no failure destination: what is not taken in stays in the queue, and an alarm watches its age.',
    });
    return source;
  }

  private add(lot: DeskLot) {
    this.lots.add(lot);
    grantKey(this.jobFunction, lot.target.encryptionMasterKey, ['kms:GenerateDataKey', 'kms:Decrypt']);
    grantActions(this.jobFunction, lot.target.queueArn, ['sqs:SendMessage']);
    for (const looking of [this.deskFunction, this.jobFunction]) lot.idempotencyTable?.grantLookUp(looking);
    if (lot.worker) grantActions(this.deskFunction, lot.worker.functionArn, ['lambda:InvokeFunction']);
    if (lot.claims) this.readClaimsFrom(lot.queue, lot.claims);
  }

  private make(id: string, built: string, description: string, timeout: Duration, environment: { [name: string]: string }) {
    const handlerFunction = new HandlerFunction(this, id, {
      handler: Handler._built(built, { timeout, environment }),
      description,
      serviceName: this.serviceName,
      removalPolicy: this.props.removalPolicy,
    });
    handlerFunction._markParkingDesk();
    // Each message and each step is known by its id.
    handlerFunction._markIdempotent();
    tellTraffic(handlerFunction.lambdaFunction!, { metrics: id === 'Operate' ? 0 : Object.keys(ParkingMetric).length });
    return handlerFunction;
  }

  private grantFunctions() {
    const { intakeFunction, deskFunction, jobFunction } = this;
    for (const one of [intakeFunction, deskFunction, jobFunction]) {
      this.store.grantItems(one);
      this.store.grantPut(one);
    }
    this.store.grantAudit(deskFunction);
    for (const reading of [deskFunction, jobFunction]) {
      this.store.grantLists(reading);
      this.store.grantGet(reading);
    }
    grantActions(deskFunction, this.stateMachine.stateMachineArn, ['states:StartExecution']);
    const defaultBus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    for (const telling of [deskFunction, jobFunction]) grantActions(telling, defaultBus, ['events:PutEvents']);
    for (const taking of this.redactionFunction ? [intakeFunction, jobFunction] : []) {
      grantActions(taking, this.redactionFunction!.function.functionArn, ['lambda:InvokeFunction']);
    }
    this.grantWhatIsTold();
  }

  /** At the end of synth: until then alarms can be removed, and a policy may not name one that isn't there. */
  private grantWhatIsTold() {
    let granted = false;
    Aspects.of(this).add({
      visit: (construct) => {
        if (construct !== this || granted) return;
        granted = true;
        const alarms = this.lots.alarms().map(({ alarmArn }) => alarmArn);
        for (const asking of [this.deskFunction, this.jobFunction]) grantAll(asking, alarms, ['cloudwatch:DescribeAlarms']);
        const parameters = this.lots.parameters.map(({ parameterArn }) => parameterArn);
        for (const one of [this.intakeFunction, this.deskFunction, this.jobFunction]) grantAll(one, parameters, ['ssm:GetParameter']);
      },
    });
  }
}

function grantAll(grantee: IGrantable, resourceArns: string[], actions: string[]) {
  if (resourceArns.length > 0) Grant.addToPrincipal({ grantee, actions, resourceArns });
}

const INTAKE_TIMEOUT = Duration.seconds(30);
const JOB_TIMEOUT = Duration.minutes(1);
const DESK_TIMEOUT = Duration.seconds(30);

/** How long a queue that the intake reads hides a message. Lambda asks for at least the function's timeout, and advises six times as long. */
export const INTAKE_VISIBILITY = Duration.seconds(6 * INTAKE_TIMEOUT.toSeconds());
