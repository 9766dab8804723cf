import { compileSchema, type FieldFault, type Validator } from '../json-schema/validator';
import { InputFault } from './input-fault';
import type { ReceivedEvent } from './records';
import type { EventContract, NotificationRules } from './rules';

/** Says in which field an event breaks its contract; the pointer is from the event's root. */
export interface EventContracts {
  faultOf(event: ReceivedEvent): FieldFault | undefined;
}

/**
 * Compiles the contracts of a rules file.
 *
 * @param file named in errors
 * @param readBeside reads a schema by its path, from the folder of the rules file
 * @throws InputFault when a schema can't be read or is none
 */
export function readContracts(file: string, rules: NotificationRules, readBeside: (path: string) => string): EventContracts {
  const validators = new Map<string, Map<string, Validator>>();
  for (const [index, contract] of rules.events.entries()) {
    const versions = validators.get(contract.name) ?? new Map<string, Validator>();
    versions.set(String(contract.version), validatorOf(contract, `${file}: events[${index}].schema`, readBeside));
    validators.set(contract.name, versions);
  }
  return { faultOf: (event) => faultOfEvent(event, validators) };
}

function validatorOf({ schema }: EventContract, at: string, readBeside: (path: string) => string): Validator {
  try {
    return compileSchema(typeof schema === 'string' ? JSON.parse(readBeside(schema)) : (schema ?? {}));
  } catch (error) {
    throw new InputFault(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function faultOfEvent(event: ReceivedEvent, validators: ReadonlyMap<string, ReadonlyMap<string, Validator>>): FieldFault | undefined {
  const { name, version, payload } = event;
  const versions = typeof name === 'string' ? validators.get(name) : undefined;
  if (versions === undefined) return { pointer: '/name', message: refused([...validators.keys()], name) };
  const validator = versions.get(typeof version === 'number' ? String(version) : typeof version === 'string' ? version : '');
  if (validator === undefined) return { pointer: '/version', message: refused([...versions.keys()], version) };
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { pointer: '/payload', message: payload === undefined ? 'is missing' : 'must be object' };
  }
  const fault = validator(payload);
  return fault && { ...fault, pointer: `/payload${fault.pointer}` };
}

function refused(allowed: readonly string[], given: unknown): string {
  return given === undefined ? 'is missing' : `must be one of ${allowed.join(', ')}, given ${JSON.stringify(given).slice(0, 80)}`;
}
