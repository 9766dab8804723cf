import type { FieldFault } from '../json-schema/validator';

const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));
const NAMED = ['properties', 'dependentRequired', 'dependentSchemas', 'dependencies'];

/** A field named as what each JavaScript object inherits (`constructor`, `toString`, ...) is there for a validator even when it is not: such a schema can't be checked. */
export function faultOfNames(schema: unknown, pointer = ''): FieldFault | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const refused = (at: string, name: string) => ({
    pointer: at,
    message: `${name} is the name of what every object inherits; choose another`,
  });
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${pointer}/${keyword.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const named = NAMED.includes(keyword) && typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const name = [...named, ...(keyword === 'required' && Array.isArray(value) ? value : [])].find((one) => INHERITED.has(one));
    if (name !== undefined) return refused(at, name);
    const fault = faultOfNames(value, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
