import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmSet } from './alarm-set';
import type { Alarms } from './alarms';
import { OUTBOX_ATTRIBUTE, RelayEnvironment, RelayMetric } from './contract';
import { grantActions, grantKey } from './grants';
import { Handler } from './handler';
import { HandlerFunction } from './handler-function';
import { breakwaterMetric } from './metrics';
import type { Objective } from './objective';
import { addRelayAlarms } from './outbox-relay-alarms';
import { grantStream, type IOutboxTable } from './outbox-table';
import { makeParkingLotQueue, PARKING_LOT_RETENTION } from './parking-lot-queue';
import { RetryBudget } from './retry-budget';
import { requireKnownSeconds, requireWithin } from './rule';
import { tellTraffic } from './traffic';

/** Props of an {@link OutboxRelay}. */
export interface OutboxRelayProps {
  /** The table into which `transaction.emit` writes, for example the `idempotencyTable` of a pattern. Its stream is turned on. */
  readonly table: IOutboxTable;
  /** Where the events go. */
  readonly eventBus: IEventBus;
  /**
   * For how long an event is tried; of it, `within`, 1 minute to 20 hours. A stream does not count the attempts of a single record, so only the time is
   * bounded. What could not be published by then is parked.
   *
   * @default RetryBudget.of(), 1 hour
   */
  readonly retryBudget?: RetryBudget;
  /**
   * What is promised; of it, `messageAge`: no event waits longer than this for the event bus.
   *
   * @default - 15 minutes
   */
  readonly objective?: Objective;
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * Key which encrypts the parking lot.
   *
   * @default - a key that SQS owns
   */
  readonly encryptionKey?: IKey;
  /**
   * Network of the relay, in private subnets with a way to EventBridge and SQS.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * What happens to parking lot and logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Publishes to an event bus what `transaction.emit` put into a table: the event stands if and only if its effect does.
 *
 * At least once, in the order of the effects as long as nothing is parked, each copy under the same `detail.metadata.eventId`: receivers deduplicate on it. What the
 * bus refuses for good, or could not be given for the time of the budget, is parked with its cause and raises an alarm; the stream goes on.
 *
 * Use it for every table whose handlers call `transaction.emit`: without a relay, emitted events stay in the table.
 *
 * @throws when a setting is out of its range; the message names construct, rule, allowed and given value
 */
export class OutboxRelay extends Construct {
  /** The relay function with its alias and logs. */
  public readonly relayFunction: HandlerFunction;
  /** The event source mapping between the table's stream and the relay. */
  public readonly eventSource: EventSourceMapping;
  /** Events which wait for a person. */
  public readonly parkingLot: IQueue;
  /** Alarms by key: parkedEvents, parkedEventAge, unpublishedEventAge, relayErrors. */
  public readonly alarms: AlarmSet;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, props: OutboxRelayProps) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey;
    const objective = requireKnownSeconds(this, 'the objective for the age of events', props.objective?.messageAge ?? Duration.minutes(15));
    requireWithin(this, 'objective for the age of events in seconds', objective, [60, STREAM_SECONDS], 'Change objective.messageAge.');
    const parkAfter = requireKnownSeconds(this, 'the time of a retry budget', (props.retryBudget ?? RetryBudget.of()).within);
    requireWithin(
      this,
      'time for which an event is tried in seconds, which must end well before the stream forgets it',
      parkAfter,
      [60, STREAM_SECONDS - TIME_TO_PARK_SECONDS],
      'Change the time of retryBudget.',
    );

    this.parkingLot = makeParkingLotQueue(this, 'ParkingLot', props);
    this.relayFunction = new HandlerFunction(this, 'Relay', {
      handler: Handler._built('outbox-relay', {
        timeout: Duration.minutes(2),
        environment: {
          [RelayEnvironment.EVENT_BUS]: props.eventBus.eventBusArn,
          [RelayEnvironment.PARKING_LOT_URL]: this.parkingLot.queueUrl,
          [RelayEnvironment.PARK_AFTER_SECONDS]: String(parkAfter),
        },
      }),
      description: 'Publishes emitted events',
      serviceName: this.node.path,
      vpc: props.vpc,
      removalPolicy: props.removalPolicy,
    });
    this.tellReaders();
    this.eventSource = this.readStream(props, parkAfter);

    this.alarms = new AlarmSet(this, 'Alarms', { alarms: props.alarms });
    addRelayAlarms(this.alarms, {
      relay: this.relayFunction,
      parkingLot: this.parkingLot,
      objectiveSeconds: objective,
      parkingLotRetentionSeconds: PARKING_LOT_RETENTION.toSeconds(),
    });
  }

  /** Allows an operator or a tool to look into the parking lot and to remove what was decided. */
  public grantParkingLot(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    return grantActions(grantee, this.parkingLot.queueArn, [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
    ]);
  }

  /** Events that were published, copies included. */
  public metricPublished(options?: MetricOptions): Metric {
    return this.metric(RelayMetric.PUBLISHED, Stats.SUM, options);
  }

  /** Events that the relay parked. */
  public metricParked(options?: MetricOptions): Metric {
    return this.metric(RelayMetric.PARKED, Stats.SUM, options);
  }

  /** Milliseconds from the effect to the event bus, 99th percentile. */
  public metricRelayTime(options?: MetricOptions): Metric {
    return this.metric(RelayMetric.RELAY_TIME, Stats.percentile(99), options);
  }

  private metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return breakwaterMetric(metricName, { service: this.relayFunction.serviceName }, statistic, options);
  }

  private readStream({ table, eventBus }: OutboxRelayProps, parkAfter: number): EventSourceMapping {
    const relay = this.relayFunction.function;
    grantActions(relay, eventBus.eventBusArn, ['events:PutEvents']);
    grantKey(relay, this.encryptionKey, ['kms:Decrypt', 'kms:GenerateDataKey']);
    grantActions(relay, this.parkingLot.queueArn, ['sqs:SendMessage']);
    const stream = grantStream(table.table, relay);
    const eventSource = new EventSourceMapping(this, 'Source', {
      target: relay,
      eventSourceArn: stream.streamArn,
      // What was emitted while the relay was being deployed is published too.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      maxRecordAge: Duration.seconds(parkAfter + TIME_TO_PARK_SECONDS),
      onFailure: { bind: () => ({ destination: this.parkingLot.queueArn }) },
      filters: [{ pattern: JSON.stringify(OUTBOX_FILTER) }],
    });
    stream.grant.applyBefore(eventSource);
    return eventSource;
  }

  private tellReaders() {
    // Every copy of an event carries the same id.
    this.relayFunction._markIdempotent();
    tellTraffic(this.relayFunction.lambdaFunction!, { metrics: Object.keys(RelayMetric).length });
  }
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const STREAM_SECONDS = 24 * 60 * 60;
/**
 * The relay parks an event with its content, Lambda only where it lay in the stream. So Lambda waits much longer: until the relay, slow because the bus does not answer,
 * has parked all that grew old behind the first one; and for somebody to mend a relay that does not run.
 */
const TIME_TO_PARK_SECONDS = 4 * 60 * 60;

/** Emitted events only: not the records of effects, nor what expires. */
const OUTBOX_FILTER = {
  eventName: ['INSERT', 'MODIFY'],
  dynamodb: { NewImage: { [OUTBOX_ATTRIBUTE]: { M: { eventId: { S: [{ exists: true }] } } } } },
};
