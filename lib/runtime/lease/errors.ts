import { PermanentError } from '../failures';

/** Another attempt has taken the lease over: what this one did is not recorded, and it must not go on. The next attempt finds what the other recorded. */
export class LostLeaseError extends Error {
  override readonly name = 'LostLeaseError';
}

/** The effect stands, but its result could not be kept: it is over 400 KB or no JSON. Repeating it would be a second effect. */
export class ResultNotKeptError extends PermanentError {
  override readonly name = 'ResultNotKeptError';
}
