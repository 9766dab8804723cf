import type { CreatePlatformEndpointCommandInput, CreatePlatformEndpointCommandOutput } from '@aws-sdk/client-sns';
import type { ProviderSettings } from '../../blocks/fanout-contract';
import { PermanentError } from '../failures';
import { askService, type ServiceAnswer } from './aws-provider';
import { type ChannelAdapter, type Content, RefusedError, type SentMessage } from './contract';
import { type Publish, textAttribute } from './sms';

export interface PushService {
  readonly createEndpoint: (input: CreatePlatformEndpointCommandInput) => Promise<Pick<CreatePlatformEndpointCommandOutput, 'EndpointArn'>>;
  readonly publish: Publish;
}

const ENDPOINT_ARN = /^arn:[^:]+:sns:[^:]*:\d*:endpoint\/\S+$/;
/** Endpoints that a process remembers by their token. */
const MOST_ENDPOINTS = 1_000;

/**
 * Mobile push by SNS platform endpoints. The address is a device token, for which the endpoint is made when it is not there, or the ARN of an endpoint.
 *
 * AWS actions on platform application and endpoints: `sns:CreatePlatformEndpoint`, `sns:Publish`.
 */
export function pushAdapter(settings: Extract<ProviderSettings, { kind: 'push' }>, service: PushService): ChannelAdapter {
  const endpoints = new Map<string, string>();
  const endpointOf = async (token: string): Promise<string> => {
    const endpoint = await createEndpoint(token, settings.applicationArn, service);
    if (endpoints.size >= MOST_ENDPOINTS) endpoints.clear();
    endpoints.set(token, endpoint);
    return endpoint;
  };
  return async ({ address, content, lane, rule, channel }) => {
    if (content.text === undefined) throw new PermanentError(`the template of rule ${rule} has no text for channel ${channel}`);
    const input = {
      MessageStructure: 'json',
      Message: JSON.stringify(settings.platform === 'fcm' ? fcmPayload(content) : apnsPayload(content)),
      ...(settings.platform === 'apns' && {
        MessageAttributes: {
          'AWS.SNS.MOBILE.APNS.PUSH_TYPE': textAttribute('alert'),
          'AWS.SNS.MOBILE.APNS.PRIORITY': textAttribute(lane === 'transactional' ? '10' : '5'),
        },
      }),
    };
    const publish = async (TargetArn: string): Promise<SentMessage> => {
      const { MessageId: id } = await askService({ service: 'SNS', refusal }, () => service.publish({ TargetArn, ...input }));
      return { ...(id !== undefined && { id }) };
    };
    if (ENDPOINT_ARN.test(address)) return publish(address);
    const remembered = endpoints.get(address);
    if (remembered === undefined) return publish(await endpointOf(address));
    try {
      return await publish(remembered);
    } catch (error) {
      if (!(error instanceof EndpointGone)) throw error;
      // It was deleted since; the token may be a good one all the same.
      return publish(await endpointOf(address));
    }
  };
}

/** The endpoint was deleted; nothing was sent. */
class EndpointGone extends RefusedError {}

/**
 * The same token gives the same endpoint, also when it was made with other attributes: then SNS names it as it refuses.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html
 */
async function createEndpoint(token: string, application: string, service: PushService): Promise<string> {
  const refusal = ({ name, text, told }: ServiceAnswer) =>
    name.startsWith('InvalidParameter') && /token/i.test(text) ? new RefusedError(`address: ${told}`, { suppress: true }) : undefined;
  const endpoint = await askService({ service: 'SNS', refusal, sendsNothing: true }, async () => {
    try {
      return (await service.createEndpoint({ PlatformApplicationArn: application, Token: token })).EndpointArn;
    } catch (error) {
      const existing = /Endpoint (arn:\S+) already exists/.exec(String((error as Error)?.message))?.[1];
      if (existing !== undefined) return existing;
      throw error;
    }
  });
  if (endpoint === undefined) throw new PermanentError('SNS gave no endpoint');
  return endpoint;
}

/**
 * What is wrong with the device: its token is gone, or its owner switched notifications off.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
 */
function refusal({ name, told }: ServiceAnswer): Error | undefined {
  if (name.startsWith('EndpointDisabled')) return new RefusedError(`endpoint_disabled: ${told}`, { suppress: true });
  // Of Publish to an endpoint: it was deleted.
  return name.startsWith('NotFound') ? new EndpointGone(`endpoint_gone: ${told}`, { suppress: true }) : undefined;
}

/** @see https://docs.aws.amazon.com/sns/latest/dg/sns-fcm-v1-payloads.html */
function fcmPayload({ title, text }: Content): Record<string, string> {
  const notification = { ...(title !== undefined && { title }), body: text };
  return { default: text!, GCM: JSON.stringify({ fcmV1Message: { message: { notification } } }) };
}

/** For devices of the sandbox too: SNS takes what the endpoint's platform application asks for. https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html */
function apnsPayload({ title, text }: Content): Record<string, string> {
  const payload = JSON.stringify({ aps: { alert: { ...(title !== undefined && { title }), body: text } } });
  return { default: text!, APNS: payload, APNS_SANDBOX: payload };
}
