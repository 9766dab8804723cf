import type { Kind } from './schema-view';
import { KINDS } from './schema-view';

const LONGEST = 120;

/** A part of a schema, in few words. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

export function shownValues(values: readonly unknown[]): string {
  const text = values.map((value) => JSON.stringify(value)).join(', ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}

export function kindsText(kinds: ReadonlySet<Kind>): string {
  if (kinds.size === KINDS.length) return 'of any type';
  const names = [...kinds].filter((kind) => kind !== 'integer' && kind !== 'fraction') as string[];
  if (kinds.has('fraction')) names.push('number');
  else if (kinds.has('integer')) names.push('integer');
  return names.length === 0 ? 'of no type' : names.join(' or ');
}
