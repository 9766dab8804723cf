import { jsonFault, lineOf } from '../topology/json-fault';
import { isRecord } from '../topology/record';
import type { Category, Ignore, Severity } from './report';
import { SEVERITIES } from './report';

/** What `breakwater.json` says. Every part may be left out. */
export interface ReviewConfig {
  readonly objectives?: Objectives;
  readonly budget?: Budget;
  readonly assumptions?: Assumptions;
  readonly ignore?: readonly Ignore[];
  /** Only these rules or categories. @default all */
  readonly rules?: readonly string[];
  /** Severity of rules or categories, where another is wanted. A rule's own entry counts before that of its category. */
  readonly severity?: Readonly<Record<string, Severity>>;
}

/** Promised bounds, for the synchronous and the asynchronous paths apart. */
export interface Objectives {
  /** Seconds in which an API answers. @default not checked */
  readonly synchronousSeconds?: number;
  /** Seconds after which an accepted event has had its effect or is parked. @default not checked */
  readonly asynchronousSeconds?: number;
}

/** What one event may cost at worst. */
export interface Budget {
  /** Handler runs over the whole path. @default 10 */
  readonly handlerRuns?: number;
  /** Seconds until it is parked. @default 21600 (6 hours) */
  readonly seconds?: number;
}

/** What no template tells. Resources by logical id or `aws:cdk:path`; `*` stands for any text. */
export interface Assumptions {
  /** Functions, machines and endpoints whose effects may be repeated without harm. */
  readonly idempotent?: readonly string[];
  /** Hand-overs at which events may be dropped, named by the giver, the receiver or the resource between them. */
  readonly mayDrop?: readonly string[];
  /** Topics and alarms that somebody listens to outside the reviewed templates. */
  readonly heard?: readonly string[];
}

export const DEFAULT_BUDGET = { handlerRuns: 10, seconds: 21_600 } as const;

/** A configuration that can't be used. */
export class ConfigError extends Error {
  public override readonly name = 'ConfigError';
}

/**
 * Checks what a configuration file holds.
 *
 * @throws ConfigError with line or field, allowed and given value
 */
export function parseConfig(file: string, text: string): ReviewConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    const { offset, reason } = jsonFault(text);
    throw new ConfigError(`${file}:${lineOf(text, offset)}: not valid JSON: ${reason}`);
  }
  return checkConfig(file, parsed);
}

export function checkConfig(file: string, value: unknown): ReviewConfig {
  const config = fields(file, '', value, ['$schema', 'objectives', 'budget', 'assumptions', 'ignore', 'rules', 'severity']);
  if (config.$schema !== undefined && typeof config.$schema !== 'string') refuse(file, '$schema', 'a text', config.$schema);
  const objectives = fields(file, 'objectives', config.objectives ?? {}, ['synchronousSeconds', 'asynchronousSeconds']);
  const budget = fields(file, 'budget', config.budget ?? {}, ['handlerRuns', 'seconds']);
  for (const [name, one] of [...prefixed('objectives', objectives), ...prefixed('budget', budget)]) {
    if (typeof one !== 'number' || !(one > 0)) refuse(file, name, 'a number above 0', one);
  }
  const assumptions = fields(file, 'assumptions', config.assumptions ?? {}, ['idempotent', 'mayDrop', 'heard']);
  for (const [name, one] of [...prefixed('assumptions', assumptions), ['rules', config.rules ?? []] as const]) {
    if (!isTexts(one)) refuse(file, name, 'a list of texts', one);
  }
  const ignore = config.ignore ?? [];
  if (!Array.isArray(ignore)) refuse(file, 'ignore', 'a list', ignore);
  for (const [index, one] of ignore.entries()) checkIgnore(file, `ignore[${index}]`, one);
  const severity = config.severity ?? {};
  if (!isRecord(severity)) refuse(file, 'severity', 'a mapping of rules to severities', severity);
  for (const [rule, one] of Object.entries(severity)) {
    if (!SEVERITIES.includes(one as Severity)) refuse(file, `severity.${rule}`, SEVERITIES.join(', '), one);
  }
  return config as ReviewConfig;
}

function checkIgnore(file: string, name: string, value: unknown) {
  const ignore = fields(file, name, value, ['rule', 'resource', 'because']);
  for (const key of ['rule', 'resource', 'because']) {
    const text = ignore[key];
    if (typeof text !== 'string' || text.trim() === '')
      refuse(file, `${name}.${key}`, key === 'because' ? 'the reason, in words' : 'a text', text);
  }
}

function fields(file: string, name: string, value: unknown, allowed: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) refuse(file, name === '' ? 'the file' : name, 'a mapping', value);
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) refuse(file, name === '' ? key : `${name}.${key}`, `one of ${allowed.join(', ')}`, key);
  }
  return value;
}

function prefixed(prefix: string, values: Readonly<Record<string, unknown>>): Array<readonly [string, unknown]> {
  return Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value] as const);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one.trim() !== '');
}

function refuse(file: string, field: string, allowed: string, given: unknown): never {
  throw new ConfigError(`${file}: ${field} must be ${allowed}, given ${JSON.stringify(given)}`);
}

/** Whether a rule was asked for: by its id or by its category. */
export function isWanted(config: ReviewConfig, rule: { readonly id: string; readonly category: Category }): boolean {
  return config.rules === undefined || config.rules.length === 0 || config.rules.includes(rule.id) || config.rules.includes(rule.category);
}

/** Whether a pattern, in which `*` stands for any text, names one of the names. Linear, whatever the pattern. */
export function names(pattern: string, candidates: ReadonlyArray<string | undefined>): boolean {
  return candidates.some((candidate) => candidate !== undefined && matches(pattern, candidate));
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text || text.startsWith(`${pattern}/`);
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
