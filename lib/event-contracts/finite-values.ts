import { isDeepStrictEqual } from 'node:util';
import type { Conjunction } from './conjunction';
import type { Kind } from './schema-view';

/** The values that are possible, when they can be counted. */
export function finiteValues(all: Conjunction): readonly unknown[] | undefined {
  const values = all.views.find((view) => view.values !== undefined)?.values ?? valuesOfKinds(all.kinds);
  return values
    ?.filter((value, index) => values.findIndex((other) => isDeepStrictEqual(other, value)) === index)
    .filter((value) => all.kinds.has(kindOf(value)))
    .filter((value) => all.views.every(({ node }) => node.document.accepts(node, value)))
    .filter((value) => !all.denied.some((node) => node.document.accepts(node, value)));
}

function valuesOfKinds(kinds: ReadonlySet<Kind>): readonly unknown[] | undefined {
  if ([...kinds].some((kind) => kind !== 'null' && kind !== 'boolean')) return undefined;
  return [...(kinds.has('null') ? [null] : []), ...(kinds.has('boolean') ? [false, true] : [])];
}

export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'fraction';
  return typeof value as Kind;
}
