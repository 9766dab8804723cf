import { createHmac } from 'node:crypto';
import { anyEqual } from '../signatures/constant-time';

/** What a link to unsubscribe is about. */
export interface Unsubscription {
  readonly recipient: string;
  readonly channel: string;
  readonly category: string;
}

const VERSION = 'v1';
/** So that a signature of ours for something else is none here. */
const PURPOSE = 'cdk-breakwater unsubscribe';

/** A token that does not end: an e-mail can be unsubscribed from for as long as it is kept. */
export function unsubscribeToken({ recipient, channel, category }: Unsubscription, secret: string): string {
  const claims = Buffer.from(JSON.stringify([recipient, channel, category])).toString('base64url');
  return `${VERSION}.${claims}.${signatureOf(claims, secret).toString('base64url')}`;
}

/** @param secrets with which it may have been signed @returns undefined for a token that is none of ours */
export function readUnsubscribeToken(token: string, secrets: readonly string[]): Unsubscription | undefined {
  const [version, claims, signature, ...more] = token.split('.');
  if (version !== VERSION || claims === undefined || signature === undefined || more.length > 0) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const expected = secrets.filter((secret) => secret !== '').map((secret) => signatureOf(claims, secret));
  if (given.toString('base64url') !== signature || !anyEqual(expected, [given])) return undefined;
  const [recipient, channel, category] = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as [string, string, string];
  return { recipient, channel, category };
}

function signatureOf(claims: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${PURPOSE}\n${VERSION}.${claims}`).digest();
}
