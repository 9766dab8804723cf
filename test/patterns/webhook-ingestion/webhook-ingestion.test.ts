import { Match, Template } from 'aws-cdk-lib/assertions';
import { nagFindings } from '../../support/cdk/nag';
import { payments, shop } from '../../support/cdk/stacks';

describe('webhook ingestion with defaults', () => {
  test('has no finding of cdk-nag', () => {
    const stack = shop();
    payments(stack);
    expect(nagFindings(stack).filter((finding) => !finding.endsWith('Shop/OnCall/Resource'))).toEqual([]);
  });

  test('routes each sender through the live alias of the receive function', () => {
    const stack = shop();
    payments(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /{sender}', AuthorizationType: 'NONE' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: { Ref: Match.stringLikeRegexp('PaymentsReceiveLive') },
    });
  });
});
