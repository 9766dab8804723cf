import { Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Alarms, EventContract, Handler, QueueWorker } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class EventContractsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const alarms = Alarms.toTopic(new Topic(this, 'OnCall', { enforceSSL: true }));
    const eventBus = new EventBus(this, 'Events');

    const orderShipped = EventContract.fromFile('contracts/order.shipped/2.json');
    const worker = new QueueWorker(this, 'Thanks', { worker: Handler.fromEntry('src/thank-for-order.ts'), alarms });
    orderShipped.addRule(this, 'ToThanks', { eventBus, worker });
  }
}
