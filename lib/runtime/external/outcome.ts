import { permanentReason, requestedDelay } from '../failures';

/** The connection was never made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
/** Answers that do not tell whether an earlier request with the key was carried out. */
const AMBIGUOUS_ANSWERS = new Set([408, 409]);

interface ProviderError {
  readonly nothingHappened?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** Whether a provider's error says that nothing happened. In doubt it does not. */
export function certainlyNotDone(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (permanentReason(error) !== undefined || requestedDelay(error) !== undefined) return true;
  const { nothingHappened, status, statusCode, code, cause, response, $metadata } = error as ProviderError;
  if (nothingHappened === true || NEVER_SENT.has(String(code))) return true;
  const answer = [status, statusCode, response?.status, $metadata?.httpStatusCode].find((candidate) => typeof candidate === 'number');
  if (answer !== undefined) return Number(answer) >= 400 && Number(answer) < 500 && !AMBIGUOUS_ANSWERS.has(Number(answer));
  // `fetch` wraps what happened to its connection.
  return NEVER_SENT.has(String((cause as ProviderError | null | undefined)?.code));
}
