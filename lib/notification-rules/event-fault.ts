import type { FieldFault, Validator } from '../json-schema/validator';
import type { ReceivedEvent } from './records';

/** Validators of payloads, by name and then by version of the contract. */
export type ContractValidators = ReadonlyMap<string, ReadonlyMap<string, Validator>>;

/** Says in which field an event breaks its contract; the pointer is from the event's root. */
export interface EventContracts {
  faultOf(event: ReceivedEvent): FieldFault | undefined;
}

export function eventContracts(validators: ContractValidators): EventContracts {
  return { faultOf: (event) => faultOfEvent(event, validators) };
}

function faultOfEvent(event: ReceivedEvent, validators: ContractValidators): FieldFault | undefined {
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
