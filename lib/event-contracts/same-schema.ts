import { isDeepStrictEqual } from 'node:util';
import { child, nodeId, type SchemaNode } from './schema-document';

type Compared = 'schema' | 'schemas' | 'map' | 'either' | 'value' | 'set';

/** Keywords that decide what is valid; all others are notes. */
const KEYWORDS: Readonly<Record<string, Compared>> = {
  ...of('schema', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else', 'unevaluatedItems'),
  ...of('schema', 'unevaluatedProperties', 'additionalItems'),
  ...of('schemas', 'allOf', 'anyOf', 'oneOf', 'prefixItems'),
  ...of('map', 'properties', 'patternProperties', 'dependentSchemas', 'dependencies'),
  ...of('either', 'items'),
  ...of('set', 'required'),
  ...of('value', 'type', 'enum', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength'),
  ...of('value', 'maxLength', 'pattern', 'format', 'minItems', 'maxItems', 'uniqueItems', 'minContains', 'maxContains', 'minProperties'),
  ...of('value', 'maxProperties', 'dependentRequired', 'nullable', '$recursiveRef', '$dynamicRef'),
};

function of(kind: Compared, ...names: readonly string[]): Readonly<Record<string, Compared>> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

/**
 * Whether two schemas say the same, word for word but for notes and references.
 *
 * @param assumed pairs that are being compared: what refers to itself is the same until a difference is found
 */
export function same(left: SchemaNode, right: SchemaNode, assumed: ReadonlySet<string> = new Set()): boolean {
  if (left.document.dialect !== right.document.dialect) return false;
  const pair = `${nodeId(left)} ${nodeId(right)}`;
  if (assumed.has(pair)) return true;
  const next = new Set([...assumed, pair]);
  const [one, other] = [left.schema, right.schema];
  if (typeof one === 'boolean' || typeof other === 'boolean') return one === other;
  if (one.$dynamicRef !== undefined || one.$recursiveRef !== undefined) return false;
  const words = (schema: object) => Object.keys(schema).filter((name) => Object.hasOwn(KEYWORDS, name));
  const [target, otherTarget] = [left, right].map(({ schema, document }) => {
    const reference = (schema as Readonly<Record<string, unknown>>).$ref;
    return reference === undefined ? undefined : document.target(reference as string);
  });
  // What only refers is the same as what it refers to.
  if (target !== undefined && words(one).length === 0) return same(target, right, next);
  if (otherTarget !== undefined && words(other).length === 0) return same(left, otherTarget, next);
  if (target === undefined ? otherTarget !== undefined : otherTarget === undefined || !same(target, otherTarget, next)) return false;
  return [...new Set([...words(one), ...words(other)])].every(
    (word) => word in one && word in other && sameWord(KEYWORDS[word]!, word, left, right, next),
  );
}

function sameWord(kind: Compared, word: string, left: SchemaNode, right: SchemaNode, assumed: ReadonlySet<string>): boolean {
  const [one, other] = [left, right].map(({ schema }) => (schema as Readonly<Record<string, unknown>>)[word]) as [unknown, unknown];
  const below = (...path: readonly (string | number)[]) => same(child(left, word, ...path), child(right, word, ...path), assumed);
  if (kind === 'value') return isDeepStrictEqual(one, other);
  if (kind === 'set') return isDeepStrictEqual(new Set(one as string[]), new Set(other as string[]));
  if (kind === 'schema' || (kind === 'either' && !Array.isArray(one) && !Array.isArray(other))) return below();
  const [names, others] = [Object.keys(one as object), Object.keys(other as object)];
  return (
    names.length === others.length &&
    Array.isArray(one) === Array.isArray(other) &&
    names.every((name) => {
      if (!Object.hasOwn(other as object, name)) return false;
      const [its, theirs] = [(one as Readonly<Record<string, unknown>>)[name], (other as Readonly<Record<string, unknown>>)[name]];
      // `dependencies` names fields or a schema.
      return Array.isArray(its) || Array.isArray(theirs) ? isDeepStrictEqual(its, theirs) : below(name);
    })
  );
}
