import { NotSentError } from './contract';

/** How an AWS service that sends is reached. It has no idempotency key, so what was begun is never tried again by the client: that would be a second message. */
export const PROVIDER_CLIENT_CONFIG = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

interface ServiceError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What a service answered, without its text: that may quote the address. */
export interface ServiceAnswer {
  readonly name: string;
  /** For telling one fault from another; never logged, never kept. */
  readonly text: string;
  /** Why it refused, for people: service and error. */
  readonly told: string;
}

/** Codes of a connection that was never made. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

export interface ServiceCall {
  /** For people. */
  readonly service: string;
  /** What the service's own errors mean. @returns undefined for a fault of ours, and for one that passes */
  readonly refusal: (answer: ServiceAnswer) => Error | undefined;
  /** Whether the call sends nothing, whatever comes of it. @default false */
  readonly sendsNothing?: boolean;
}

/**
 * Sends by an AWS service, and says of a failure what is known of it. A service answers 400 to 499 before it does anything; of other answers, and of none, nobody knows.
 *
 * @throws what `refusal` gives, `NotSentError`, or an error of unknown outcome
 */
export async function askService<T>({ service, refusal, sendsNothing = false }: ServiceCall, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name = 'Error', message = '', code, $metadata } = (error ?? {}) as ServiceError;
    const status = $metadata?.httpStatusCode ?? 0;
    const told = `${service} answered ${String(name)}${status > 0 ? ` (${status})` : ''}`;
    if (status >= 400 && status < 500 && status !== 408) {
      throw refusal({ name: String(name), text: String(message), told }) ?? new NotSentError(told);
    }
    // The SDK has no code for a connection that was not made in time: https://github.com/smithy-lang/smithy-typescript/blob/main/packages/node-http-handler/src/set-connection-timeout.ts
    const neverConnected = NEVER_CONNECTED.has(String(code)) || /did not establish a connection/.test(String(message));
    if (sendsNothing) throw new NotSentError(told);
    if (status === 0 && (neverConnected || isBeforeRequest(String(name))))
      throw new NotSentError(`${service} was not reached: ${String(name)}`);
    throw new Error(`${told}: whether it sent the message is not known`);
  }
}

/** Without credentials or an endpoint no request is made. */
function isBeforeRequest(name: string): boolean {
  return name === 'CredentialsProviderError' || name === 'ExpiredToken';
}
