import { type RejectionReason, type Verification, type VerificationInput, verify } from '../../../lib/runtime/signatures';

/** The verification of a request that has to be accepted; a refusal fails the test with its reason. */
export async function accepted(input: VerificationInput): Promise<Verification & { accepted: true }> {
  const verification = await verify(input);
  if (!verification.accepted) throw new Error(`${verification.reason}: ${verification.detail}`);
  return verification;
}

/** Matches a refusal for this reason. */
export function refused(reason: RejectionReason): unknown {
  return expect.objectContaining({ accepted: false, reason, detail: expect.any(String) });
}
