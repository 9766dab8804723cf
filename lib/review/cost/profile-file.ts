import { isRecord } from '../../topology/record';
import { DAYS_A_MONTH, HOURS_A_MONTH, SECONDS_A_MONTH } from './amounts';
import { CostInputError, parseJson, refuse } from './input-error';
import type { TrafficProfile } from './traffic';

interface Range {
  readonly least: number;
  readonly most?: number;
}

const COUNT: Range = { least: 0 };
const SHARE: Range = { least: 0, most: 1 };

const INGRESS_FIELDS: Readonly<Record<string, Range>> = {
  eventsPerMonth: COUNT,
  perEvent: COUNT,
  payloadBytes: COUNT,
  answerBytes: COUNT,
  duplicates: COUNT,
};
const RESOURCE_FIELDS: Readonly<Record<string, Range>> = {
  failures: SHARE,
  permanentFailures: SHARE,
  retries: SHARE,
  durationMilliseconds: COUNT,
  initMilliseconds: COUNT,
  coldShare: SHARE,
  recordsPerRun: { least: 1 },
  logBytes: COUNT,
  requestsPerSecretRead: COUNT,
  metrics: COUNT,
  writesPerEvent: COUNT,
  writesPerParked: COUNT,
  readsPerEvent: COUNT,
  itemBytes: COUNT,
  keptDays: COUNT,
  onlyAboveBytes: COUNT,
  transitions: COUNT,
  memoryMegabytes: COUNT,
};

const number = ({ least, most }: Range) => ({ type: 'number', minimum: least, ...(most === undefined ? {} : { maximum: most }) });
const record = (fields: Readonly<Record<string, Range>>, more: object = {}) => ({
  type: 'object',
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(Object.entries(fields).map(([name, range]) => [name, number(range)])), ...more },
  },
});

/** JSON schema of a traffic profile. */
export const TRAFFIC_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Traffic profile of breakwater cost',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    $schema: { type: 'string' },
    version: { const: 1 },
    title: { type: 'string', minLength: 1 },
    ingress: record(INGRESS_FIELDS, { hours: { type: 'array', items: number(COUNT), minItems: 24, maxItems: 24 } }),
    resources: record(RESOURCE_FIELDS),
    hops: { type: 'object', additionalProperties: number(COUNT) },
    measured: {
      type: 'object',
      additionalProperties: false,
      required: ['stack', 'from', 'to'],
      properties: { stack: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
    },
  },
} as const;

/**
 * Reads a traffic profile.
 *
 * @throws CostInputError with field, allowed and given value
 */
export function parseProfile(file: string, text: string): TrafficProfile {
  const value = parseJson(file, text);
  const profile = fields(file, '', value, ['$schema', 'version', 'title', 'ingress', 'resources', 'hops', 'measured']);
  if (profile.version !== 1) refuse(file, 'version', '1', profile.version);
  const { title } = profile;
  if (title !== undefined && (typeof title !== 'string' || title === '')) refuse(file, 'title', 'a text', title);
  for (const [name, entry] of entriesOf(file, 'ingress', profile.ingress)) {
    const given = fields(file, `ingress.${name}`, entry, [...Object.keys(INGRESS_FIELDS), 'hours']);
    checkNumbers(file, `ingress.${name}`, given, INGRESS_FIELDS);
    if (given.hours !== undefined) checkHours(file, `ingress.${name}.hours`, given.hours);
  }
  for (const [name, entry] of entriesOf(file, 'resources', profile.resources))
    checkNumbers(file, `resources.${name}`, fields(file, `resources.${name}`, entry, Object.keys(RESOURCE_FIELDS)), RESOURCE_FIELDS);
  for (const [name, times] of entriesOf(file, 'hops', profile.hops)) {
    if (!/^\S.* -> .*\S$/.test(name)) refuse(file, 'hops', 'names of the form "from -> to"', name);
    checkNumber(file, `hops.${name}`, times, COUNT);
  }
  return value as TrafficProfile;
}

/**
 * Reads a load such as `1000000/month` or `12/second`.
 *
 * @returns events a month of 730 hours
 * @throws CostInputError
 */
export function parseLoad(text: string): number {
  const match = /^(\d[\d_,]*(?:\.\d+)?)\/(second|minute|hour|day|month|year)$/.exec(text);
  if (!match)
    throw new CostInputError(
      `--load: a number and a unit, for example 1000000/month; units: second, minute, hour, day, month, year; given ${JSON.stringify(text)}`,
    );
  return Number(match[1]!.replace(/[_,]/g, '')) * TIMES_A_MONTH[match[2] as keyof typeof TIMES_A_MONTH];
}

const TIMES_A_MONTH = {
  second: SECONDS_A_MONTH,
  minute: SECONDS_A_MONTH / 60,
  hour: HOURS_A_MONTH,
  day: DAYS_A_MONTH,
  month: 1,
  year: 1 / 12,
} as const;

function checkHours(file: string, field: string, hours: unknown) {
  if (
    !Array.isArray(hours) ||
    hours.length !== 24 ||
    hours.some((hour) => typeof hour !== 'number' || !(hour >= 0)) ||
    hours.every((hour) => hour === 0)
  )
    refuse(file, field, '24 numbers of at least 0, not all 0', hours);
}

function checkNumbers(file: string, path: string, given: Readonly<Record<string, unknown>>, ranges: Readonly<Record<string, Range>>) {
  for (const [name, range] of Object.entries(ranges))
    if (given[name] !== undefined) checkNumber(file, `${path}.${name}`, given[name], range);
}

function checkNumber(file: string, field: string, value: unknown, { least, most }: Range) {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least || (most !== undefined && value > most))
    refuse(file, field, most === undefined ? `a number of at least ${least}` : `a number from ${least} to ${most}`, value);
}

function entriesOf(file: string, field: string, value: unknown): Array<[string, unknown]> {
  if (value === undefined) return [];
  if (!isRecord(value)) refuse(file, field, 'an object', value);
  return Object.entries(value as object);
}

function fields(file: string, path: string, value: unknown, allowed: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return refuse(file, path || 'the file', 'an object', value);
  const odd = Object.keys(value).find((key) => !allowed.includes(key));
  if (odd !== undefined) refuse(file, path ? `${path}.${odd}` : odd, `one of ${allowed.join(', ')}`, odd);
  return value;
}
