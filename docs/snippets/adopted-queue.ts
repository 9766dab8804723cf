import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { type Alarms, ParkingDesk } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class OldOrdersDeskStack extends Stack {
  constructor(scope: Construct, id: string, alarms: Alarms, props?: StackProps) {
    super(scope, id, props);
    const orders = Queue.fromQueueArn(this, 'Orders', this.formatArn({ service: 'sqs', resource: 'orders' }));
    const ordersDlq = Queue.fromQueueArn(this, 'OrdersDlq', this.formatArn({ service: 'sqs', resource: 'old-orders-dlq' }));

    const desk = new ParkingDesk(this, 'Desk', { alarms });
    desk.adopt(ordersDlq, orders, { settledWithin: Duration.minutes(30) });
  }
}
