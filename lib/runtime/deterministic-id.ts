import { createHash } from 'node:crypto';

/**
 * The same UUID for the same parts, whoever computes it and whenever: 122 bits of their SHA-256, in the form of RFC 9562 version 8.
 *
 * A UUID because that fits every provider's idempotency key; some take no more than 45 characters.
 */
export function deterministicId(...parts: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
