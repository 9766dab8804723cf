import { MetricNamespace } from '../../blocks/contract';
import { type ChannelMessage, deliveryKey, type UnknownOutcome } from '../../blocks/fanout-contract';
import type { Templates } from '../../notification-templates/templates';
import type { Confirmation } from '../external/external';
import { MalformedMessageError } from '../failures';
import { type FanoutSettings, loadFanoutSettings } from '../notifications/settings';
import { FanoutStore } from '../notifications/store/fanout-store';
import { breakerKey, rateKey } from '../notifications/store/keys';
import type { SecretReader } from '../secret-reader';
import { createTelemetry } from '../telemetry';
import { createWorker, type WorkerDependencies, type WorkerHandler, workerDependencies } from '../worker/worker';
import { type ChannelFunctionSettings, readChannelSettings } from './channel-settings';
import type { ChannelAdapter, SentMessage } from './contract';
import { dueMessages } from './due-message';
import type { Provider } from './failover';
import { lazySecretReader } from './lazy-secrets';
import { type SendMessageDependencies, type SendOutcome, sendMessage } from './send-message';
import { SharedBreaker } from './shared-breaker';
import { SharedRate } from './shared-rate';
import { TableReader } from './table-reader';
import { unsubscribeToken } from './unsubscribe-token';

export interface ChannelOptions {
  /** Sends one message. It is called at most once for an event, a recipient and a channel, but for failures of which it says that nothing was sent. */
  readonly send: ChannelAdapter;
  /**
   * What is done with a message whose outcome nobody knows, because the function died or the provider gave no answer: `park` leaves it to a person, `sendAgain` sends it again
   * with the same idempotency key.
   *
   * @default - as the channel of the construct says, which is `park` unless told otherwise
   */
  readonly unknownOutcome?: UnknownOutcome;
  /** Asks the provider whether the message with this key went out; then no outcome stays unknown. */
  readonly confirm?: (idempotencyKey: string) => Promise<Confirmation<SentMessage>>;
  /** For how many seconds the provider surely answers a repetition of the key with the first result: so long, an unknown outcome is resolved by calling again. @default 0 */
  readonly providerRemembersSeconds?: number;
}

/**
 * The handler of a channel of one's own, for `Channel.handler`: reads preferences, suppression and content of each message, sends it at the channel's rate, and writes down what
 * became of it.
 *
 * ```ts
 * export const handler = channel({
 *   send: async ({ address, content, idempotencyKey }) => ({ id: await chat.post(address, content.text, idempotencyKey) }),
 * });
 * ```
 *
 * @throws at start-up, when the function's environment lacks what `NotificationFanout` sets
 */
export function channel({ send, unknownOutcome, confirm, providerRemembersSeconds }: ChannelOptions): WorkerHandler {
  return createChannel({
    ...channelDependencies(),
    senders: () => [{ name: 'handler', send }],
    ...(unknownOutcome !== undefined && { unknownOutcome }),
    resolution: {
      ...(confirm !== undefined && { confirm: async (key: string) => confirmed(await confirm(key)) }),
      ...(providerRemembersSeconds !== undefined && { providerRemembersSeconds }),
    },
  });
}

function confirmed(confirmation: Confirmation<SentMessage>): Confirmation<SendOutcome> {
  if (!confirmation.done) return confirmation;
  return { done: true, result: { kind: 'sent', provider: 'handler', failover: false, ...confirmation.result } };
}

/** What a channel stands on. */
export interface ChannelDependencies {
  readonly settings: ChannelFunctionSettings;
  readonly rules: Pick<FanoutSettings<Templates>, 'rules' | 'templates'>;
  readonly secrets: SecretReader;
  readonly worker: WorkerDependencies;
}

export interface Channel extends ChannelDependencies {
  /** In the order in which they are tried. */
  readonly senders: () => readonly Omit<Provider, 'breaker'>[];
  /** @default - as the settings say */
  readonly unknownOutcome?: UnknownOutcome;
  readonly resolution?: SendMessageDependencies['resolution'];
}

/** Those of a function, by its environment and its settings layer. @throws Error when it lacks what the construct sets */
export function channelDependencies(): ChannelDependencies {
  const settings = readChannelSettings(process.env);
  const telemetry = createTelemetry({ metricNamespace: MetricNamespace });
  return { settings, rules: loadFanoutSettings<Templates>(), secrets: lazySecretReader(telemetry), worker: workerDependencies(telemetry) };
}

/** `channel` on given clients and senders. */
export function createChannel(channel: Channel): WorkerHandler {
  const { settings, rules, secrets, worker } = channel;
  const { clock, telemetry } = worker;
  const table = { dynamoDb: worker.dynamoDb, tableName: settings.tableName, clock };
  const senders = channel.senders();
  const isAlone = senders.length === 1;
  const providers = senders.map((sender) =>
    // Where there is no other provider, its failures are what the retry budget is for.
    isAlone ? sender : { ...sender, breaker: new SharedBreaker(breakerKey(settings.channel, sender.name), table) },
  );
  const { ratePerSecond } = settings.settings;
  const handle = sendMessage({
    clock,
    store: new FanoutStore(settings.tableName, table),
    due: dueMessages({ reader: new TableReader(table), settings: rules, unsubscribeUrl: unsubscribeUrls(settings, secrets), clock }),
    providers,
    ...(ratePerSecond !== undefined && { rate: new SharedRate(rateKey(settings.channel), ratePerSecond, table) }),
    unknownOutcome: channel.unknownOutcome ?? settings.settings.unknownOutcome,
    resolution: channel.resolution ?? {},
    attempts: worker.settings.retryBudget.attempts,
    publish: settings.publish,
    telemetry,
  });
  return createWorker<ChannelMessage>({ idempotencyKey: keyOf, handle }, worker);
}

function keyOf(message: ChannelMessage): string {
  for (const field of ['occurrence', 'recipient', 'channel', 'rule'] as const) {
    if (typeof message?.[field] !== 'string') throw new MalformedMessageError(`${field} of a channel's message is not a text`);
  }
  return deliveryKey(message);
}

function unsubscribeUrls({ unsubscribe }: ChannelFunctionSettings, secrets: SecretReader) {
  return async (about: Parameters<typeof unsubscribeToken>[0]): Promise<string | undefined> => {
    if (unsubscribe === undefined) return undefined;
    const { current } = await secrets.read([unsubscribe.secretArn]);
    if (current[0] === undefined || current[0] === '') throw new Error('the secret that signs links to unsubscribe is empty');
    return `${unsubscribe.url}?token=${unsubscribeToken(about, current[0])}`;
  };
}
