import { RejectionReason } from './contract';
import { Refusal } from './refusal';

/** Every secret as a key. One that `read` can't take refuses the request: skipping it would hide a broken rotation. */
export function readSecrets<Key>(secrets: readonly string[], rule: string, read: (secret: string) => Key | undefined): Key[] {
  if (secrets.length === 0) throw new Refusal(RejectionReason.NO_SECRET, 'no secret is configured for this sender');
  return secrets.map((secret, index) => {
    const key = isBlank(secret) ? undefined : read(secret);
    if (key === undefined) {
      throw new Refusal(RejectionReason.MALFORMED_SECRET, `secret ${index + 1} of ${secrets.length} must be ${rule}`);
    }
    return key;
  });
}

/** Secrets whose text itself, as UTF-8, is the key. */
export function readTextSecrets(secrets: readonly string[]): Buffer[] {
  return readSecrets(secrets, 'text that is neither empty nor blank', (secret) => {
    const key = Buffer.from(secret);
    // A lone surrogate has no UTF-8 form: several texts would become the same key.
    return key.toString('utf8') === secret ? key : undefined;
  });
}

function isBlank(secret: string): boolean {
  return /^[\p{White_Space}\p{Cc}\p{Cf}]*$/u.test(secret);
}
