import type { Validator } from '../../json-schema/validator';
import type { StandardIssue, StandardSchema } from '../standard-schema';
import type { EmittedDetail } from './contract';
import type { EventContract } from './outbox';

/**
 * A validator as a Standard Schema, for the schema of an event's contract.
 *
 * @param validate what `npx breakwater contracts types --validators` compiled ahead
 */
export function contractSchema<T>(validate: Validator): StandardSchema<T> {
  return standardSchema((value) => {
    const fault = validate(value);
    return fault && { message: fault.message, path: fault.pointer.split('/').slice(1).map(unescaped) };
  });
}

/**
 * What a `worker()` behind a rule of an event checks: that it is this contract's event, and its data as the contract's schema has it. An event that breaks its contract is
 * parked with the path of the field.
 */
export function detailSchema<T>(contract: EventContract<T>): StandardSchema<EmittedDetail<T>> {
  return standardSchema((value) => {
    const { metadata, data } = (value ?? {}) as Partial<EmittedDetail>;
    if (metadata?.contract !== contract.name) return { message: `must be ${contract.name}`, path: ['metadata', 'contract'] };
    if (typeof metadata.eventId !== 'string') return { message: 'must be a text', path: ['metadata', 'eventId'] };
    const result = contract.schema?.['~standard'].validate(data);
    if (result instanceof Promise)
      throw new Error(`the schema of ${contract.name} answers later: a contract takes schemas that answer at once`);
    const issue = result?.issues?.[0];
    return issue && { ...issue, path: ['data', ...(issue.path ?? [])] };
  });
}

function standardSchema<T>(issueOf: (value: unknown) => StandardIssue | undefined): StandardSchema<T> {
  return {
    '~standard': {
      ...{ version: 1, vendor: 'cdk-breakwater' },
      validate: (value) => {
        const issue = issueOf(value);
        return issue === undefined ? { value: value as T } : { issues: [issue] };
      },
    },
  };
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
