import { RejectionReason, type VerificationInput } from './contract';
import { parseSeconds } from './formats';
import { Refusal } from './refusal';

/** Five minutes: what Stripe, Slack and Standard Webhooks name in their documents. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** Reads a signed time in seconds and refuses it when it is further from now than the tolerance, in either direction. */
export function checkSignedSeconds(text: string, { config, nowEpochSeconds }: VerificationInput): void {
  const signed = parseSeconds(text);
  if (signed === undefined) {
    throw new Refusal(
      RejectionReason.MALFORMED_TIMESTAMP,
      'the signed time must be plain decimal seconds without sign, space or leading zero',
    );
  }
  const toleranceSeconds = config.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  checkWithinWindow(signed, nowEpochSeconds, { pastSeconds: toleranceSeconds, futureSeconds: toleranceSeconds });
}

/** Refuses a signed time outside the window around now; its edges pass. */
export function checkWithinWindow(
  signedEpochSeconds: number,
  nowEpochSeconds: number,
  { pastSeconds, futureSeconds }: { readonly pastSeconds: number; readonly futureSeconds: number },
): void {
  const age = Math.floor(nowEpochSeconds) - signedEpochSeconds;
  if (age > pastSeconds) throw new Refusal(RejectionReason.STALE_TIMESTAMP, `signed ${age} s ago, allowed ${pastSeconds} s`);
  if (!(age >= -futureSeconds)) {
    throw new Refusal(RejectionReason.FUTURE_TIMESTAMP, `signed ${-age} s in the future, allowed ${futureSeconds} s`);
  }
}
