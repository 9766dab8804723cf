import type { ProviderSettings } from '../../blocks/fanout-contract';
import type { Clock } from '../clock';
import type { SecretReader } from '../secret-reader';
import type { Trace } from '../telemetry/trace';
import { PROVIDER_CLIENT_CONFIG } from './aws-provider';
import type { ChannelAdapter } from './contract';
import type { Provider } from './failover';
import { pushAdapter } from './push';
import { sesAdapter } from './ses';
import { smsAdapter } from './sms';
import { webhookAdapter } from './webhook';

export interface ProviderDependencies {
  readonly trace: Pick<Trace, 'captureClient'>;
  readonly secrets: SecretReader;
  readonly clock: Clock;
}

/** The providers of a channel in their order; each loads its client with its first message. */
export function providersOf(settings: readonly ProviderSettings[], dependencies: ProviderDependencies): Omit<Provider, 'breaker'>[] {
  const adapters = adaptersWith(dependencies);
  return settings.map((provider, index) => {
    const earlier = settings.slice(0, index).filter(({ kind }) => kind === provider.kind).length;
    return { name: earlier === 0 ? provider.kind : `${provider.kind}-${earlier + 1}`, send: adapters(provider) };
  });
}

function adaptersWith({ trace, secrets, clock }: ProviderDependencies): (provider: ProviderSettings) => ChannelAdapter {
  const ses = once(async () => {
    const { SESv2Client, SendEmailCommand } = await import('@aws-sdk/client-sesv2');
    return { client: trace.captureClient(new SESv2Client(PROVIDER_CLIENT_CONFIG)), SendEmailCommand };
  });
  const sns = once(async () => {
    const { CreatePlatformEndpointCommand, PublishCommand, SNSClient } = await import('@aws-sdk/client-sns');
    return { client: trace.captureClient(new SNSClient(PROVIDER_CLIENT_CONFIG)), CreatePlatformEndpointCommand, PublishCommand };
  });
  const publish: Parameters<typeof smsAdapter>[1] = async (input) => {
    const { client, PublishCommand } = await sns();
    return client.send(new PublishCommand(input));
  };
  return (provider) => {
    switch (provider.kind) {
      case 'ses':
        return sesAdapter(provider, async (input) => {
          const { client, SendEmailCommand } = await ses();
          return client.send(new SendEmailCommand(input));
        });
      case 'sms':
        return smsAdapter(provider, publish);
      case 'push':
        return pushAdapter(provider, {
          publish,
          createEndpoint: async (input) => {
            const { client, CreatePlatformEndpointCommand } = await sns();
            return client.send(new CreatePlatformEndpointCommand(input));
          },
        });
      case 'webhook': {
        const { secretArn } = provider;
        return webhookAdapter(provider, {
          fetch: (...request) => fetch(...request),
          clock,
          ...(secretArn !== undefined && { secrets: async () => (await secrets.read([secretArn])).current }),
        });
      }
    }
  };
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
