import { isDeepStrictEqual } from 'node:util';
import { faultsOfArrays } from './array-rules';
import type { Conjunction } from './conjunction';
import { disjoint, impossible } from './disjoint';
import { finiteValues } from './finite-values';
import { faultsOfObjects } from './object-rules';
import { same } from './same-schema';
import { faultsOfNumbers, faultsOfStrings } from './scalar-rules';
import { acceptsEverything, nodeId, type SchemaNode } from './schema-document';
import { KINDS, type Kind, type SchemaView, viewOf } from './schema-view';
import { Undecided } from './undecided';
import { kindsText, shown, shownValues } from './wording';

/** A field whose values were refused before and are not now, or that could not be compared. */
export interface Incompatibility {
  /** JSON pointer of the field in the event's data; `*` stands for every item, or for fields that have no name in the schema. */
  readonly pointer: string;
  readonly was: string;
  readonly is: string;
}

/** Where in a value, and how deep. */
export interface Place {
  readonly pointer: string;
  readonly depth: number;
}

const MOST_STEPS = 20_000;

/** Compares two schemas by what is valid for them. */
export class Comparison {
  private steps = 0;
  /** What is being shown, with the depth at which it was begun. */
  private readonly open = new Map<string, number>();

  /**
   * Why not every value that is valid for `next` is valid for `previous`.
   *
   * @returns empty only when every one is
   * @throws Undecided when it can't be told
   */
  faults(next: Conjunction, previous: SchemaNode, place: Place): readonly Incompatibility[] {
    if (++this.steps > MOST_STEPS) throw new Undecided(`the schemas have too many alternatives to compare them all (${MOST_STEPS} steps)`);
    if (acceptsEverything(previous) || impossible(next)) return [];
    if (previous.schema === false) return [{ pointer: place.pointer, was: 'not allowed', is: 'allowed' }];
    const pair = `${next.id} ${nodeId(previous)}`;
    const begun = this.open.get(pair);
    // Of a part of the value this is shown already: schemas that refer to themselves end here.
    if (begun !== undefined && begun < place.depth) return [];
    if (begun !== undefined) throw new Undecided(`$ref at ${previous.pointer || 'the root'} refers to itself`);
    this.open.set(pair, place.depth);
    try {
      return this.compared(next, previous, place);
    } finally {
      this.open.delete(pair);
    }
  }

  private compared(next: Conjunction, previous: SchemaNode, place: Place): readonly Incompatibility[] {
    if (next.views.some(({ node }) => same(node, previous))) return [];
    const values = finiteValues(next);
    if (values !== undefined) return faultsOfValues(values, previous, place);
    const faults = this.byKeyword(next, viewOf(previous), place);
    const cases = faults.length === 0 ? undefined : next.cases();
    if (cases === undefined) return faults;
    for (const one of cases.all) {
      const found = this.faults(one, previous, place);
      // Of an alternative, what is wrong with it says more; of a type, what is wrong with all of them.
      if (found.length > 0) return cases.of === 'alternatives' ? found : faults;
    }
    return [];
  }

  private byKeyword(next: Conjunction, previous: SchemaView, place: Place): readonly Incompatibility[] {
    const fault = (was: string, is: string): Incompatibility => ({ pointer: place.pointer, was, is });
    if (previous.whole.length > 0)
      return [fault(previous.whole.join(', '), 'compared as a whole only: something in this schema is another than before')];
    const has = (...kinds: readonly Kind[]) => kinds.some((kind) => next.kinds.has(kind));
    const unknown = previous.kinds && KINDS.filter((kind) => next.kinds.has(kind) && !previous.kinds!.has(kind));
    if (unknown !== undefined && unknown.length > 0) return [fault(kindsText(previous.kinds!), kindsText(next.kinds))];
    return [
      ...(previous.values === undefined ? [] : [fault(shownValues(previous.values), 'other values too')]),
      ...(has('string') ? faultsOfStrings(next, previous, fault) : []),
      ...(has('integer', 'fraction') ? faultsOfNumbers(next, previous, fault) : []),
      ...(has('array') ? faultsOfArrays(next, previous, place, this) : []),
      ...(has('object') ? faultsOfObjects(next, previous, place, this) : []),
      ...this.ofCombinations(next, previous, place),
    ];
  }

