import type { Counter } from '../charge';

/** Functions that decide about the requests of an API: how often they run depends on how long answers are kept, and on who asks. */
export const authorizers: Counter = {
  types: ['AWS::ApiGateway::Authorizer', 'AWS::ApiGatewayV2::Authorizer'],
  count(authorizer, counting) {
    if (!authorizer.get('AuthorizerUri').isAbsent)
      counting.unpriced(
        authorizer,
        'runs of its function: how often it is asked depends on how long its answers are kept, and on who asks',
      );
  },
};
