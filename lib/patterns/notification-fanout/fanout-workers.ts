import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { ConfigurationSet } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import type { Alarms } from '../../blocks/alarms';
import { type ChannelSettings, FanoutEnvironment, FanoutHandler, FanoutMetric, LANES, type Lane } from '../../blocks/fanout-contract';
import { Handler, type HandlerOptions } from '../../blocks/handler';
import { HandlerFunction } from '../../blocks/handler-function';
import type { IdempotencyTable } from '../../blocks/idempotency-table';
import type { ParkingDesk } from '../../blocks/parking-desk';
import { ParkingLot } from '../../blocks/parking-lot';
import { QueueWorker } from '../../blocks/queue-worker';
import type { RetryBudget } from '../../blocks/retry-budget';
import { tellTraffic } from '../../blocks/traffic';
import type { Channel } from './channel';
import type { ChannelWorkers } from './channel-workers';
import type { FanoutStore } from './fanout-store';
import type { FanoutUnsubscribe } from './fanout-unsubscribe';

export interface FanoutWorkersProps {
  readonly store: FanoutStore;
  readonly settings: LayerVersion;
  readonly idempotencyTable: IdempotencyTable;
  readonly desk: ParkingDesk;
  readonly retryBudget?: RetryBudget;
  readonly objectives: { readonly [lane in Lane]: Duration };
  readonly retention: Duration;
  readonly publishDeliveries: boolean;
  readonly alarms: Alarms;
  readonly encryptionKey?: IKey;
  readonly vpc?: IVpc;
  readonly removalPolicy: RemovalPolicy;
}

interface WorkerDescription {
  readonly handler: Handler;
  readonly lane: Lane;
  readonly maxConcurrency: number;
  /** Actions on items of the table. */
  readonly items: readonly string[];
  /** @default - only what every function is told */
  readonly environment?: { readonly [name: string]: string };
}

/** Makes the queues of a fan-out with their functions, each with what it may do and nothing else. */
export class FanoutWorkers {
  private readonly scope: Construct;
  private readonly props: FanoutWorkersProps;

  public constructor(scope: Construct, props: FanoutWorkersProps) {
    this.scope = scope;
    this.props = props;
  }

  /** Claims events, finds their audience, begins its pages. */
  public accept(): QueueWorker {
    return this.make(this.scope, 'Events', {
      handler: Handler._built(FanoutHandler.ACCEPT, {}),
      lane: 'transactional',
      maxConcurrency: ACCEPT_CONCURRENCY,
      items: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'],
    });
  }

  /** Plans pages, timers and engagements. */
  public plan(): { readonly [lane in Lane]: QueueWorker } {
    const scope = new Construct(this.scope, 'Plan');
    return byLane((lane) =>
      this.make(scope, idOf(lane), {
        handler: Handler._built(FanoutHandler.PLAN, PLAN),
        lane,
        maxConcurrency: PLAN_CONCURRENCY[lane],
        items: ['BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
      }),
    );
  }

  /** Sends messages of a channel. */
  public channel(
    name: string,
    channel: Channel,
    links: FanoutUnsubscribe | undefined,
    configurationSet?: ConfigurationSet,
  ): ChannelWorkers {
    const scope = new Construct(this.scope, `Channel-${name}`);
    const settings: ChannelSettings = {
      providers: channel._providers.map((provider) => provider.settings(scope, configurationSet)),
      ratePerSecond: channel._options.ratePerSecond,
      unknownOutcome: channel._options.unknownOutcome ?? 'park',
      unsubscribe: channel._unsubscribe,
    };
    const environment = {
      [FanoutEnvironment.CHANNEL]: name,
      [FanoutEnvironment.CHANNEL_SETTINGS]: Stack.of(scope).toJsonString(settings),
    };
    return byLane((lane) => {
      const worker = this.make(scope, idOf(lane), {
        handler: channel._handler ?? Handler._built(FanoutHandler.SEND, {}),
        lane,
        maxConcurrency: channel._options.maxConcurrency ?? CHANNEL_CONCURRENCY,
        items: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'],
        environment,
      });
      for (const provider of channel._providers) provider.grant(worker.workerFunction, configurationSet);
      if (channel._unsubscribe) links?.letSign(worker.workerFunction);
      return worker;
    });
  }

  /** Takes what SES tells. */
  public feedback(scope: Construct): QueueWorker {
    return this.make(scope, 'Worker', {
      handler: Handler._built(FanoutHandler.FEEDBACK, {}),
      lane: 'bulk',
      maxConcurrency: FEEDBACK_CONCURRENCY,
      items: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'],
    });
  }

  /** Behind links to unsubscribe. */
  public unsubscribe(scope: Construct): HandlerFunction {
    const { vpc, removalPolicy, store } = this.props;
    const made = new HandlerFunction(scope, 'Answer', {
      handler: Handler._built(FanoutHandler.UNSUBSCRIBE, { timeout: Duration.seconds(10), environment: this.environment }),
      description: 'Shows and follows links to unsubscribe',
      serviceName: this.scope.node.path,
      vpc,
      removalPolicy,
    });
    made._markIdempotent();
    tellTraffic(made.lambdaFunction!, { metrics: 0, requestsPerSecretRead: 2 });
    store.grantItems(made, ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']);
    return made;
  }

  private get environment(): { readonly [name: string]: string } {
    const { store, retention, publishDeliveries } = this.props;
    return {
      [FanoutEnvironment.TABLE]: store.table.tableName,
      [FanoutEnvironment.RETENTION_SECONDS]: String(retention.toSeconds()),
      [FanoutEnvironment.PUBLISH_DELIVERIES]: String(publishDeliveries),
    };
  }

  private make(scope: Construct, id: string, { handler, lane, maxConcurrency, items, environment }: WorkerDescription): QueueWorker {
    const { store, settings, desk, objectives, idempotencyTable, retryBudget, alarms, encryptionKey, vpc, removalPolicy } = this.props;
    const worker = new QueueWorker(scope, id, {
      worker: handler,
      parkingLot: ParkingLot.atDesk(desk),
      objective: { messageAge: objectives[lane] },
      serviceName: this.scope.node.path,
      ...{ retryBudget, alarms, maxConcurrency, idempotencyTable, encryptionKey, vpc, removalPolicy },
    });
    for (const [name, value] of Object.entries({ ...this.environment, ...environment })) worker.workerFunction.addEnvironment(name, value);
    const { lambdaFunction } = worker.workerFunction;
    lambdaFunction!.addLayers(settings);
    tellTraffic(lambdaFunction!, { metrics: Object.keys(FanoutMetric).length });
    store.grantItems(
      worker.worker,
      items.map((action) => `dynamodb:${action}`),
    );
    return worker;
  }
}

/** A page of a hundred recipients is a second's work; one that meets conflicts, or a slow table, takes its time. */
const PLAN: HandlerOptions = { timeout: Duration.minutes(1), memorySize: 1769 };
const ACCEPT_CONCURRENCY = 20;
/** Bulk leaves the table to transactional messages. */
const PLAN_CONCURRENCY: { readonly [lane in Lane]: number } = { transactional: 50, bulk: 20 };
const CHANNEL_CONCURRENCY = 20;
const FEEDBACK_CONCURRENCY = 10;

function byLane<Made>(make: (lane: Lane) => Made): { readonly [lane in Lane]: Made } {
  const [transactional, bulk] = LANES;
  return { transactional: make(transactional), bulk: make(bulk) };
}

function idOf(lane: Lane): string {
  return lane === 'transactional' ? 'Transactional' : 'Bulk';
}
