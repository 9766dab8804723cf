import Ajv, { type ErrorObject, type Options } from 'ajv';
import Ajv2019 from 'ajv/dist/2019';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** The field in which a value is not as its schema has it. */
export interface FieldFault {
  /** JSON pointer from the root of the value. */
  readonly pointer: string;
  /** Never with the value itself: it may be personal. */
  readonly message: string;
}

/** @returns undefined when all is as it should be */
export type Validator = (value: unknown) => FieldFault | undefined;

const DRAFTS: Readonly<Record<string, typeof Ajv | typeof Ajv2019 | typeof Ajv2020>> = {
  'https://json-schema.org/draft/2020-12/schema': Ajv2020,
  'https://json-schema.org/draft/2019-09/schema': Ajv2019,
  'http://json-schema.org/draft-07/schema': Ajv,
};

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Compiles a user's JSON Schema: 2020-12 unless `$schema` says otherwise.
 *
 * @throws Error when it is none, or refers to what is not in it
 */
export function compileSchema(schema: JsonSchema): Validator {
  const validate = compilerFor(schema).compile(schema);
  return (value) => (validate(value) ? undefined : firstFault(validate.errors));
}

/** As {@link compileSchema}, for parts of a schema that are told by JSON pointer from its root; a schema inside that has an `$id` of its own is not told apart. The schema is one that was compiled. */
export function compileParts(schema: JsonSchema): (pointer: string) => Validator {
  const { $id, ...rest } = schema;
  const id = typeof $id === 'string' ? $id.replace(/#$/, '') : 'breakwater:whole';
  const ajv = compilerFor(schema, { validateSchema: false }).addSchema({ ...rest, $id: id });
  return (pointer) => {
    const validate = ajv.compile({ $ref: `${id}#${pointer.split('/').map(encodeURIComponent).join('/')}` });
    return (value) => (validate(value) ? undefined : firstFault(validate.errors));
  };
}

/** @throws Error when it is not a draft that is known */
export function compilerFor(schema: JsonSchema, options: Options = {}): Ajv {
  const draft = String(schema.$schema ?? Object.keys(DRAFTS)[0]).replace(/#$/, '');
  if (!Object.hasOwn(DRAFTS, draft)) throw new Error(`$schema: must be one of ${Object.keys(DRAFTS).join(', ')}; given ${draft}`);
  // Words that no draft knows are a user's own notes.
  const ajv = new DRAFTS[draft]!({ strict: false, logger: false, ...options });
  addFormats(ajv);
  return ajv;
}

/**
 * What is wrong with a value, by the errors of its validator. Complete in itself, because validators that are compiled ahead carry its text.
 *
 * Of the alternatives of a union, the one that came farthest says most; the union itself comes last.
 */
export function firstFault(errors: readonly ErrorObject[] | null | undefined): FieldFault | undefined {
  const depth = ({ pointer }: FieldFault) => pointer.split('/').length;
  const fieldFault = ({ instancePath, params, message = 'is not valid' }: ErrorObject): FieldFault => {
    const below = (name: string) => `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (typeof params.missingProperty === 'string') return { pointer: below(params.missingProperty), message: 'is missing' };
    const more = params.additionalProperty ?? params.unevaluatedProperty;
    if (typeof more === 'string') return { pointer: below(more), message: 'is not allowed' };
    const allowed = params.allowedValues ?? params.allowedValue;
    return { pointer: instancePath, message: allowed === undefined ? message : `${message}: ${JSON.stringify(allowed)}` };
  };
  let best: FieldFault | undefined;
  for (const error of errors ?? []) {
    const fault = fieldFault(error);
    if (best === undefined || depth(fault) >= depth(best)) best = fault;
  }
  return best;
}
