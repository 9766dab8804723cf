import type { Comparison, Incompatibility, Place } from './comparison';
import type { Conjunction } from './conjunction';
import { impossible } from './disjoint';
import { fieldOf, fieldPatterns, fieldsLike, matches, namedFields, otherFields } from './parts-of-values';
import { faultOfBound } from './scalar-rules';
import { escaped, type SchemaNode } from './schema-document';
import type { SchemaView } from './schema-view';

/** What objects of `next` may have that those of `previous` may not, and what they may lack. */
export function faultsOfObjects(next: Conjunction, previous: SchemaView, place: Place, compare: Comparison): readonly Incompatibility[] {
  const at = (name: string): Place => ({ pointer: `${place.pointer}/${name}`, depth: place.depth + 1 });
  const field = (name: string): Place => at(escaped(name));
  const missing = previous.required.filter((name) => !next.required.has(name));
  return [
    ...missing.map((name) => ({ pointer: field(name).pointer, was: 'required', is: 'optional' })),
    ...[...previous.properties].flatMap(([name, schema]) => compare.faults(fieldOf(next, name), schema, field(name))),
    ...[...previous.patternProperties].flatMap(([pattern, schema]) => ofPattern(next, previous, pattern, schema, { compare, field, at })),
    ...(previous.additionalProperties ? ofAdditional(next, previous, previous.additionalProperties, { compare, field, at }) : []),
    ...(previous.propertyNames ? ofNames(next, previous.propertyNames, place, compare) : []),
    ...ofCount(next, previous, place),
    ...ofDependencies(next, previous, place, compare, field),
  ];
}

interface Below {
  readonly compare: Comparison;
  /** Place of a field. */
  readonly field: (name: string) => Place;
  readonly at: (escapedName: string) => Place;
}

function ofPattern(
  next: Conjunction,
  previous: SchemaView,
  pattern: string,
  schema: SchemaNode,
  { compare, field, at }: Below,
): readonly Incompatibility[] {
  const named = [...namedFields(next)].filter((name) => matches(pattern, name) && !previous.properties.has(name));
  const both = [...previous.properties.keys()].filter((name) => matches(pattern, name));
  return [
    ...[...named, ...both].flatMap((name) => compare.faults(fieldOf(next, name), schema, field(name))),
    ...compare.faults(fieldsLike(next, pattern), schema, at('*')),
  ];
}

/** Fields that `previous` has no schema for. */
function ofAdditional(
  next: Conjunction,
  previous: SchemaView,
  schema: SchemaNode,
  { compare, field, at }: Below,
): readonly Incompatibility[] {
  const known = (name: string) => previous.properties.has(name) || [...previous.patternProperties.keys()].some((one) => matches(one, name));
  const named = [...namedFields(next)].filter((name) => !known(name));
  const patterns = [...fieldPatterns(next)].filter((pattern) => !previous.patternProperties.has(pattern));
  return [
    ...named.flatMap((name) => compare.faults(fieldOf(next, name), schema, field(name))),
    ...patterns.flatMap((pattern) => compare.faults(fieldsLike(next, pattern), schema, at('*'))),
    ...compare.faults(otherFields(next), schema, at('*')),
  ];
}

function ofNames(next: Conjunction, schema: SchemaNode, place: Place, compare: Comparison): readonly Incompatibility[] {
  const refused = [...namedFields(next), ...next.required]
    .filter((name) => !impossible(fieldOf(next, name)))
    .find((name) => !schema.document.accepts(schema, name));
  const is = refused ?? (isClosed(next) ? undefined : 'any name');
  if (is === undefined) return [];
  if (compare.faults(next.namesOfFields(), schema, { ...place, depth: place.depth + 1 }).length === 0) return [];
  return [{ pointer: place.pointer, was: `propertyNames ${JSON.stringify(schema.schema)}`, is }];
}

function ofCount(next: Conjunction, previous: SchemaView, { pointer }: Place): readonly Incompatibility[] {
  const fault = (was: string, is: string) => ({ pointer, was, is });
  const possible = [...namedFields(next)].filter((name) => !impossible(fieldOf(next, name))).length;
  const most = Math.min(next.most('maxProperties') ?? Number.POSITIVE_INFINITY, isClosed(next) ? possible : Number.POSITIVE_INFINITY);
  return [
    ...faultOfBound(next, previous, 'minProperties', fault, Math.max(next.least('minProperties') ?? 0, next.required.size)),
    ...faultOfBound(next, previous, 'maxProperties', fault, most),
  ];
}

function ofDependencies(
  next: Conjunction,
  previous: SchemaView,
  place: Place,
  compare: Comparison,
  field: (name: string) => Place,
): readonly Incompatibility[] {
  const possible = (name: string) => !impossible(fieldOf(next, name));
  const names = [...previous.dependentRequired].filter(([name]) => possible(name));
  const schemas = [...previous.dependentSchemas].filter(([name]) => possible(name));
  return [
    ...names.flatMap(([name, others]) => {
      const { required } = next.withPresent(name);
      const missing = others.filter((other) => !required.has(other));
      return missing.map((other) => ({ pointer: field(other).pointer, was: `required beside ${name}`, is: 'optional' }));
    }),
    ...schemas.flatMap(([name, schema]) => compare.faults(next.withPresent(name), schema, place)),
  ];
}

/** Whether nothing but named fields is there. */
function isClosed(next: Conjunction): boolean {
  return next.views.some(
    ({ additionalProperties, patternProperties }) => additionalProperties?.schema === false && patternProperties.size === 0,
  );
}
