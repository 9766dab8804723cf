import { compileParts, type Validator } from '../json-schema/validator';
import type { JsonSchema } from './contract';
import { Undecided } from './undecided';

export type Dialect = '2020-12' | '2019-09' | 'draft-07';

/** A place in a schema. */
export interface SchemaNode {
  readonly schema: JsonSchema | boolean;
  readonly document: SchemaDocument;
  /** JSON pointer from the root of the document. */
  readonly pointer: string;
}

const EVERYTHING = '{}';

/** One contract's schema, whole: where its references lead, and what is valid for a part of it. */
export class SchemaDocument {
  readonly dialect: Dialect;
  readonly root: SchemaNode;
  private readonly rootId: string | undefined;
  private readonly embedded: boolean;
  private readonly validators = new Map<string, Validator>();
  private compile: ((pointer: string) => Validator) | undefined;

  /** @param id tells the documents of one comparison apart */
  constructor(
    readonly id: string,
    private readonly schema: JsonSchema,
  ) {
    const draft = /2019-09|draft-07/.exec(String(schema.$schema))?.[0];
    this.dialect = (draft as Dialect | undefined) ?? '2020-12';
    this.root = { schema, document: this, pointer: '' };
    this.rootId = typeof schema.$id === 'string' ? schema.$id.replace(/#$/, '') : undefined;
    this.embedded = hasIdBelow(schema);
  }

  /** @throws Undecided for a reference that isn't a pointer into this document */
  target(reference: string): SchemaNode {
    const [base, fragment = ''] = reference.split('#') as [string, string?];
    const here = base === '' || base === this.rootId;
    if (!here || this.embedded || (fragment !== '' && !fragment.startsWith('/'))) {
      throw new Undecided(`$ref ${reference}: only references by pointer into the schema itself (#/$defs/...) are followed`);
    }
    return fragment
      .split('/')
      .slice(1)
      .reduce((node, part) => child(node, unescaped(decodeURIComponent(part))), this.root);
  }

  /** Whether a value is valid for a part of this document. */
  accepts(node: SchemaNode, value: unknown): boolean {
    if (typeof node.schema === 'boolean') return node.schema;
    const validate = this.validators.get(node.pointer) ?? this.compiled(node.pointer);
    try {
      return validate(value) === undefined;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new Undecided(`${node.pointer || 'the root'} refers to itself without end`);
    }
  }

  private compiled(pointer: string): Validator {
    this.compile ??= compileParts(this.schema);
    const validate = this.compile(pointer);
    this.validators.set(pointer, validate);
    return validate;
  }
}

/** What stands below a node. */
export function child({ schema, document, pointer }: SchemaNode, ...path: readonly (string | number)[]): SchemaNode {
  const below = path.reduce<unknown>((value, part) => (value as Readonly<Record<string, unknown>> | undefined)?.[part], schema);
  if (typeof below !== 'boolean' && (typeof below !== 'object' || below === null)) {
    throw new Undecided(`${pointer}/${path.join('/')}: is no schema`);
  }
  return { schema: below as JsonSchema | boolean, document, pointer: [pointer, ...path.map((part) => escaped(String(part)))].join('/') };
}

/** Whether a schema says nothing. */
export function acceptsEverything({ schema }: SchemaNode): boolean {
  return schema === true || JSON.stringify(schema) === EVERYTHING;
}

export function nodeId({ document, pointer }: SchemaNode): string {
  return `${document.id}${pointer}`;
}

export function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function hasIdBelow(schema: unknown, depth = 0): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if (depth > 0 && typeof (schema as JsonSchema).$id === 'string') return true;
  return Object.values(schema).some((one) => hasIdBelow(one, depth + 1));
}
