import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IHttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, EventField, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmSet } from '../../blocks/alarm-set';
import { Alarms } from '../../blocks/alarms';
import {
  FANOUT_EVENT_SOURCE,
  FANOUT_OUTPUT_DESCRIPTION,
  FanoutEnvironment,
  FanoutEvent,
  FanoutMetric,
  type FanoutOutput,
  type Lane,
} from '../../blocks/fanout-contract';
import type { HandlerFunction } from '../../blocks/handler-function';
import { IdempotencyTable } from '../../blocks/idempotency-table';
import { OutboxRelay } from '../../blocks/outbox-relay';
import { ParkingDesk } from '../../blocks/parking-desk';
import { queueTarget } from '../../blocks/queue-target';
import type { QueueWorker } from '../../blocks/queue-worker';
import { RetryBudget } from '../../blocks/retry-budget';
import { validatorModule } from '../../event-contracts/validator-module';
import type { TemplateChannel } from '../../notification-templates/template-rules';
import type { Channel } from './channel';
import type { ChannelWorkers } from './channel-workers';
import { addFanoutAlarms, fanoutMetric } from './fanout-alarms';
import { FanoutFeedback } from './fanout-feedback';
import { checkFanout, checkRetentionCovers, checkRules } from './fanout-rules';
import { settingsLayer } from './fanout-settings';
import { FanoutStore } from './fanout-store';
import { FanoutTimers } from './fanout-timers';
import { FanoutUnsubscribe, UNSUBSCRIBE_PATH } from './fanout-unsubscribe';
import { FanoutWorkers } from './fanout-workers';
import type { NotificationFanoutProps } from './notification-fanout-props';
import { NotificationTemplates } from './notification-templates';

/**
 * Tells recipients of events: by rules, on the channels they want, at the hours they are awake, at most once.
 *
 * Event bus, then a queue whose function claims the event and finds its audience, then a queue for each lane whose functions plan it page by page: preferences, suppression,
 * quiet hours, caps, digests. Then a queue for each channel and lane, whose functions send. Every recipient of every event has a delivery that says what became of it.
 *
 * Use it for what users are told by several channels and may opt out of. Not for one e-mail that a request sends: call SES.
 *
 * @throws when props contradict each other or a limit of AWS, when rules, templates and contracts don't fit each other; the message names construct, rule, allowed and given
 * value
 */
export class NotificationFanout extends Construct {
  /** Where events come from, and where those of the fan-out go. */
  public readonly eventBus: IEventBus;
  /** Events that wait to be accepted. */
  public readonly queue: IQueue;
  /** Recipients, events, deliveries, and what is remembered. */
  public readonly table: ITableV2;
  /** Remembers which messages of all queues had their effect. */
  public readonly idempotencyTable: IdempotencyTable;
  /** Where an operator finds what is parked, of all queues. */
  public readonly parkingDesk: ParkingDesk;
  /** Claims events and finds their audience. */
  public readonly eventWorker: QueueWorker;
  /** Plans transactional pages, timers and engagements. */
  public readonly transactionalPlanner: QueueWorker;
  /** Plans bulk pages and timers. */
  public readonly bulkPlanner: QueueWorker;
  /** Sends, by channel. Grant a handler of your own what it needs on both lanes. */
  public readonly channelWorkers: { [channel: string]: ChannelWorkers };
  /** Takes what SES tells of e-mails; undefined without e-mail. */
  public readonly feedbackWorker?: QueueWorker;
  /** Answers links to unsubscribe; undefined when no channel has them. */
  public readonly unsubscribeFunction?: HandlerFunction;
  /** Publishes what becomes of deliveries; undefined with `publishDeliveries: false`. */
  public readonly relay?: OutboxRelay;
  /** Timers that could not be handed over; the desk adopts them. */
  public readonly timerDeadLetters: IQueue;
  /**
   * Alarms by key: parkedMessages, parkedCustomerFaults, timersUndelivered; with links to unsubscribe unsubscribeErrors; with e-mail bounceRate and complaintRate; with a
   * provider that takes over failover. Those of the queues, which are four each, are found at their workers, those of the relay at it.
   */
  public readonly alarms: AlarmSet;
  /** What a message may cost in each queue. */
  public readonly retryBudget: RetryBudget;
  private readonly store: FanoutStore;

