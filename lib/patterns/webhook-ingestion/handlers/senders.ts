import { type Provider, type ProviderConfig, validateProviderConfig } from '../../../runtime/signatures';
import { parseJsonPointer } from '../../../runtime/signatures/json-pointer';
import type { SenderSettings } from '../contract';

/** A sender that can be served. */
export interface Sender {
  readonly name: string;
  readonly provider: Provider;
  readonly secretArns: readonly string[];
  readonly config: ProviderConfig;
  /** JSON pointers to what deliveries of one event have in common. Undefined: the bytes. */
  readonly samePayload?: readonly string[];
}

/** A sender whose settings are wrong: its requests are our failure, not theirs. The other senders live on. */
export interface MisconfiguredSender {
  readonly name: string;
  readonly problem: string;
}

export type Senders = ReadonlyMap<string, Sender | MisconfiguredSender>;

/**
 * Reads and checks the senders once per cold start.
 * @throws Error when the text is no JSON object: then no sender is known
 */
export function readSenders(text: string): Senders {
  const settings: unknown = JSON.parse(text);
  if (!isObject(settings)) throw new Error('the settings of the senders must be a JSON object from name to settings');
  return new Map(Object.entries(settings).map(([name, sender]) => [name, readSender(name, sender)]));
}

function readSender(name: string, settings: unknown): Sender | MisconfiguredSender {
  try {
    const { provider, secretArns, config, samePayload } = settings as SenderSettings;
    if (!isObject(config)) throw new TypeError('config must be an object');
    if (!(Array.isArray(secretArns) && secretArns.every((arn) => typeof arn === 'string' && arn !== ''))) {
      throw new TypeError('secretArns must be an array of ARNs');
    }
    if (samePayload !== undefined && !(Array.isArray(samePayload) && samePayload.every(isJsonPointer))) {
      throw new TypeError('samePayload must be an array of JSON pointers');
    }
    validateProviderConfig(provider as Provider, config);
    return { name, provider: provider as Provider, secretArns, config, ...(samePayload && { samePayload }) };
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) };
  }
}

function isJsonPointer(value: unknown): boolean {
  return typeof value === 'string' && parseJsonPointer(value) !== undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
