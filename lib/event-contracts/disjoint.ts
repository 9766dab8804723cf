import type { Conjunction } from './conjunction';
import { finiteValues } from './finite-values';
import { fieldOf, itemCount } from './parts-of-values';
import type { SchemaNode } from './schema-document';

/** So deep fields are looked into. */
const DEPTH = 4;
/** So many alternatives are taken apart, one in another. */
const CASES = 3;

/** Whether no value can be valid; false when it can't be told. */
export function impossible(all: Conjunction, depth = DEPTH): boolean {
  if (all.hasFalse || all.kinds.size === 0 || finiteValues(all)?.length === 0) return true;
  if (depth === 0 || all.kinds.size > 1) return false;
  const [kind] = [...all.kinds];
  if (kind === 'object') return [...all.required].some((name) => impossible(fieldOf(all, name), depth - 1));
  if (kind === 'array') return itemCount(all)[0] > itemCount(all)[1];
  if (kind === 'string') return (all.least('minLength') ?? 0) > (all.most('maxLength') ?? Number.POSITIVE_INFINITY);
  if (kind !== 'integer' && kind !== 'fraction') return false;
  const least = Math.max(all.least('minimum') ?? Number.NEGATIVE_INFINITY, all.least('exclusiveMinimum') ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(all.most('maximum') ?? Number.POSITIVE_INFINITY, all.most('exclusiveMaximum') ?? Number.POSITIVE_INFINITY);
  return least > most;
}

/** Whether no value is valid for both; false when it can't be told. */
export function disjoint(all: Conjunction, node: SchemaNode): boolean {
  return hasNoValue(all.with(node), CASES);
}

function hasNoValue(all: Conjunction, depth: number): boolean {
  if (impossible(all)) return true;
  return depth > 0 && (all.cases()?.all.every((one) => hasNoValue(one, depth - 1)) ?? false);
}
