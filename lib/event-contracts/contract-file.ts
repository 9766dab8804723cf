import { compileSchema, type FieldFault, type Validator } from '../json-schema/validator';
import type { Contract, JsonSchema } from './contract';
import { ContractFault } from './contract-fault';
import { CONTRACT_SCHEMA } from './contract-schema';
import { faultOfNames } from './inherited-names';

let faultOfFile: Validator | undefined;

/**
 * Reads a contract.
 *
 * @param file named in errors
 * @throws ContractFault with the JSON pointer of the field, what is allowed and what is given; also when an example is not as the schema has it
 */
export function parseContract(file: string, text: string): Contract {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ContractFault(`${file}: not valid JSON: ${messageOf(error)}`);
  }
  return checkContract(file, value);
}

/** As {@link parseContract}, for what stands in code. */
export function checkContract(place: string, value: unknown): Contract {
  faultOfFile ??= compileSchema(CONTRACT_SCHEMA);
  const fault = faultOfFile(value) ?? faultBeyondSchema(value as Contract);
  if (fault === undefined) return value as Contract;
  const given = valueAt(fault.pointer, value);
  const shown = given === undefined || typeof given === 'object' ? '' : `, given ${JSON.stringify(given)}`;
  throw new ContractFault(`${place}: ${fault.pointer || 'the document'}: ${fault.message}${shown}`);
}

function faultBeyondSchema(contract: Contract): FieldFault | undefined {
  const { version, compatibleFrom, schema, examples = [] } = contract;
  if (compatibleFrom !== undefined && compatibleFrom > version)
    return { pointer: '/compatibleFrom', message: `must be at most the version, ${version}` };
  const validate = compiled(schema);
  if (typeof validate !== 'function') return validate;
  for (const [index, example] of examples.entries()) {
    const fault = validate(example);
    if (fault !== undefined) return { ...fault, pointer: `/examples/${index}${fault.pointer}` };
  }
  return undefined;
}

function compiled(schema: JsonSchema): Validator | FieldFault {
  // A schema that answers later would be taken for one that accepts.
  if (schema.$async !== undefined) return { pointer: '/schema/$async', message: 'is not allowed' };
  const fault = faultOfNames(schema);
  if (fault !== undefined) return { ...fault, pointer: `/schema${fault.pointer}` };
  try {
    return compileSchema(schema);
  } catch (error) {
    return { pointer: '/schema', message: `is not a JSON Schema that can be used: ${messageOf(error)}` };
  }
}

function valueAt(pointer: string, value: unknown): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>> | undefined)?.[unescaped(part)], value);
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
