import { DURATION_PATTERN } from './durations';
import { POINTER_PATTERN } from './pointer';

/** An object of these fields and no others. */
export const record = <P extends object, const R extends readonly (keyof P & string)[] = []>(properties: P, required?: R) =>
  ({ type: 'object', additionalProperties: false, ...(required && { required }), properties }) as const;

export const text = { type: 'string', pattern: '\\S' } as const;
export const name = { type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' } as const;
export const flag = { type: 'boolean' } as const;
export const duration = {
  description: 'ISO 8601, for example PT30M; a day is 24 hours.',
  type: 'string',
  pattern: DURATION_PATTERN,
} as const;
export const pointer = {
  description: 'JSON pointer from the root of the event, for example /payload/order/id.',
  type: 'string',
  pattern: POINTER_PATTERN,
} as const;
export const wallClock = { description: 'HH:MM', type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } as const;
/** With the offset: without one, the same text is another instant on another machine. */
export const instant = {
  description: 'ISO 8601 with offset, for example 2026-11-21T18:00:00Z.',
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$',
} as const;
export const list = <I extends object>(items: I) => ({ type: 'array', minItems: 1, items }) as const;
export const mapOf = <V extends object>(additionalProperties: V) => ({ type: 'object', additionalProperties }) as const;
export const quietHours = {
  description: 'From start, before end, on the wall clock of the recipient; over midnight when end is earlier.',
  ...record({ start: wallClock, end: wallClock }, ['start', 'end']),
} as const;
export const quietHoursOrFalse = { oneOf: [quietHours, { const: false }] } as const;