  private ofCombinations(next: Conjunction, previous: SchemaView, place: Place): readonly Incompatibility[] {
    const { reference, allOf, anyOf, oneOf, not, condition } = previous;
    const found = [...(reference ? [reference] : []), ...allOf].flatMap((one) => this.faults(next, one, place));
    if (anyOf !== undefined) found.push(...this.ofAny(next, anyOf, place));
    if (oneOf !== undefined && !sameOneOf(next, oneOf)) found.push(...this.ofOne(next, oneOf, place));
    if (not !== undefined && !denies(next, not) && !disjoint(next, not))
      found.push({ pointer: place.pointer, was: `not ${shown(not.schema)}`, is: 'not refused, as far as can be told' });
    if (condition !== undefined) {
      const { premise, consequence, otherwise } = condition;
      if (consequence && !denies(next, premise)) found.push(...this.faults(next.with(premise), consequence, place));
      if (otherwise && !next.views.some(({ node }) => same(node, premise))) found.push(...this.faults(next, otherwise, place));
    }
    return found;
  }

  private ofAny(next: Conjunction, alternatives: readonly SchemaNode[], place: Place): readonly Incompatibility[] {
    const found = alternatives.map((one) => this.faults(next, one, place));
    if (found.some((faults) => faults.length === 0)) return [];
    return deepest(found) ?? [{ pointer: place.pointer, was: 'one of no alternatives', is: 'allowed' }];
  }

  private ofOne(next: Conjunction, alternatives: readonly SchemaNode[], place: Place): readonly Incompatibility[] {
    const found = alternatives.map((one) => this.faults(next, one, place));
    const fitting = found.findIndex((faults) => faults.length === 0);
    if (fitting < 0) return deepest(found) ?? [{ pointer: place.pointer, was: 'one of no alternatives', is: 'allowed' }];
    const too = alternatives.findIndex((one, index) => index !== fitting && !disjoint(next, one));
    if (too < 0) return [];
    const was = `exactly one of ${alternatives.length} alternatives (oneOf)`;
    return [
      { pointer: place.pointer, was, is: `alternatives ${fitting} and ${too} may both fit: give them a field with different constants` },
    ];
  }
}

/** The alternative that came farthest says most. */
function deepest(found: readonly (readonly Incompatibility[])[]): readonly Incompatibility[] | undefined {
  const depth = (faults: readonly Incompatibility[]) => Math.max(...faults.map(({ pointer }) => pointer.split('/').length));
  return found.reduce<readonly Incompatibility[] | undefined>((best, one) => (best && depth(best) >= depth(one) ? best : one), undefined);
}

function faultsOfValues(values: readonly unknown[], previous: SchemaNode, { pointer }: Place): readonly Incompatibility[] {
  const refused = values.filter((value) => !previous.document.accepts(previous, value));
  if (refused.length === 0) return [];
  const { schema } = previous;
  const known = typeof schema === 'object' && Array.isArray(schema.enum) ? (schema.enum as unknown[]) : undefined;
  const added = known === undefined ? refused : refused.filter((value) => !known.some((one) => isDeepStrictEqual(one, value)));
  return [
    {
      pointer,
      was: known === undefined ? shown(schema) : shownValues(known),
      is: `${shownValues(added.length > 0 ? added : refused)} too`,
    },
  ];
}

function denies(next: Conjunction, node: SchemaNode): boolean {
  return next.denied.some((one) => same(one, node));
}

/** The same alternatives, in whatever order. */
function sameOneOf(next: Conjunction, alternatives: readonly SchemaNode[]): boolean {
  return next.views.some(({ oneOf }) => {
    if (oneOf?.length !== alternatives.length) return false;
    const left = [...oneOf];
    for (const one of alternatives) {
      const index = left.findIndex((other) => same(other, one));
      if (index < 0) return false;
      left.splice(index, 1);
    }
    return true;
  });
}
