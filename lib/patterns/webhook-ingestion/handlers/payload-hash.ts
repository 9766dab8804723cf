import { createHash } from 'node:crypto';
import { parseJson } from '../../../runtime/signatures/event-identity';
import { resolveJsonPointer } from '../../../runtime/signatures/json-pointer';

/**
 * Lower-case hex SHA-256 of the values that deliveries of one event have in common.
 *
 * @returns undefined when the body has no such values to compare, being no JSON: then its bytes are
 */
export function payloadHash(body: Uint8Array, pointers: readonly string[]): string | undefined {
  const document = pointers.length === 0 ? null : parseJson(body);
  if (document === undefined) return undefined;
  try {
    const values = pointers.map((pointer) => `${JSON.stringify(pointer)}:${canonical(resolveJsonPointer(document, pointer))}`);
    return createHash('sha256').update(values.join()).digest('hex');
  } catch (error) {
    // Nested more deeply than the stack: still an event, whose bytes can be compared.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** One text for values that are equal, whatever the order of their members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'missing';
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)}}`;
}