  constructor(scope: Construct, id: string, props: NotificationFanoutProps) {
    super(scope, id);
    const { retention, objectives } = checkFanout(this, props);
    const { encryptionKey, vpc, removalPolicy = RemovalPolicy.RETAIN, publishDeliveries = true } = props;
    const channels = Object.entries(props.channels);
    const rules = props.rules._read(this);
    checkRules(this, props.rules._path, rules, props);
    const templates = (props.templates ?? NotificationTemplates._beside(props.rules))._read(this, rules, templateChannels(props.channels));
    const validators = validatorModule(props.events.map(({ _contract: contract }) => contract));
    const settings = settingsLayer(this, 'Settings', { rules, templates, validators });

    this.retryBudget = props.retryBudget ?? RetryBudget.of();
    this.eventBus = props.eventBus ?? defaultBus(this);
    this.alarms = new AlarmSet(this, 'Alarms', { alarms: props.alarms });
    const alarms = props.alarms ?? Alarms._withoutAction(true);
    const kept = { encryptionKey, removalPolicy };
    this.store = new FanoutStore(this, 'Store', { retention, ...kept });
    this.table = this.store.table;
    this.idempotencyTable = new IdempotencyTable(this, 'Idempotency', kept);
    this.parkingDesk = new ParkingDesk(this, 'Desk', { alarmSet: this.alarms, serviceName: this.node.path, ...kept });

    const workers = new FanoutWorkers(this, {
      store: this.store,
      idempotencyTable: this.idempotencyTable,
      desk: this.parkingDesk,
      retryBudget: this.retryBudget,
      ...{ settings, objectives, retention, publishDeliveries, alarms, vpc, ...kept },
    });
    this.eventWorker = workers.accept();
    this.queue = this.eventWorker.queue;
    const planners = workers.plan();
    this.transactionalPlanner = planners.transactional;
    this.bulkPlanner = planners.bulk;
    checkRetentionCovers(this, retention, planners.bulk.idempotencyRetention);

    const email = channels.some(([, channel]) => channel._kind === 'email');
    const links = channels.some(([, channel]) => channel._unsubscribe);
    const feedback = email ? new FanoutFeedback(this, 'Feedback') : undefined;
    const unsubscribe = links ? new FanoutUnsubscribe(this, 'Unsubscribe', kept) : undefined;
    this.channelWorkers = Object.fromEntries(
      channels.map(([name, channel]) => [name, workers.channel(name, channel, unsubscribe, feedback?.configurationSet)]),
    );
    if (feedback) {
      this.feedbackWorker = workers.feedback(feedback);
      feedback.tell(this.feedbackWorker);
    }
    this.unsubscribeFunction = unsubscribe && workers.unsubscribe(unsubscribe);
    const stage = unsubscribe && this.answerLinks(unsubscribe);

    this.connect(props, planners);
    const timers = new FanoutTimers(this, 'Timers', { targets: queuesOf(planners), ...kept });
    for (const planner of Object.values(planners)) timers.letSet(planner.workerFunction);
    this.timerDeadLetters = timers.deadLetters;
    this.parkingDesk.adopt(timers.deadLetters, this.transactionalPlanner.queue);
    if (publishDeliveries) {
      this.relay = new OutboxRelay(this, 'Relay', { table: this.store, eventBus: this.eventBus, alarms, vpc, ...kept });
      this.relay.relayFunction._markPublishing([{ source: FANOUT_EVENT_SOURCE, detailType: FanoutEvent.DELIVERY_CHANGED }]);
    }

    addFanoutAlarms(this.alarms, {
      serviceName: this.node.path,
      timerDeadLetters: timers.deadLetters,
      unsubscribe: stage,
      email,
      failover: channels.some(([, channel]) => channel._providers.length > 1),
    });
    new CfnOutput(this, 'Found', {
      description: `${FANOUT_OUTPUT_DESCRIPTION}${this.node.path}`,
      value: Stack.of(this).toJsonString(this.found(planners)),
    });
  }

  /**
   * Allows what `recipientStore` of `cdk-breakwater/runtime` does: to put, read and remove recipients with their addresses, preferences and topics. Give the function the name
   * of `table`.
   */
  public grantRecipients(grantee: IGrantable): Grant {
    const actions = ['BatchGetItem', 'BatchWriteItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
    return this.store.grantItems(
      grantee,
      actions.map((action) => `dynamodb:${action}`),
    );
  }

  /**
   * Allows what `npx breakwater notifications` does: to see how far events are and what became of deliveries, to pause, resume and cancel events, to suppress addresses, and
   * to import recipients. To find the fan-out by itself the command line also lists outputs (`cloudformation:DescribeStacks`).
   */
  public grantOperate(grantee: IGrantable): Grant {
    const planning = [this.transactionalPlanner, this.bulkPlanner].map((planner) => planner.grantSend(grantee));
    return [...planning, this.store.grantTimelines(grantee)].reduce((all, one) => all.combine(one), this.grantRecipients(grantee));
  }

  /** Events that were accepted. */
  public metricAccepted(options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.ACCEPTED, options);
  }

