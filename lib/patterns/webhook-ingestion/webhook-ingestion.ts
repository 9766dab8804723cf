import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IHttpApi, IHttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ComparisonOperator, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmSet } from '../../blocks/alarm-set';
import { ClaimBucket } from '../../blocks/claim-bucket';
import { grantActions, grantKey } from '../../blocks/grants';
import { Handler } from '../../blocks/handler';
import { HandlerFunction } from '../../blocks/handler-function';
import type { IdempotencyTable } from '../../blocks/idempotency-table';
import { breakwaterMetric } from '../../blocks/metrics';
import type { ParkingDesk } from '../../blocks/parking-desk';
import { QueueWorker } from '../../blocks/queue-worker';
import type { RetryBudget } from '../../blocks/retry-budget';
import { refuse } from '../../blocks/rule';
import { tellTraffic } from '../../blocks/traffic';
import { MAX_INLINE_MESSAGE_BYTES, ReceiveEnvironment, ReceiveMetric, type SenderSettings } from './contract';
import { makeReceiveApi } from './receive-api';
import { checkConfig, checkSamePayload } from './sender-config-rules';
import type { WebhookIngestionProps } from './webhook-ingestion-props';
import { answerObjective, checkSenders, checkSettingsSize, defaultConcurrency, longestHorizon, receiveTimeout } from './webhook-rules';

/**
 * Receives webhooks of several senders and gives each event its effect exactly once.
 *
 * HTTP API, then a function that verifies signatures and answers 2xx only after the event is durable, then a queue, then your worker, whose effect and
 * idempotency record are one DynamoDB transaction. What can't be processed is parked with its cause and raises an alarm.
 *
 * Use it for anything that is told to you by HTTP callbacks and must not be lost or done twice. Not for requests whose caller waits for a result.
 *
 * @throws when props contradict each other or a limit of AWS; the message names construct, rule, allowed and given value
 */
export class WebhookIngestion extends Construct {
  /** The worker function: grant it what its effect needs. */
  public readonly worker: IFunction;
  /** Events which are accepted and wait for their effect. */
  public readonly queue: IQueue;
  /** The dead-letter queue: events which wait for a person, or for the parking desk, which takes them at once. */
  public readonly parkingLot: IQueue;
  /** Where an operator finds events that are parked; undefined with `ParkingLot.queueOnly()`. */
  public readonly parkingDesk?: ParkingDesk;
  /** Remembers which events had their effect. */
  public readonly idempotencyTable: IdempotencyTable;
  /**
   * Alarms by key: those of the queue worker (parkedMessages, parkedCustomerFaults, parkedMessageAge, oldestMessageAge, workerErrors, workerThrottles, and parkedArrivals
   * if traffic shifts gradually) and receiveErrors, receiveThrottles, answerLatency, answerErrors.
   */
  public readonly alarms: AlarmSet;
  /** The function that verifies and enqueues. */
  public readonly receiver: IFunction;
  /** The HTTP API. */
  public readonly api: IHttpApi;
  /** Its default stage. */
  public readonly stage: IHttpStage;
  /** URL of the API, with a slash at its end; see `urlFor`. */
  public readonly url: string;
  /** Bodies which are too large for the queue. */
  public readonly claimBucket: IBucket;
  /** What an event may cost. */
  public readonly retryBudget: RetryBudget;
  /** The block with queue, parking lot, worker and table. */
  public readonly queueWorker: QueueWorker;
  /** The block with the receive function, its alias and logs. */
  public readonly receiverFunction: HandlerFunction;
  private readonly senderNames: string[];

  constructor(scope: Construct, id: string, props: WebhookIngestionProps) {
    super(scope, id);
    checkSenders(this, props.senders);
    const senders = Object.entries(props.senders);
    this.senderNames = senders.map(([name]) => name);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const ofOurFunctions = { deployment: props.deployment, vpc: props.vpc };

    this.queueWorker = new QueueWorker(this, 'Worker', {
      worker: props.worker,
      retryBudget: props.retryBudget,
      parkingLot: props.parkingLot,
      objective: props.objective,
      alarms: props.alarms,
      maxConcurrency: props.maxConcurrency ?? defaultConcurrency(props.worker),
      senderHorizon: longestHorizon(senders.map(([, sender]) => sender)),
      encryptionKey: props.encryptionKey,
      removalPolicy,
      serviceName: this.node.path,
      ...(props.worker._given ? {} : ofOurFunctions),
    });
    this.worker = this.queueWorker.worker;
    this.queue = this.queueWorker.queue;
    this.parkingLot = this.queueWorker.parkingLot;
    this.parkingDesk = this.queueWorker.parkingDesk;
    this.idempotencyTable = this.queueWorker.idempotencyTable;
    this.alarms = this.queueWorker.alarms;
    this.retryBudget = this.queueWorker.retryBudget;

    const claims = new ClaimBucket(this, 'Claims', {
      messageLifetime: this.queueWorker.messageLifetime,
      inlineBytes: MAX_INLINE_MESSAGE_BYTES,
      encryptionKey: props.encryptionKey,
      removalPolicy,
    });
    this.claimBucket = claims.bucket;
    this.queueWorker.readClaimsFrom(claims);

    this.receiverFunction = new HandlerFunction(this, 'Receive', {
      handler: Handler._built('webhook-ingestion-receive', {
        timeout: receiveTimeout(senders.map(([, sender]) => sender)),
        environment: {
          [ReceiveEnvironment.QUEUE_URL]: this.queue.queueUrl,
          [ReceiveEnvironment.CLAIM_BUCKET]: claims.bucket.bucketName,
        },
      }),
      description: 'Verifies webhooks and enqueues them',
      serviceName: this.node.path,
      provisionedConcurrency: props.provisionedConcurrency,
      removalPolicy,
      ...ofOurFunctions,
    });
    this.receiver = this.receiverFunction.function;
    if (this.receiverFunction.lambdaFunction)
      // Two: the current version of a secret, and the one before.
      tellTraffic(this.receiverFunction.lambdaFunction, { metrics: Object.keys(ReceiveMetric).length, requestsPerSecretRead: 2 });
    this.queueWorker.grantSend(this.receiver);
    claims.grantPut(this.receiver);
    for (const secret of new Set(senders.flatMap(([, sender]) => sender._secrets))) this.grantSecret(secret);

    const { api, stage } = makeReceiveApi(this, this.receiver, removalPolicy);
    this.api = api;
    this.stage = stage;
    this.url = stage.url;
    this.tellReceiver(props);
    this.addReceiveAlarms(answerObjective(this, props));
    this.receiverFunction.rollBackOn(this.alarms, 'receiveErrors');
    // What it catches it answers with 5xx, which Lambda does not count as an error.
    this.receiverFunction.rollBackOn(this.alarms, 'answerErrors');
  }

