import { child, type SchemaNode } from './schema-document';

/** Every JSON value is of exactly one kind. */
export type Kind = 'null' | 'boolean' | 'object' | 'array' | 'string' | 'integer' | 'fraction';
export const KINDS: readonly Kind[] = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'fraction'];

export interface Contains {
  readonly node: SchemaNode;
  readonly least: number;
  readonly most: number | undefined;
}

/** `if`, `then` and `else`. */
export interface Condition {
  readonly premise: SchemaNode;
  readonly consequence: SchemaNode | undefined;
  readonly otherwise: SchemaNode | undefined;
}

/** What one schema object says of its own, read as its dialect has it; what the dialect ignores is not in it. */
export interface SchemaView {
  readonly node: SchemaNode;
  /** @default - of every kind */
  readonly kinds: ReadonlySet<Kind> | undefined;
  readonly values: readonly unknown[] | undefined;
  readonly numbers: Readonly<Partial<Record<NumberKeyword, number>>>;
  readonly pattern: string | undefined;
  readonly format: string | undefined;
  readonly uniqueItems: boolean;
  readonly required: readonly string[];
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly patternProperties: ReadonlyMap<string, SchemaNode>;
  readonly additionalProperties: SchemaNode | undefined;
  readonly propertyNames: SchemaNode | undefined;
  readonly dependentRequired: ReadonlyMap<string, readonly string[]>;
  readonly dependentSchemas: ReadonlyMap<string, SchemaNode>;
  /** Schemas of the first items, one by one. */
  readonly prefix: readonly SchemaNode[];
  /** Of the items after them. */
  readonly rest: SchemaNode | undefined;
  readonly contains: Contains | undefined;
  readonly reference: SchemaNode | undefined;
  readonly allOf: readonly SchemaNode[];
  readonly anyOf: readonly SchemaNode[] | undefined;
  readonly oneOf: readonly SchemaNode[] | undefined;
  readonly not: SchemaNode | undefined;
  readonly condition: Condition | undefined;
  /** Keywords that depend on more than this schema and the value. */
  readonly whole: readonly string[];
}

const NUMBER_KEYWORDS = [
  ...(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const),
  ...(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const),
];
export type NumberKeyword = (typeof NUMBER_KEYWORDS)[number];

const NOTHING: JsonObject = {};
type JsonObject = Readonly<Record<string, unknown>>;

/** @param node not one of `true` and `false` */
export function viewOf(node: SchemaNode): SchemaView {
  const schema = node.schema as JsonObject;
  const modern = node.document.dialect !== 'draft-07';
  const one = (keyword: string) => (schema[keyword] === undefined ? undefined : child(node, keyword));
  const list = (keyword: string) => (schema[keyword] as unknown[] | undefined)?.map((_, index) => child(node, keyword, index));
  const map = (keyword: string) =>
    new Map(Object.keys((schema[keyword] as JsonObject | undefined) ?? NOTHING).map((name) => [name, child(node, keyword, name)]));
  const text = (keyword: string) => schema[keyword] as string | undefined;
  const dependencies = Object.entries((schema.dependencies as JsonObject | undefined) ?? NOTHING);
  const premise = one('if');
  return {
    node,
    kinds: kindsOf(schema),
    // Beside a constant, an enum only decides whether anything is valid, and that is asked of the validator.
    values: 'const' in schema ? [schema.const] : (schema.enum as readonly unknown[] | undefined),
    numbers: Object.fromEntries(NUMBER_KEYWORDS.filter((name) => schema[name] !== undefined).map((name) => [name, schema[name] as number])),
    pattern: text('pattern'),
    format: text('format'),
    uniqueItems: schema.uniqueItems === true,
    required: (schema.required as readonly string[] | undefined) ?? [],
    properties: map('properties'),
    patternProperties: map('patternProperties'),
    additionalProperties: one('additionalProperties'),
    propertyNames: one('propertyNames'),
    dependentRequired: new Map([
      ...(modern ? (Object.entries((schema.dependentRequired as JsonObject | undefined) ?? NOTHING) as [string, string[]][]) : []),
      ...(dependencies.filter(([, value]) => Array.isArray(value)) as [string, string[]][]),
    ]),
    dependentSchemas: new Map([
      ...(modern ? map('dependentSchemas') : []),
      ...dependencies
        .filter(([, value]) => !Array.isArray(value))
        .map(([name]) => [name, child(node, 'dependencies', name)] as [string, SchemaNode]),
    ]),
    ...itemsOf(node, schema),
    contains: containsOf(node, schema, modern),
    reference: schema.$ref === undefined ? undefined : node.document.target(schema.$ref as string),
    allOf: list('allOf') ?? [],
    anyOf: list('anyOf'),
    oneOf: list('oneOf'),
    not: one('not'),
    condition: premise && { premise, consequence: one('then'), otherwise: one('else') },
    whole: [
      ...(modern ? ['unevaluatedProperties', 'unevaluatedItems', '$recursiveRef', '$dynamicRef'] : []),
      // Both at once would have to be told apart below.
      ...(modern && schema.dependencies !== undefined ? ['dependentRequired', 'dependentSchemas'] : []),
    ].filter((keyword) => schema[keyword] !== undefined),
  };
}

function kindsOf({ type, nullable }: JsonObject): ReadonlySet<Kind> | undefined {
  if (type === undefined) return undefined;
  const types = [...(Array.isArray(type) ? type : [type]), ...(nullable === true ? ['null'] : [])] as string[];
  return new Set(types.flatMap((one): Kind[] => (one === 'number' ? ['integer', 'fraction'] : [one as Kind])));
}

function itemsOf(node: SchemaNode, { items, prefixItems, additionalItems }: JsonObject): Pick<SchemaView, 'prefix' | 'rest'> {
  const each = (keyword: string, list: readonly unknown[]) => list.map((_, index) => child(node, keyword, index));
  const rest = items === undefined ? undefined : 'items';
  if (node.document.dialect === '2020-12') {
    return { prefix: each('prefixItems', (prefixItems as unknown[] | undefined) ?? []), rest: rest && child(node, rest) };
  }
  if (!Array.isArray(items)) return { prefix: [], rest: rest && child(node, rest) };
  return { prefix: each('items', items), rest: additionalItems === undefined ? undefined : child(node, 'additionalItems') };
}

function containsOf(node: SchemaNode, schema: JsonObject, modern: boolean): Contains | undefined {
  if (schema.contains === undefined) return undefined;
  const [least, most] = modern ? [schema.minContains, schema.maxContains] : [];
  return { node: child(node, 'contains'), least: (least as number | undefined) ?? 1, most: most as number | undefined };
}
