import fc from 'fast-check';
import type { JsonSchema } from '../../../lib/event-contracts/contract';

/** A small world, so that schemas and values meet: few names, few numbers, few texts. */
const NAMES = ['a', 'b', 'cc'];
const NUMBERS = [-1, 0, 0.5, 1, 1.5, 2, 3, 4, 6];
const TEXTS = ['', 'a', 'b', 'aa', 'abc', '2026-11-21', 'x@acme.example'];
const PATTERNS = ['^a', 'c$', '^[a-c]*$', ''];
const FORMATS = ['date', 'email', 'int32'];
const TYPES = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'number'];

const PLAIN = { noNullPrototype: true };

const name = fc.constantFrom(...NAMES);
const number = fc.constantFrom(...NUMBERS);
const count = fc.integer({ min: 0, max: 3 });

export const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false),
    number,
    fc.constantFrom(...TEXTS),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, ...PLAIN }),
  ),
})).value;

const few = fc.array(fc.oneof(fc.constantFrom<unknown>(null, true, 'a', 'aa', 1, 2, 0.5), values), { minLength: 1, maxLength: 3 });

/** Schemas of every word that the comparison knows, in a draft. */
export function schemas(draft: string): fc.Arbitrary<JsonSchema> {
  return rooted(draft, anySchema(draft));
}

/** Of which every word narrows what it stands beside, when it was not there before. */
export const NARROWING = [
  ...[
    'type',
    'enum',
    'const',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'pattern',
  ],
  ...[
    'format',
    'required',
    'propertyNames',
    'minProperties',
    'maxProperties',
    'minItems',
    'maxItems',
    'uniqueItems',
    'allOf',
    'anyOf',
    'oneOf',
    'not',
  ],
];

export function anySchema(draft: string): fc.Arbitrary<JsonSchema | boolean> {
  const items = draft === '2020-12' ? 'prefixItems' : 'items';
  return fc.letrec((tie) => {
    const schema = tie('schema') as fc.Arbitrary<JsonSchema | boolean>;
    const words: Record<string, fc.Arbitrary<unknown>> = {
      type: fc.oneof(fc.constantFrom(...TYPES), fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 })),
      enum: few.map((list) =>
        list.filter((one, index) => list.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index),
      ),
      const: fc.oneof(fc.constantFrom<unknown>('a', 1, true, null), values),
      minimum: number,
      maximum: number,
      exclusiveMinimum: number,
      exclusiveMaximum: number,
      multipleOf: fc.constantFrom(0.5, 1, 2, 3, 6),
      minLength: count,
      maxLength: count,
      pattern: fc.constantFrom(...PATTERNS),
      format: fc.constantFrom(...FORMATS),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      properties: fc.dictionary(name, schema, { maxKeys: 3, ...PLAIN }),
      patternProperties: fc.dictionary(fc.constantFrom(...PATTERNS), schema, { maxKeys: 2, ...PLAIN }),
      additionalProperties: fc.oneof(fc.constant(false), schema),
      propertyNames: schema,
      minProperties: count,
      maxProperties: count,
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), { maxKeys: 2, ...PLAIN }),
      dependentSchemas: fc.dictionary(name, schema, { maxKeys: 1, ...PLAIN }),
      dependencies: fc.dictionary(name, fc.oneof(schema, fc.uniqueArray(name, { maxLength: 2 })), { maxKeys: 2, ...PLAIN }),
      [items]: fc.array(schema, { minLength: 1, maxLength: 2 }),
      ...(draft === '2020-12' ? { items: schema } : { additionalItems: schema }),
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
      contains: schema,
      minContains: count,
      maxContains: count,
      allOf: fc.array(schema, { minLength: 1, maxLength: 2 }),
      anyOf: fc.array(schema, { minLength: 1, maxLength: 3 }),
      oneOf: fc.array(schema, { minLength: 1, maxLength: 3 }),
      not: schema,
      if: schema,
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
      then: schema,
      else: schema,
      unevaluatedProperties: fc.constant(false),
      $ref: fc.constantFrom('#/$defs/one', '#/$defs/two'),
    };
    const object = fc
      .uniqueArray(fc.constantFrom(...Object.keys(words)), { maxLength: 4 })
      .chain((chosen) => fc.record(Object.fromEntries(chosen.map((word) => [word, words[word]!])), PLAIN));
    const typed = fc.constantFrom(...TYPES).chain((type) => object.map((rest) => ({ ...rest, type })));
    // Like those of users: chosen word by word, few would have a field that must be there.
    const ordinary = fc.record(
      {
        type: fc.constant('object'),
        required: words.required!,
        properties: words.properties!,
        additionalProperties: words.additionalProperties!,
      },
      { requiredKeys: ['type', 'properties', 'required'], ...PLAIN },
    );
    return {
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom({}, { type: 'string' }, true, false),
        ordinary,
        ordinary,
        typed,
        typed,
        object,
      ),
    };
  }).schema as fc.Arbitrary<JsonSchema | boolean>;
}

export const URLS: Readonly<Record<string, string>> = {
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
  '2019-09': 'https://json-schema.org/draft/2019-09/schema',
  'draft-07': 'http://json-schema.org/draft-07/schema#',
};

function rooted(draft: string, schema: fc.Arbitrary<JsonSchema | boolean>): fc.Arbitrary<JsonSchema> {
  return fc.record({ root: schema, one: schema, two: schema }).map(({ root, one, two }) => ({
    $schema: URLS[draft],
    ...(typeof root === 'boolean' ? { allOf: [root] } : root),
    $defs: { one, two },
  }));
}

type Change = (schema: JsonSchema) => JsonSchema;

/** A change of a schema somewhere: a word taken, put, or another in its place. Most pairs of schemas that have nothing to do with each other are incompatible at once. */
export function mutations(draft: string): fc.Arbitrary<Change> {
  const other = anySchema(draft);
  return fc
    .record({ at: fc.nat(), kind: fc.constantFrom('take', 'put', 'replace', 'and'), other })
    .map(({ at, kind, other: given }) => (schema) => {
      const copy = structuredClone(schema) as Record<string, unknown>;
      const { $defs, ...root } = copy;
      const refers = JSON.stringify(root).includes('"$ref"');
      const places = [copy, ...objectsIn({ ...root, ...(refers && { $defs }) }).slice(1)].filter((one) => one !== $defs);
      const place = places[at % places.length]!;
      const words = Object.keys(place).filter((word) => word !== '$schema' && word !== '$defs');
      const word = words[at % Math.max(1, words.length)];
      if (kind === 'take' && word !== undefined) delete place[word];
      else if (kind === 'put' && typeof given === 'object') Object.assign(place, given);
      else if (kind === 'and') place.allOf = [given];
      else if (word !== undefined && typeof given === 'object' && word in given) place[word] = given[word];
      return copy;
    });
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? below : [value as Record<string, unknown>, ...below];
}