  /**
   * URL to register with a sender.
   *
   * @throws when there is no sender of that name
   */
  public urlFor(sender: string): string {
    if (!this.senderNames.includes(sender)) {
      refuse(this, {
        rule: 'a URL belongs to one of the senders',
        allowed: this.senderNames.join(', '),
        given: `'${sender}'`,
        remedy: 'Use the name under which the sender stands in senders.',
      });
    }
    return `${this.url}${sender}`;
  }

  /** Allows an operator or a tool to look at what is parked and to move it back to the queue: see `QueueWorker.grantRedrive`. */
  public grantRedrive(grantee: IGrantable): Grant {
    return this.queueWorker.grantRedrive(grantee);
  }

  /** Requests that reached the receive function. */
  public metricReceived(options?: MetricOptions): Metric {
    return this.metric(ReceiveMetric.RECEIVED, options);
  }

  /** Requests that were accepted: verified and durable, duplicates included. */
  public metricAccepted(options?: MetricOptions): Metric {
    return this.metric(ReceiveMetric.ACCEPTED, options);
  }

  /**
   * Requests that were refused.
   *
   * @param reason for example `signature_mismatch`, `stale_timestamp`
   */
  public metricRejected(reason: string, options?: MetricOptions): Metric {
    return breakwaterMetric(ReceiveMetric.REJECTED, { service: this.node.path, reason }, Stats.SUM, options);
  }

  /** Events whose effect was committed. */
  public metricDone(options?: MetricOptions): Metric {
    return this.queueWorker.metricDone(options);
  }

  /** Events that were acknowledged because their effect stood already. */
  public metricDuplicate(options?: MetricOptions): Metric {
    return this.queueWorker.metricDuplicate(options);
  }

  /** Events that the worker parked. */
  public metricParked(options?: MetricOptions): Metric {
    return this.queueWorker.metricParked(options);
  }

  /** Milliseconds from acceptance to the committed effect, 99th percentile. */
  public metricEndToEndTime(options?: MetricOptions): Metric {
    return this.queueWorker.metricEndToEndTime(options);
  }

  /** Milliseconds until the API answered, 99th percentile. */
  public metricAnswerTime(options?: MetricOptions): Metric {
    return this.stage.metricLatency({ statistic: Stats.percentile(99), ...options });
  }

  private metric(metricName: string, options?: MetricOptions): Metric {
    return breakwaterMetric(metricName, { service: this.node.path }, Stats.SUM, options);
  }

  private grantSecret(secret: ISecret) {
    // An ARN without its random ending names no resource that IAM would match.
    const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
    grantActions(this.receiver, arn, ['secretsmanager:GetSecretValue']);
    grantKey(this.receiver, secret.encryptionKey, ['kms:Decrypt']);
  }

  private tellReceiver(props: WebhookIngestionProps) {
    const settings: { [name: string]: SenderSettings } = {};
    for (const [name, sender] of Object.entries(props.senders)) {
      const config = sender._config(this.urlFor(name));
      checkConfig(this, name, config);
      checkSamePayload(this, name, sender._samePayload);
      settings[name] = {
        provider: sender.provider,
        secretArns: sender._secrets.map((secret) => secret.secretArn),
        config,
        ...(sender._samePayload && { samePayload: sender._samePayload }),
      };
    }
    checkSettingsSize(this, settings);
    this.receiverFunction.addEnvironment(ReceiveEnvironment.SENDERS, Stack.of(this).toJsonString(settings));
  }

  private addReceiveAlarms(answerSeconds: number) {
    const period = Duration.minutes(1);
    this.alarms.add('receiveErrors', {
      meaning: 'The receive function failed; senders got a 5xx and try again.',
      metric: this.receiver.metricErrors({ period, statistic: Stats.SUM }),
      threshold: 1,
    });
    this.alarms.add('receiveThrottles', {
      meaning: 'Lambda refuses to run the receive function; senders try again.',
      metric: this.receiver.metricThrottles({ period, statistic: Stats.SUM }),
      threshold: 1,
    });
    this.alarms.add('answerLatency', {
      meaning: 'Answers to senders are slower than the objective.',
      metric: this.metricAnswerTime({ period }),
      threshold: answerSeconds * 1000,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      ignoreLowSampleCount: true,
    });
    this.alarms.add('answerErrors', {
      meaning: 'The API answers senders with 5xx.',
      metric: this.stage.metricServerError({ period, statistic: Stats.SUM }),
      threshold: 1,
    });
  }
}
