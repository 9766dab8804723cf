/** The part of JSON Schema that our own schemas use. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly oneOf?: readonly Schema[];
}

/**
 * The first thing in which a value is not as a schema has it: where, what is allowed, what is given.
 *
 * @returns undefined when all is as it should be
 */
export function faultOf(schema: Schema, value: unknown, path = ''): string | undefined {
  const at = path === '' ? 'the document' : path;
  const refuse = (allowed: string) => `${at}: must be ${allowed}, given ${shown(value)}`;
  if (schema.oneOf !== undefined) {
    const fitting = schema.oneOf.find((one) => faultOf(one, value, path) === undefined);
    if (fitting !== undefined) return undefined;
    // What is said of the alternative of the same kind helps most.
    const alike = schema.oneOf.find(
      (one) => one.type === typeOf(value) && one.required?.some((name) => Object.hasOwn(value as object, name)),
    );
    return faultOf(alike ?? schema.oneOf.find((one) => one.type === typeOf(value)) ?? schema.oneOf[0]!, value, path);
  }
  if (schema.const !== undefined && value !== schema.const) return refuse(JSON.stringify(schema.const));
  if (schema.enum !== undefined && !schema.enum.includes(value)) return refuse(`one of ${schema.enum.join(', ')}`);
  if (schema.type !== undefined && !isOfType(schema.type, value)) return refuse(`of type ${schema.type}`);
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    return refuse(`text like ${schema.pattern}`);
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) return refuse(`at least ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) return refuse(`at most ${schema.maximum}`);
  }
  if (Array.isArray(value)) return faultOfItems(schema, value, at, path);
  return typeof value === 'object' && value !== null ? faultOfFields(schema, value as Record<string, unknown>, at, path) : undefined;
}

function faultOfItems(schema: Schema, values: readonly unknown[], at: string, path: string): string | undefined {
  if (values.length < (schema.minItems ?? 0)) return `${at}: must have at least ${schema.minItems} entries, given ${values.length}`;
  for (const [index, one] of values.entries()) {
    const fault = schema.items && faultOf(schema.items, one, `${path}[${index}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfFields(schema: Schema, value: Readonly<Record<string, unknown>>, at: string, path: string): string | undefined {
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${at}: ${missing} is missing`;
  for (const [name, field] of Object.entries(value)) {
    const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const more = schema.additionalProperties;
    if (known === undefined && more === false)
      return `${at}: ${name} is not known; allowed: ${Object.keys(schema.properties ?? {}).join(', ')}`;
    const fault = faultOf(known ?? (typeof more === 'object' ? more : {}), field, path === '' ? name : `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isOfType(type: string, value: unknown): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : typeOf(value) === type;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
