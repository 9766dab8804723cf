import type { RejectionReason, Verification, VerificationInput } from './contract';

/** Leaves a scheme at the first check that fails; `verify` turns it into the answer, nothing else sees it. */
export class Refusal extends Error {
  constructor(
    readonly reason: RejectionReason,
    detail: string,
  ) {
    super(detail);
  }
}

export type Accepted = Omit<Extract<Verification, { accepted: true }>, 'accepted'>;

/** One provider's checks: returns what was accepted, throws a `Refusal` otherwise. */
export type Scheme = (input: VerificationInput) => Accepted | Promise<Accepted>;
