/** A field of the payload, as RFC 6901 writes it from the event's root: `/payload/order/id`. */
export const POINTER_PATTERN = '^/payload(/([^~/]|~[01])+)+$';

/** What a pointer finds. @returns undefined for nothing, and for `null` */
export function valueAt(pointer: string, event: { readonly payload?: unknown }): unknown {
  let value: unknown = event;
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value ?? undefined;
}