  /** Events that did nothing, because their id was known. */
  public metricRepeated(options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.REPEATED, options);
  }

  /** Events that broke their contract. */
  public metricRejected(options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.REJECTED, options);
  }

  /** Recipients for whom an event was planned. */
  public metricPlanned(options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.PLANNED, options);
  }

  /**
   * Messages that a provider took.
   *
   * @param channel name of the channel
   */
  public metricSent(channel: string, options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.SENT, options, channel);
  }

  /**
   * Messages that were refused for good.
   *
   * @param channel name of the channel
   */
  public metricFailed(channel: string, options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.FAILED, options, channel);
  }

  /**
   * Messages that were held back when they were to be sent, because their address is suppressed.
   *
   * @param channel name of the channel
   */
  public metricSuppressed(channel: string, options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.SUPPRESSED, options, channel);
  }

  /**
   * Milliseconds from the acceptance of an event to the provider's answer, 95th percentile, of messages that were not held.
   *
   * @param channel name of the channel
   */
  public metricSendTime(channel: string, options?: MetricOptions): Metric {
    return this.metric(FanoutMetric.SEND_TIME, { statistic: Stats.percentile(95), ...options }, channel);
  }

  private metric(name: string, options?: MetricOptions, channel?: string): Metric {
    return fanoutMetric(this.node.path, name, Stats.SUM, options, channel);
  }

  /** Everything that comes from a bus, and what each function must know of the others. */
  private connect({ events }: NotificationFanoutProps, planners: Planners) {
    const rules = new Construct(this, 'Rules');
    for (const contract of events) {
      contract.addRule(rules, `${contract.name}@${contract.version}`, { eventBus: this.eventBus, worker: this.eventWorker });
    }
    new Rule(rules, 'Engaged', {
      eventBus: this.eventBus,
      description: `Engagements with messages of ${this.node.path}`,
      eventPattern: { detailType: [FanoutEvent.ENGAGED] },
      targets: [queueTarget(planners.transactional, RuleTargetInput.fromObject(ENGAGEMENT))],
    });
    const planQueues = Stack.of(this).toJsonString(urlsOf(planners));
    for (const worker of [this.eventWorker, ...Object.values(planners), ...(this.feedbackWorker ? [this.feedbackWorker] : [])])
      worker.workerFunction.addEnvironment(FanoutEnvironment.PLAN_QUEUES, planQueues);
    for (const sender of this.feedbackWorker ? [this.eventWorker, this.feedbackWorker] : [this.eventWorker])
      for (const planner of Object.values(planners)) planner.grantSend(sender.worker);
    const channelQueues = Object.fromEntries(Object.entries(this.channelWorkers).map(([name, lanes]) => [name, urlsOf(lanes)]));
    for (const planner of Object.values(planners)) {
      planner.workerFunction.addEnvironment(FanoutEnvironment.CHANNEL_QUEUES, Stack.of(this).toJsonString(channelQueues));
      // A page is followed by the next of its own lane; its messages are of either, because a digest has its rule's.
      planner.grantSend(planner.worker);
      for (const { transactional, bulk } of Object.values(this.channelWorkers))
        for (const lane of [transactional, bulk]) lane.grantSend(planner.worker);
    }
  }

  private answerLinks(unsubscribe: FanoutUnsubscribe): IHttpStage {
    const { stage } = unsubscribe.answerBy(this.unsubscribeFunction!);
    for (const { transactional, bulk } of Object.values(this.channelWorkers)) {
      for (const { workerFunction } of [transactional, bulk])
        workerFunction.addEnvironment(FanoutEnvironment.UNSUBSCRIBE_URL, `${stage.url}${UNSUBSCRIBE_PATH.slice(1)}`);
    }
    return stage;
  }

  private found(planners: Planners): FanoutOutput {
    return { table: this.table.tableName, planQueues: urlsOf(planners) };
  }
}

type Planners = { readonly [lane in Lane]: QueueWorker };

/** `PlanMessage` of kind `engagement`, from an event whose `detail.data` says whose it is. */
const ENGAGEMENT = {
  kind: 'engagement',
  recipient: EventField.fromPath('$.detail.data.recipient'),
  event: EventField.fromPath('$.detail.data.event'),
  channel: EventField.fromPath('$.detail.data.channel'),
  engagement: EventField.fromPath('$.detail.data.engagement'),
  at: EventField.time,
};

function urlsOf({ transactional, bulk }: Planners): { readonly [lane in Lane]: string } {
  return { transactional: transactional.queue.queueUrl, bulk: bulk.queue.queueUrl };
}

function queuesOf({ transactional, bulk }: Planners): { readonly [lane in Lane]: IQueue } {
  return { transactional: transactional.queue, bulk: bulk.queue };
}

function defaultBus(scope: Construct): IEventBus {
  const arn = Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  return EventBus.fromEventBusArn(scope, 'DefaultBus', arn);
}

function templateChannels(channels: { [name: string]: Channel }): { [name: string]: TemplateChannel } {
  return Object.fromEntries(
    Object.entries(channels).map(([name, { _kind: kind, _unsubscribe: unsubscribe }]) => {
      const known = kind === 'email' || kind === 'sms' || kind === 'push' ? kind : 'other';
      return [name, { kind: known, unsubscribe }];
    }),
  );
}
