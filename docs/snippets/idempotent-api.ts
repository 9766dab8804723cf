import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Handler, HandlerFunction, IdempotencyTable } from 'cdk-breakwater';
import type { Construct } from 'constructs';

export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const orders = new TableV2(this, 'Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const createOrder = new HandlerFunction(this, 'CreateOrder', {
      handler: Handler.fromEntry('src/create-order.ts', { environment: { ORDERS_TABLE: orders.tableName } }),
    });
    orders.grantWriteData(createOrder);

    const idempotencyTable = new IdempotencyTable(this, 'Idempotency');
    idempotencyTable.guardRequests(createOrder, { repeatedWithin: Duration.days(1) });

    const integration = new HttpLambdaIntegration('CreateOrder', createOrder.function);
    new HttpApi(this, 'Api').addRoutes({ path: '/orders', methods: [HttpMethod.POST], integration });
  }
}
