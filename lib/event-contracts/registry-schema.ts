import { type Contract, contractId, type JsonSchema } from './contract';
import { ContractFault } from './contract-fault';

type Draft4 = Readonly<Record<string, unknown>>;

/** Mean the same in draft 4. */
const UNCHANGED: ReadonlySet<string> = new Set([
  ...['type', 'title', 'description', 'default', 'format', 'pattern', 'uniqueItems', 'multipleOf', 'minimum', 'maximum'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
]);
/** Say nothing about what is valid, or are read with another keyword. */
const SILENT: ReadonlySet<string> = new Set([
  ...[
    '$schema',
    '$id',
    '$comment',
    '$defs',
    'definitions',
    'examples',
    'readOnly',
    'writeOnly',
    'deprecated',
    'minContains',
    'then',
    'else',
  ],
  ...['contentEncoding', 'contentMediaType', 'contentSchema'],
]);
/** Say nothing in draft 7. */
const OF_2019: ReadonlySet<string> = new Set([
  'dependentRequired',
  'dependentSchemas',
  'prefixItems',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

/**
 * A contract as EventBridge's schema registry takes it: the whole event in JSON Schema draft 4, valid for the same `data` as the contract's own schema.
 *
 * @throws ContractFault when the schema says what draft 4 can't
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema.html
 */
export function registrySchema(contract: Contract): string {
  const { name, source, version, schema } = contract;
  const of = (part: JsonSchema | boolean, place: string) => new Conversion(`contract ${contractId(contract)}`, schema).of(part, place);
  const parts = { ...(schema.definitions as object), ...(schema.$defs as object) };
  const definitions = Object.entries(parts).map(([id, part]) => [id, of(part as JsonSchema | boolean, `/$defs/${id}`)] as const);
  const text = { type: 'string' };
  const required = ['eventId', 'contract', 'version', 'correlationId', 'causedBy', 'occurredAt'];
  return JSON.stringify({
    $schema: 'http://json-schema.org/draft-04/schema#',
    title: name,
    type: 'object',
    required: ['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'],
    properties: {
      ...{ version: text, id: text, account: text, region: text, time: { type: 'string', format: 'date-time' } },
      ...{ 'detail-type': { enum: [name] }, source: { enum: [source] }, resources: { type: 'array', items: text } },
      detail: {
        type: 'object',
        required: ['metadata', 'data'],
        properties: { metadata: { $ref: '#/definitions/Metadata' }, data: { $ref: '#/definitions/Data' } },
      },
    },
    definitions: {
      ...Object.fromEntries(definitions.map(([id, part]) => [`Data.${id}`, part])),
      Data: of(schema, ''),
      Metadata: {
        type: 'object',
        required,
        properties: {
          ...Object.fromEntries(required.map((field) => [field, text])),
          contract: { enum: [name] },
          version: { enum: [version] },
        },
      },
    },
    'x-amazon-events-detail-type': name,
    'x-amazon-events-source': source,
  });
}

class Conversion {
  private readonly unknown: ReadonlySet<string>;

  constructor(
    private readonly contract: string,
    { $schema }: JsonSchema,
  ) {
    this.unknown = /draft-07/.test(String($schema)) ? OF_2019 : new Set();
  }

  of(schema: JsonSchema | boolean, place: string): Draft4 {
    if (typeof schema === 'boolean') return schema ? {} : { not: {} };
    const { $ref, ...beside } = schema;
    if ($ref === undefined) return this.keywords(schema, place);
    const reference = { $ref: this.reference(String($ref), place) };
    // Draft 4 reads nothing beside a reference; validators of contracts do, in every draft.
    const rest = this.keywords(beside, place);
    return Object.keys(rest).length === 0 ? reference : { allOf: [reference, rest] };
  }

  private keywords(schema: JsonSchema, place: string): Draft4 {
    const plain: Record<string, unknown> = {};
    const all: Draft4[] = [];
    for (const [keyword, value] of Object.entries(schema)) {
      if (UNCHANGED.has(keyword)) plain[keyword] = value;
      else if (!SILENT.has(keyword) && !this.unknown.has(keyword)) all.push(...this.keyword(keyword, value, schema, `${place}/${keyword}`));
    }
    // What two keywords make of one in draft 4 stands apart, so that neither hides the other.
    const separate: Draft4[] = [];
    for (const part of all) {
      if (Object.keys(part).some((keyword) => Object.hasOwn(plain, keyword))) separate.push(part);
      else Object.assign(plain, part);
    }
    if (separate.length === 0) return plain;
    return { ...plain, allOf: [...((plain.allOf as Draft4[] | undefined) ?? []), ...separate] };
  }

  private keyword(keyword: string, value: unknown, schema: JsonSchema, place: string): readonly Draft4[] {
    const one = (part: unknown, below = place) => this.of(part as JsonSchema | boolean, below);
    const list = (parts: unknown) => (parts as unknown[]).map((part, index) => one(part, `${place}/${index}`));
    const map = (parts: unknown) =>
      Object.fromEntries(Object.entries(parts as object).map(([id, part]) => [id, one(part, `${place}/${id}`)]));
    switch (keyword) {
      case 'properties':
      case 'patternProperties':
      case 'dependentSchemas':
        return [{ [keyword === 'dependentSchemas' ? 'dependencies' : keyword]: map(value) }];
      case 'dependentRequired':
      case 'dependencies':
        return this.dependencies(value as object, place);
      case 'additionalProperties':
        return [{ additionalProperties: typeof value === 'boolean' ? value : one(value) }];
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        return [{ [keyword]: list(value) }];
      case 'not':
        return [{ not: one(value) }];
      case 'required':
        return (value as unknown[]).length === 0 ? [] : [{ required: value }];
      case 'const':
        return [{ enum: [value] }];
      case 'enum':
        return [(value as unknown[]).length === 0 ? { not: {} } : { enum: value }];
      case 'exclusiveMinimum':
        return [{ allOf: [{ minimum: value, exclusiveMinimum: true }] }];
      case 'exclusiveMaximum':
        return [{ allOf: [{ maximum: value, exclusiveMaximum: true }] }];
      case 'prefixItems':
        return [{ items: list(value) }];
      case 'items':
        if (Array.isArray(value)) return [{ items: list(value) }];
        return [
          schema.prefixItems === undefined ? { items: one(value) } : { additionalItems: typeof value === 'boolean' ? value : one(value) },
        ];
      case 'additionalItems':
        return Array.isArray(schema.items) ? [{ additionalItems: typeof value === 'boolean' ? value : one(value) }] : [];
      case 'contains':
        return this.contains(one(value), schema, place);
      case 'if':
        return this.condition(one(value), schema, place);
      default:
        return this.refuse(place, keyword);
    }
  }

  private dependencies(value: object, place: string): readonly Draft4[] {
    const entries = Object.entries(value).filter(([, needed]) => !Array.isArray(needed) || needed.length > 0);
    const converted = entries.map(([id, needed]) => [
      id,
      Array.isArray(needed) ? needed : this.of(needed as JsonSchema | boolean, `${place}/${id}`),
    ]);
    return [{ dependencies: Object.fromEntries(converted) }];
  }

  private contains(part: Draft4, schema: JsonSchema, place: string): readonly Draft4[] {
    if (schema.minContains === 0) return [];
    if (schema.minContains !== undefined && schema.minContains !== 1)
      return this.refuse(place.replace(/contains$/, 'minContains'), 'minContains');
    return [{ allOf: [{ not: { type: 'array', items: { not: part } } }] }];
  }

  private condition(condition: Draft4, schema: JsonSchema, place: string): readonly Draft4[] {
    const branch = (keyword: 'then' | 'else', otherwise: Draft4): Draft4[] =>
      schema[keyword] === undefined
        ? []
        : [{ anyOf: [otherwise, this.of(schema[keyword] as JsonSchema | boolean, place.replace(/if$/, keyword))] }];
    const branches = [...branch('then', { not: condition }), ...branch('else', condition)];
    return branches.length === 0 ? [] : [{ allOf: branches }];
  }

  private reference(reference: string, place: string): string {
    if (reference === '#') return '#/definitions/Data';
    const [, id] = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(reference) ?? [];
    if (id === undefined) this.refuse(`${place}/$ref`, `a reference to ${reference}`);
    return `#/definitions/Data.${id}`;
  }

  private refuse(place: string, what: string): never {
    throw new ContractFault(
      `${this.contract}: ${place}: the registry takes JSON Schema draft 4, which has no word for ${what}: say it otherwise, or leave the contract unregistered`,
    );
  }
}
