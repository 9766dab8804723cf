/** The reference tokens of an RFC 6901 pointer, unescaped; `undefined` when the text is no pointer. */
export function parseJsonPointer(pointer: string): string[] | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  if (/~(?![01])/.test(pointer)) return undefined;
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value a pointer names; `undefined` when there is none. An array takes only plain indexes: no sign, no leading zero, not `-`. */
export function resolveJsonPointer(document: unknown, pointer: string): unknown {
  return parseJsonPointer(pointer)?.reduce<unknown>((at, token) => {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at) && token === 'length') return undefined;
    return Object.hasOwn(at, token) ? (at as Record<string, unknown>)[token] : undefined;
  }, document);
}
