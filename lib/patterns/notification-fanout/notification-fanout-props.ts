import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Alarms } from '../../blocks/alarms';
import type { EventContract } from '../../blocks/event-contract';
import type { RetryBudget } from '../../blocks/retry-budget';
import type { Channel } from './channel';
import type { FanoutObjective } from './fanout-objective';
import type { NotificationRules } from './notification-rules';
import type { NotificationTemplates } from './notification-templates';

/** Props of `NotificationFanout`. */
export interface NotificationFanoutProps {
  /** Contracts of the events that the rules tell of, 1 to 18. */
  readonly events: EventContract[];
  /** Which event tells whom of it, on which channels, and when. */
  readonly rules: NotificationRules;
  /** By what messages go out, by the names that the rules use; `in_app` too is a channel, of a handler of your own. 1 to 10. */
  readonly channels: { [name: string]: Channel };
  /**
   * What messages say.
   *
   * @default - the folder `templates` beside the rules file
   */
  readonly templates?: NotificationTemplates;
  /**
   * Where the events are published, and where the fan-out publishes its own.
   *
   * @default - the account's default event bus
   */
  readonly eventBus?: IEventBus;
  /**
   * What a message may cost in handler runs and time, in each queue, before it is parked.
   *
   * @default RetryBudget.of(), 5 attempts within an hour
   */
  readonly retryBudget?: RetryBudget;
  /**
   * What is promised of each lane.
   *
   * @default - no message waits longer in a queue than 5 minutes if it is transactional, 6 hours if it is bulk
   */
  readonly objective?: FanoutObjective;
  /**
   * Where alarms go.
   *
   * @default - the alarms are made without an action, and synth warns
   */
  readonly alarms?: Alarms;
  /**
   * How long deliveries and events are kept: whole days, at most 3650, and longer than a parked message can be sent again, because a delivery that stands is what keeps its
   * recipient from being told twice.
   *
   * @default Duration.days(120)
   */
  readonly deliveryRetention?: Duration;
  /**
   * Whether each change of a delivery is published as `NotificationDeliveryChanged`.
   *
   * @default true
   */
  readonly publishDeliveries?: boolean;
  /**
   * Key which encrypts tables, queues, the secret of links to unsubscribe, and what is parked. Needs a stack with an explicit Region.
   *
   * @default - keys that AWS owns, free of charge
   */
  readonly encryptionKey?: IKey;
  /**
   * Network of the functions, in private subnets with a way to SQS, DynamoDB, EventBridge, EventBridge Scheduler, Secrets Manager and the providers of the channels.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * What happens to tables, queues, pending timers, the secret and logs when they leave the stack. With DESTROY the desk's bucket must be empty by then.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
