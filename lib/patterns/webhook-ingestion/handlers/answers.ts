import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Answer, RejectionReason } from '../../../runtime/signatures';

/** Refusals of the receive function itself, beside those of the signature schemes. */
export const OwnRejection = { UNKNOWN_SENDER: 'unknown_sender', BODY_TOO_LARGE: 'body_too_large' } as const;
export type Rejection = RejectionReason | (typeof OwnRejection)[keyof typeof OwnRejection];

/**
 * What a refusal is answered with: 401 when the request is not proven to be the sender's, 400 when it can't be read strictly. A secret of ours that
 * is missing or malformed is a failure of ours, so that the sender tries again; it never lets a request through.
 */
const STATUS: Readonly<Record<Rejection, number>> = {
  [OwnRejection.UNKNOWN_SENDER]: 404,
  [OwnRejection.BODY_TOO_LARGE]: 413,
  [RejectionReason.NO_SECRET]: 500,
  [RejectionReason.MALFORMED_SECRET]: 500,
  [RejectionReason.MISSING_SIGNATURE]: 401,
  [RejectionReason.DUPLICATED_HEADER]: 400,
  [RejectionReason.MALFORMED_SIGNATURE]: 400,
  [RejectionReason.MISSING_TIMESTAMP]: 401,
  [RejectionReason.MALFORMED_TIMESTAMP]: 400,
  [RejectionReason.STALE_TIMESTAMP]: 401,
  [RejectionReason.FUTURE_TIMESTAMP]: 401,
  [RejectionReason.MISSING_ID]: 400,
  [RejectionReason.MALFORMED_ID]: 400,
  [RejectionReason.MALFORMED_BODY]: 400,
  [RejectionReason.SIGNATURE_MISMATCH]: 401,
  [RejectionReason.UNTRUSTED_CERTIFICATE]: 401,
};

export function isOurFault(reason: Rejection): boolean {
  return STATUS[reason] >= 500;
}

/** The reason's code alone: it helps an honest sender and tells a forger nothing that the documents of the scheme do not. An unknown path gets no hint at all. */
export function refusal(reason: Rejection): APIGatewayProxyStructuredResultV2 {
  const statusCode = STATUS[reason];
  if (reason === OwnRejection.UNKNOWN_SENDER) return { statusCode };
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reason }) };
}

/** The body that the sender's scheme asks for, or an empty 200. */
export function acceptance(answer: Answer | undefined): APIGatewayProxyStructuredResultV2 {
  if (answer === undefined) return { statusCode: 200 };
  return { statusCode: answer.status, headers: { 'content-type': answer.contentType }, body: answer.body };
}

/** Where a request failed on our side; the runbook knows the names. */
export type Step = 'configuration' | 'secret' | 'claim' | 'enqueue' | 'unexpected';

export class ReceiveFailure extends Error {
  constructor(
    readonly step: Step,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ReceiveFailure';
  }
}

/** Seconds a sender is asked to wait. Most keep to their own schedule. */
const RETRY_AFTER_SECONDS = '10';

/** Never a 2xx: the sender has to send again. 503 where waiting may help by itself, 500 where somebody has to act. */
export function failure(step: Step): APIGatewayProxyStructuredResultV2 {
  const waitingHelps = step === 'secret' || step === 'claim' || step === 'enqueue';
  return { statusCode: waitingHelps ? 503 : 500, headers: { 'retry-after': RETRY_AFTER_SECONDS } };
}
