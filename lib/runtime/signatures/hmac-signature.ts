import { createHmac } from 'node:crypto';
import { anyEqual } from './constant-time';
import { RejectionReason } from './contract';
import { Refusal } from './refusal';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

export const DIGEST_BYTES: Readonly<Record<HmacAlgorithm, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** Refuses unless one of the signatures is the HMAC of the content under one of the keys. */
export function checkHmac(
  algorithm: HmacAlgorithm,
  keys: readonly Uint8Array[],
  content: readonly (Uint8Array | string)[],
  signatures: readonly Uint8Array[],
  orElse?: string,
): void {
  if (!anyEqual(hmacs(algorithm, keys, content), signatures)) throw mismatch(orElse);
}

export function hmacs(algorithm: HmacAlgorithm, keys: readonly Uint8Array[], content: readonly (Uint8Array | string)[]): Buffer[] {
  return keys.map((key) => {
    const hmac = createHmac(algorithm, key);
    for (const part of content) hmac.update(part);
    return hmac.digest();
  });
}

/** `orElse` names what else of the configuration is part of what is signed. */
export function mismatch(orElse?: string): Refusal {
  const causes = ['another secret', ...(orElse === undefined ? [] : [orElse]), 'content changed after it was signed'];
  return new Refusal(RejectionReason.SIGNATURE_MISMATCH, `no configured secret makes this signature: ${causes.join(', or ')}`);
}
