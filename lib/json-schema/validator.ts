import Ajv, { type ErrorObject } from 'ajv';
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

/**
 * Compiles a user's JSON Schema: 2020-12 unless `$schema` says otherwise.
 *
 * @throws Error when it is none, or refers to what is not in it
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>): Validator {
  const draft = String(schema.$schema ?? Object.keys(DRAFTS)[0]).replace(/#$/, '');
  if (!Object.hasOwn(DRAFTS, draft)) throw new Error(`$schema: must be one of ${Object.keys(DRAFTS).join(', ')}; given ${draft}`);
  // Words that no draft knows are a user's own notes.
  const ajv = new DRAFTS[draft]!({ strict: false, logger: false });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : deepest((validate.errors ?? []).map(fieldFault)));
}

/** Of the alternatives of a union, the one that came farthest says most; the union itself comes last. */
function deepest(faults: readonly FieldFault[]): FieldFault | undefined {
  const depth = ({ pointer }: FieldFault) => pointer.split('/').length;
  return faults.reduce<FieldFault | undefined>(
    (best, fault) => (best === undefined || depth(fault) >= depth(best) ? fault : best),
    undefined,
  );
}

function fieldFault({ instancePath, params, message = 'is not valid' }: ErrorObject): FieldFault {
  const below = (name: string) => `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (typeof params.missingProperty === 'string') return { pointer: below(params.missingProperty), message: 'is missing' };
  const more = params.additionalProperty ?? params.unevaluatedProperty;
  if (typeof more === 'string') return { pointer: below(more), message: 'is not allowed' };
  const allowed = params.allowedValues ?? params.allowedValue;
  return { pointer: instancePath, message: allowed === undefined ? message : `${message}: ${JSON.stringify(allowed)}` };
}
