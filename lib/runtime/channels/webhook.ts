import { createHmac } from 'node:crypto';
import type { ProviderSettings } from '../../blocks/fanout-contract';
import type { Clock } from '../clock';
import { PermanentError, RetryAfterError } from '../failures';
import { decodeBase64 } from '../signatures/formats';
import { type ChannelAdapter, NotSentError, type OutgoingMessage, RefusedError } from './contract';

export interface WebhookDependencies {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Valid now, the newest first: the receiver may know either. @default - requests are not signed */
  readonly secrets?: () => Promise<readonly string[]>;
}

/** What is posted. */
export interface WebhookBody {
  readonly type: 'notification';
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: Pick<OutgoingMessage, 'channel' | 'rule' | 'category' | 'occurrence' | 'events' | 'content' | 'variables'> & {
    readonly recipient: string;
  };
}

/** Answers by which the receiver says that this request will never do. 401 and 403 are none: a secret may be about to change. */
const REFUSED = new Set([400, 404, 405, 406, 413, 414, 415, 422, 451]);
const GONE = 410;
const LONGEST_WAIT_SECONDS = 3_600;

/**
 * POSTs a message as JSON to the recipient's URL, signed as Standard Webhooks has it; `webhook-id` is the idempotency key, by which the receiver knows a repetition.
 *
 * Only `https`, and `http` to this machine. Redirects are not followed. Addresses of private networks are not refused: a function without a VPC reaches none.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookAdapter(
  settings: Extract<ProviderSettings, { kind: 'webhook' }>,
  dependencies: WebhookDependencies,
): ChannelAdapter {
  return async (message) => {
    const { clock, secrets } = dependencies;
    const url = urlOf(message.address);
    const body = JSON.stringify(bodyOf(message, clock));
    const keys = (await secrets?.().catch(secretFailure))?.map(keyOf) ?? [];
    const headers = { 'content-type': 'application/json', ...signed(message.idempotencyKey, body, keys, clock) };
    const response = await dependencies
      .fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal: AbortSignal.timeout(settings.timeoutSeconds * 1000) })
      .catch(connectionFailure);
    // The answer is of no interest, and its connection must be free again.
    await response.body?.cancel().catch(() => undefined);
    return readAnswer(response, clock);
  };
}

function urlOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === undefined || (url.protocol !== 'https:' && !isLocal)) throw new RefusedError('address: no URL that begins with https');
  return url;
}

function bodyOf(message: OutgoingMessage, clock: Clock): WebhookBody {
  const { channel, rule, category, occurrence, events, content, variables } = message;
  const data = { recipient: message.recipient.id, channel, rule, category, occurrence, events, content, variables };
  return { type: 'notification', timestamp: new Date(clock.now()).toISOString(), data };
}

function signed(id: string, body: string, keys: readonly Buffer[], clock: Clock): Record<string, string> {
  const timestamp = String(Math.floor(clock.now() / 1000));
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}

function keyOf(secret: string): Buffer {
  const key = decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
  if (key === undefined || key.length < 24) {
    throw new PermanentError('the secret that signs webhooks must be base64 of 24 bytes or more, with or without whsec_ in front');
  }
  return key;
}

function secretFailure(error: unknown): never {
  throw new NotSentError(`the secret that signs webhooks could not be read: ${(error as Error)?.name}`);
}

/** Its text would tell the URL. */
function connectionFailure(error: unknown): never {
  const code = String((error as { readonly cause?: { readonly code?: unknown } })?.cause?.code ?? (error as Error)?.name);
  if (
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'].includes(code)
  ) {
    throw new NotSentError(`the webhook was not reached: ${code}`);
  }
  throw new Error(`the webhook gave no answer: ${code}`);
}

function readAnswer(response: Response, clock: Clock): undefined {
  const { status, type } = response;
  if (status >= 200 && status < 300) return undefined;
  const told = `the webhook answered ${status}`;
  if (status === GONE) throw new RefusedError(`gone: ${told}`, { suppress: true });
  if (REFUSED.has(status)) throw new RefusedError(`refused: ${told}`);
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) throw new RefusedError(`redirect: ${told}, redirects are not followed`);
  const wait = waitOf(response.headers.get('retry-after'), clock);
  if (status === 429 && wait !== undefined) throw new RetryAfterError(wait, told);
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) throw new NotSentError(told);
  throw new Error(`${told}: whether it took the message is not known`);
}

/** Seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function waitOf(value: string | null, clock: Clock): number | undefined {
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - clock.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(LONGEST_WAIT_SECONDS, Math.max(0, seconds)) : undefined;
}
