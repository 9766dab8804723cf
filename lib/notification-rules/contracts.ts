import { compileSchema, type Validator } from '../json-schema/validator';
import { type EventContracts, eventContracts } from './event-fault';
import { InputFault } from './input-fault';
import type { EventContract, NotificationRules } from './rules';

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
  return eventContracts(validators);
}

function validatorOf({ schema }: EventContract, at: string, readBeside: (path: string) => string): Validator {
  try {
    return compileSchema(typeof schema === 'string' ? JSON.parse(readBeside(schema)) : (schema ?? {}));
  } catch (error) {
    throw new InputFault(`${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
