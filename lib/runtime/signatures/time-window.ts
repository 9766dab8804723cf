import { RejectionReason, type VerificationInput } from './contract';
import { parseSeconds } from './formats';
import { Refusal } from './refusal';

/** Five minutes: what Stripe, Slack and Standard Webhooks name in their documents. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** Reads a signed time and refuses it when it is further from now than the tolerance, in either direction; the edge itself passes. */
export function checkSignedSeconds(text: string, input: VerificationInput): void {
  const signed = parseSeconds(text);
  if (signed === undefined) {
    throw new Refusal(
      RejectionReason.MALFORMED_TIMESTAMP,
      'the signed time must be plain decimal seconds without sign, space or leading zero',
    );
  }
  checkWithinTolerance(signed, input.config.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS, input);
}

export function checkWithinTolerance(signedEpochSeconds: number, toleranceSeconds: number, input: VerificationInput): void {
  const age = Math.floor(input.nowEpochSeconds) - signedEpochSeconds;
  if (age > toleranceSeconds) {
    throw new Refusal(RejectionReason.STALE_TIMESTAMP, `signed ${age} s ago, allowed ${toleranceSeconds} s`);
  }
  if (!(age >= -toleranceSeconds)) {
    throw new Refusal(RejectionReason.FUTURE_TIMESTAMP, `signed ${-age} s in the future, allowed ${toleranceSeconds} s`);
  }
}
