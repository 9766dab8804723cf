import { showable } from '../../markup/showable';
import { isRecord } from '../../topology/record';

/** What was being done, and what it takes. */
export interface Attempt {
  readonly doing: string;
  /** What AWS may not find any more. */
  readonly thing: 'stack' | 'function' | 'table';
  readonly permission: string;
}

const EXPIRED = /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException)$/;
const UNREACHED = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|TimeoutError)\b/;

/** An SDK's error in words that say what to do. */
export function explained(error: unknown, { doing, thing, permission }: Attempt): Error {
  const name = error instanceof Error ? error.name : '';
  const message = showable(error instanceof Error ? error.message : String(error));
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : name;
  const unreached = UNREACHED.exec(`${code} ${message}`)?.[0];
  const status = isRecord(error) && isRecord(error.$metadata) ? error.$metadata.httpStatusCode : undefined;
  const told = (text: string): Error => new Error(`${doing}: ${text}`, { cause: error });
  if (EXPIRED.test(name)) return told(`AWS does not take these credentials (${name}): sign in again, or choose others with AWS_PROFILE.`);
  if (/^AccessDenied/.test(name) || status === 403) return told(`access denied: it needs ${permission}. AWS says: ${message}`);
  if (name === 'CredentialsProviderError')
    return told('no AWS credentials were found: sign in, set AWS_PROFILE, or give --local for the local engine.');
  if (/^Region is missing/.test(message)) return told('which Region? Give --region NAME, or set AWS_REGION.');
  if (name === 'ResourceNotFoundException')
    return told(`the ${thing} is gone; the stack's output still names it. Deploy the stack again. AWS says: ${message}`);
  if (unreached !== undefined) return told(`AWS can't be reached (${unreached}): ${message}`);
  return told(message);
}
