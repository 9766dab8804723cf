import type { Comparison, Incompatibility, Place } from './comparison';
import { Conjunction } from './conjunction';
import { itemAt, itemCount, otherItems, prefixLength } from './parts-of-values';
import { same } from './same-schema';
import { faultOfBound } from './scalar-rules';
import type { Contains, SchemaView } from './schema-view';
import { shown } from './wording';

/** What arrays of `next` may hold that those of `previous` may not. */
export function faultsOfArrays(next: Conjunction, previous: SchemaView, place: Place, compare: Comparison): readonly Incompatibility[] {
  const fault = (was: string, is: string): Incompatibility => ({ pointer: place.pointer, was, is });
  const [least, most] = itemCount(next);
  return [
    ...faultOfBound(next, previous, 'minItems', fault, least),
    ...faultOfBound(next, previous, 'maxItems', fault, most),
    ...(previous.uniqueItems && most > 1 && !next.views.some(({ uniqueItems }) => uniqueItems) ? [fault('uniqueItems', 'not unique')] : []),
    ...ofItems(next, previous, place, compare),
    ...(previous.contains ? ofContains(next, previous.contains, place, compare) : []),
  ];
}

function ofItems(next: Conjunction, previous: SchemaView, place: Place, compare: Comparison): readonly Incompatibility[] {
  const [, most] = itemCount(next);
  const at = (name: number | string): Place => ({ pointer: `${place.pointer}/${name}`, depth: place.depth + 1 });
  const apart = prefixLength([...next.views, previous]);
  const found: Incompatibility[] = [];
  for (let index = 0; index < Math.min(apart, most); index++) {
    const schema = previous.prefix[index] ?? previous.rest;
    if (schema !== undefined) found.push(...compare.faults(itemAt(next, index), schema, at(index)));
  }
  if (previous.rest !== undefined && most > apart) found.push(...compare.faults(otherItems(next), previous.rest, at('*')));
  return found;
}

function ofContains(next: Conjunction, previous: Contains, place: Place, compare: Comparison): readonly Incompatibility[] {
  const { node, least, most } = previous;
  const own = next.views.flatMap(({ contains }) => contains ?? []);
  const below: Place = { pointer: `${place.pointer}/*`, depth: place.depth + 1 };
  const found: Incompatibility[] = [];
  const [fewest, highest] = itemCount(next);
  const enough =
    least === 0 ||
    own.some((one) => one.least >= least && compare.faults(new Conjunction([one.node]), node, below).length === 0) ||
    (fewest >= least && everyItem(next, (item) => compare.faults(item, node, below).length === 0));
  if (!enough) found.push({ pointer: place.pointer, was: `contains ${least} of ${shown(node.schema)}`, is: 'may contain fewer' });
  const few =
    most === undefined || highest <= most || own.some((one) => one.most !== undefined && one.most <= most && same(one.node, node));
  if (!few) found.push({ pointer: place.pointer, was: `contains at most ${most} of ${shown(node.schema)}`, is: 'may contain more' });
  return found;
}

function everyItem(next: Conjunction, holds: (item: Conjunction) => boolean): boolean {
  const apart = prefixLength(next.views);
  return [...Array(apart).keys()].every((index) => holds(itemAt(next, index))) && holds(otherItems(next));
}
