import type { RemovalPolicy } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { makeFunctionApi } from '../../blocks/function-api';

/** The API in front of the receive function: `POST /{sender}`. */
export function makeReceiveApi(scope: Construct, receiver: IFunction, removalPolicy: RemovalPolicy) {
  return makeFunctionApi(scope, {
    function: receiver,
    description: `Receives webhooks for ${scope.node.path}`,
    path: '/{sender}',
    methods: [HttpMethod.POST],
    // A 429 makes the sender try again later.
    throttle: { rateLimit: 1000, burstLimit: 2000 },
    openBecause:
      'Webhook senders sign the body: the receive function checks that signature, which no authorizer can, because it does not get the body.',
    removalPolicy,
  });
}
