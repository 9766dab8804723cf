import { type ChannelSettings, FanoutEnvironment } from '../../blocks/fanout-contract';
import { type Environment, EnvironmentReader } from '../environment';

/** What a channel's function knows by its environment. */
export interface ChannelFunctionSettings {
  readonly tableName: string;
  /** Name of the channel. */
  readonly channel: string;
  readonly settings: ChannelSettings;
  /** Whether each change of a delivery is published. */
  readonly publish: boolean;
  /** @default - the channel's messages carry no link to unsubscribe */
  readonly unsubscribe?: { readonly secretArn: string; readonly url: string };
}

/** @throws Error that names every variable which is missing or wrong */
export function readChannelSettings(environment: Environment): ChannelFunctionSettings {
  const reader = new EnvironmentReader(environment);
  const tableName = reader.read(FanoutEnvironment.TABLE, String, 'the name of a table');
  const channel = reader.read(FanoutEnvironment.CHANNEL, String, 'the name of a channel');
  const settings = reader.read(FanoutEnvironment.CHANNEL_SETTINGS, parseSettings, 'JSON with providers, unknownOutcome and unsubscribe');
  const unsubscribe = settings?.unsubscribe
    ? {
        secretArn: reader.read(FanoutEnvironment.UNSUBSCRIBE_SECRET, String, 'the ARN of a secret'),
        url: reader.read(FanoutEnvironment.UNSUBSCRIBE_URL, String, 'the URL of the function that unsubscribes'),
      }
    : undefined;
  reader.check('channel()', 'NotificationFanout sets these; give the handler to Channel.handler of its channels.');
  const publish = environment[FanoutEnvironment.PUBLISH_DELIVERIES] === 'true';
  return { tableName, channel, settings, publish, ...(unsubscribe && { unsubscribe }) };
}

function parseSettings(value: string): ChannelSettings | undefined {
  try {
    const settings = JSON.parse(value) as Partial<ChannelSettings>;
    const isWhole =
      Array.isArray(settings.providers) &&
      (settings.unknownOutcome === 'park' || settings.unknownOutcome === 'sendAgain') &&
      typeof settings.unsubscribe === 'boolean' &&
      (settings.ratePerSecond === undefined || settings.ratePerSecond > 0);
    return isWhole ? (settings as ChannelSettings) : undefined;
  } catch {
    return undefined;
  }
}
