import { Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { ConfigurationSet, ConfigurationSetEventDestination, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import { queueTarget } from '../../blocks/queue-target';
import type { QueueWorker } from '../../blocks/queue-worker';

/** What SES tells of e-mails: it comes by events on the account's default bus, which is the only one SES knows, to a queue of its own. */
export class FanoutFeedback extends Construct {
  public readonly configurationSet: ConfigurationSet;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.configurationSet = new ConfigurationSet(this, 'ConfigurationSet', { reputationMetrics: true });
    const defaultBus = EventBus.fromEventBusArn(
      this,
      'DefaultBus',
      Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
    );
    new ConfigurationSetEventDestination(this, 'Destination', {
      configurationSet: this.configurationSet,
      destination: EventDestination.eventBus(defaultBus),
      events: TOLD,
    });
  }

  /** Sends what SES tells of this configuration set's e-mails, and of no others, to the queue of a worker. */
  public tell(worker: QueueWorker): Rule {
    return new Rule(this, 'Rule', {
      description: `What becomes of e-mails of ${this.node.scope!.node.path}`,
      eventPattern: {
        source: ['aws.ses'],
        detail: { mail: { tags: { 'ses:configuration-set': [this.configurationSet.configurationSetName] } } },
      },
      targets: [queueTarget(worker)],
    });
  }
}

const TOLD = [
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.REJECT,
  EmailSendingEvent.OPEN,
  EmailSendingEvent.CLICK,
];
