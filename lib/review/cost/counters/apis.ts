import type { Resource } from '../../../topology';
import { chunks, gigabytes, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import { archivedBytes } from './logs';

const HTTP_REQUEST_BYTES = 512 * 1024;

/** API Gateway: requests, access logs, answers that leave AWS. */
export const apis: Counter = {
  types: ['AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi', 'AWS::AppSync::GraphQLApi'],
  sentTo: true,
  count(resource, counting) {
    const { events, copies, bytes } = counting.flows.node(resource.id);
    const requests = events + copies;
    if (resource.type === 'AWS::AppSync::GraphQLApi')
      counting.quantity(resource, 'requests', 'AWSAppSync/GraphQLInvocation', requests, () => `${shown(requests)} operations`);
    else if (resource.type === 'AWS::ApiGateway::RestApi')
      counting.quantity(resource, 'requests', 'AmazonApiGateway/ApiGatewayRequest', requests, () => `${shown(requests)} requests`);
    else if (resource.get('ProtocolType').canBe('WEBSOCKET')) {
      counting.quantity(resource, 'requests', 'AmazonApiGateway/ApiGatewayMessage', requests, () => `${shown(requests)} messages`);
      counting.unpriced(resource, 'minutes of open connections are not in a template');
    } else {
      const each = chunks(bytes, HTTP_REQUEST_BYTES);
      counting.quantity(
        resource,
        'requests',
        'AmazonApiGateway/ApiGatewayHttpRequest',
        requests * each,
        () => `${shown(requests)} requests of ${each} x 512 KB`,
      );
    }
    countAnswers(resource, counting, requests);
  },
};

export const stages: Counter = {
  types: ['AWS::ApiGatewayV2::Stage', 'AWS::ApiGateway::Stage'],
  count(stage, counting) {
    if (stage.get('CacheClusterEnabled').isTrue()) counting.unpriced(stage, 'cache cluster: billed by the hour and size');
    const destination = stage.get(stage.type === 'AWS::ApiGateway::Stage' ? 'AccessLogSetting' : 'AccessLogSettings', 'DestinationArn');
    if (destination.isAbsent) return;
    const { model } = counting.topology;
    const api = model.single(
      stage.get(stage.type === 'AWS::ApiGateway::Stage' ? 'RestApiId' : 'ApiId'),
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGateway::RestApi',
    );
    if (!api) return counting.unpriced(stage, 'access logs of an API that is not in the reviewed templates');
    const { events, copies } = counting.flows.node(api.id);
    const each = counting.traffic.resource('logBytes', stage, 400, '400 bytes of access log a request', 'each');
    const bytes = (events + copies) * each;
    const stored = archivedBytes(bytes, model.single(destination, 'AWS::Logs::LogGroup'), counting);
    counting.quantity(
      stage,
      'logs',
      'AmazonCloudWatch/DataProcessing-Bytes',
      gigabytes(bytes),
      () => `${shown(events + copies)} requests x ${each} bytes`,
    );
    counting.quantity(stage, 'storage', 'AmazonCloudWatch/TimedStorage-ByteHrs', gigabytes(stored.bytes), stored.because);
  },
};

/** Function URLs cost nothing themselves; what they answer leaves AWS. */
export const functionUrls: Counter = {
  types: ['AWS::Lambda::Url'],
  count(resource, counting) {
    const { events, copies } = counting.flows.node(resource.id);
    countAnswers(resource, counting, events + copies);
  },
};

function countAnswers(resource: Resource, counting: Counting, requests: number) {
  const each = counting.traffic.ingress(
    'answerBytes',
    [resource.ref.logicalId, resource.ref.constructPath],
    300,
    '300 bytes an answer, to the internet',
  );
  counting.quantity(
    resource,
    'transfer',
    'AWSDataTransfer/DataTransfer-Out-Bytes',
    gigabytes(each * requests),
    () => `${shown(requests)} answers x ${each} bytes`,
  );
}
