import { createHash, createHmac } from 'node:crypto';
import type { OutgoingRequest } from '../../../lib/operate/storm/contract';

/** Signs as the four providers do, from their documents and apart from the code that verifies: a storm must not check itself. */

export const SENDERS = ['stripe', 'github', 'shopify', 'subscriptions'] as const;
export type Sender = (typeof SENDERS)[number];
export type Secrets = Readonly<Record<Sender, string>>;

/** Ways a signature can be wrong. */
export type Fault =
  | 'forged signature'
  | 'altered body'
  | 'missing signature'
  | 'stale timestamp'
  | 'future timestamp'
  | 'duplicated signature header';

/** Who signs a time; to the others no request is ever stale. */
export const TIMED_SENDERS: readonly Sender[] = ['stripe', 'subscriptions'];

type Headers = ReadonlyArray<readonly [name: string, value: string]>;

/** Always the same: several storms over one deployment are no rotation of their own. */
export function stormSecrets(version: 'current' | 'previous'): Secrets {
  const digits = (sender: Sender): string => createHash('sha256').update(`${version} secret of ${sender}`).digest('hex');
  return {
    stripe: `whsec_${digits('stripe')}`,
    github: digits('github'),
    shopify: digits('shopify'),
    subscriptions: `whsec_${Buffer.from(digits('subscriptions'), 'hex').toString('base64')}`,
  };
}

export interface Signing {
  readonly sender: Sender;
  readonly secret: string;
  readonly eventId: string;
  readonly body: Buffer;
  readonly fault?: Fault | undefined;
  /** How far the signed time of a stale or future request lies off. */
  readonly offsetSeconds: number;
}

export function signedRequest(signing: Signing, nowEpochSeconds: number): OutgoingRequest {
  const { sender, eventId, body, fault } = signing;
  const secret = fault === 'forged signature' ? otherSecret(signing) : signing.secret;
  const time =
    nowEpochSeconds + (fault === 'stale timestamp' ? -signing.offsetSeconds : fault === 'future timestamp' ? signing.offsetSeconds : 0);
  const { signature, others } = headersOf(sender, { secret, eventId, time, body });
  const twin = headersOf(sender, { secret: otherSecret(signing), eventId, time, body }).signature;
  const signatures: Headers =
    fault === 'missing signature' ? [] : fault === 'duplicated signature header' ? [signature, twin] : [signature];
  return {
    method: 'POST',
    path: `/${sender}`,
    headers: [['content-type', 'application/json'], ...others, ...signatures],
    body: fault === 'altered body' ? alter(body) : body,
  };
}

interface Signed {
  readonly secret: string;
  readonly eventId: string;
  readonly time: number;
  readonly body: Buffer;
}

function headersOf(sender: Sender, { secret, eventId, time, body }: Signed): { signature: Headers[number]; others: Headers } {
  const hmac = (key: string | Buffer, prefix = ''): Buffer => createHmac('sha256', key).update(prefix).update(body).digest();
  switch (sender) {
    // https://docs.stripe.com/webhooks#verify-manually
    case 'stripe':
      return { signature: ['Stripe-Signature', `t=${time},v1=${hmac(secret, `${time}.`).toString('hex')}`], others: [] };
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    case 'github':
      return {
        signature: ['X-Hub-Signature-256', `sha256=${hmac(secret).toString('hex')}`],
        others: [
          ['X-GitHub-Event', 'sponsorship'],
          ['X-GitHub-Delivery', eventId],
        ],
      };
    // https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    case 'shopify':
      return {
        signature: ['X-Shopify-Hmac-Sha256', hmac(secret).toString('base64')],
        others: [
          ['X-Shopify-Topic', 'orders/paid'],
          ['X-Shopify-Event-Id', eventId],
        ],
      };
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    case 'subscriptions':
      return {
        signature: [
          'webhook-signature',
          `v1,${hmac(Buffer.from(secret.slice('whsec_'.length), 'base64'), `${eventId}.${time}.`).toString('base64')}`,
        ],
        others: [
          ['webhook-id', eventId],
          ['webhook-timestamp', String(time)],
        ],
      };
  }
}

/** Well-formed, and not the one that the receiver knows. */
function otherSecret({ sender, secret }: Signing): string {
  const reversed = [...secret.replace(/^whsec_/, '')].reverse().join('');
  return sender === 'subscriptions' ? `whsec_${Buffer.from(reversed).toString('base64')}` : `${reversed}0`;
}

/** One digit of the amount becomes another: what a forger in the middle would want. */
function alter(body: Buffer): Buffer {
  return Buffer.from(body.toString('utf8').replace(/"amount":(\d)/, (_, digit: string) => `"amount":${(Number(digit) % 9) + 1}`));
}
