import { SchemaError } from './failures';

/**
 * What zod, valibot, arktype and others share, so that any of them can be given and none is a dependency.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<StandardIssue> };

export interface StandardIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

const SHOWN_ISSUES = 5;

/** The value as the schema gives it back. @throws SchemaError with the path of each refused field */
export async function validate<Output>(schema: StandardSchema<Output>, value: unknown): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const shown = result.issues.slice(0, SHOWN_ISSUES).map(({ message, path }) => `${pathText(path)}: ${message}`);
  const rest = result.issues.length - shown.length;
  throw new SchemaError(`the event was refused by its schema: ${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`);
}

function pathText(path: StandardIssue['path']): string {
  const keys = (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return keys.length === 0 ? 'the event itself' : keys.join('.');
}
