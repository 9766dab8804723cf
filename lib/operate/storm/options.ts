import { parseArgs } from 'node:util';
import type { ScriptedStorm, Storm } from './contract';
import { MAX_SEED } from './random';

export interface StormOptions {
  /** Folder below `examples`. */
  readonly example: string;
  /** As many as are usual when absent. */
  readonly events?: number;
  readonly concurrency: number;
  /** One storm each, in this order, over one deployment. */
  readonly seeds: readonly number[];
  readonly duplicates: number;
  readonly keep: boolean;
  readonly json: boolean;
  /** Many times the events, an outage of the engine and a restart of it in their middle. */
  readonly soak: boolean;
  readonly endpoint?: string;
  /** Values of the options that the example adds. */
  readonly own?: Readonly<Record<string, string>>;
}

export const STORM_EVENTS = 1_000;
export const SOAK_EVENTS = 20_000;
/** In fewer, there is no middle for an outage and a restart. */
const FEWEST_SOAK_EVENTS = 100;
export const MOST_EVENTS = 100_000;

/** The arguments are wrong: nothing was started. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * @param scripted what the example says of its options; undefined for a storm of deliveries
 * @throws {OptionError} naming the option, the given and the allowed value.
 */
export function parseStormOptions(args: readonly string[], scripted?: Pick<ScriptedStorm, 'size' | 'options'>): StormOptions | 'help' {
  const { values, positionals } = parse(args, scripted);
  if (values.help) return 'help';
  if (positionals.length > 1) throw new OptionError(`one example at a time, given: ${positionals.join(' ')}`);
  const example = positionals[0] ?? 'webhook-ingestion';
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(example)) {
    throw new OptionError(`example: must be the name of a folder below examples/, given '${example}'`);
  }
  const endpoint = values.endpoint === undefined ? undefined : parseEndpoint(values.endpoint);
  const { soak, concurrency, duplicates } = values;
  if (soak && endpoint !== undefined)
    throw new OptionError('--soak: stops and restarts its own engine, so it can not be given an --endpoint');
  if (scripted !== undefined) refuseDeliveries(example, { concurrency, duplicates });
  const { least, most } = scripted?.size ?? { least: soak ? FEWEST_SOAK_EVENTS : 1, most: MOST_EVENTS };
  return {
    example,
    ...(values.events === undefined ? {} : { events: wholeNumber('--events', values.events, least, most) }),
    concurrency: wholeNumber('--concurrency', concurrency ?? '10', 1, 100),
    seeds: parseSeeds(values.seed),
    duplicates: parseShare('--duplicates', duplicates ?? '0.2'),
    keep: values.keep,
    json: values.json,
    soak,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(scripted === undefined ? {} : { own: ownValues(values, scripted) }),
  };
}

/** The words of a command line that are no options. The value of an option that only an example knows is among them. */
export function wordsOf(args: readonly string[]): readonly string[] {
  return parseArgs({ args: [...args], allowPositionals: true, strict: false, options: OPTIONS }).positionals;
}

/** Events to send when the command line does not say. */
export function eventsOf({ events, soak }: Pick<StormOptions, 'events' | 'soak'>, storm: Pick<Storm, 'usualEvents'>): number {
  return events ?? (soak ? SOAK_EVENTS : (storm.usualEvents ?? STORM_EVENTS));
}

/** What a scripted storm counts, as many as the command line says. */
export function sizeOf({ events }: Pick<StormOptions, 'events'>, { size }: Pick<ScriptedStorm, 'size'>): number {
  return events ?? size.usual;
}

/** @throws {OptionError} when an example with an operator can't be stormed so */
export function checkOperated(options: StormOptions, { operate }: Pick<Storm, 'operate'>): void {
  if (operate === undefined) return;
  const { seeds, example } = options;
  if (seeds.length > 1)
    throw new OptionError(`--seed: one at a time for ${example}: what its operator leaves at the desk would meet the next`);
  checkOwnKills(options, 'has an operator and kills of its own');
}

/** @throws {OptionError} when a scripted storm can't be run so */
export function checkScripted(options: StormOptions): void {
  const { seeds, keep, example } = options;
  if (keep && seeds.length > 1) throw new OptionError(`--keep: with one seed only for ${example}, which takes an engine for each`);
  checkOwnKills(options, 'says itself what it does');
}

function checkOwnKills({ soak, endpoint, example }: StormOptions, why: string): void {
  if (soak) throw new OptionError(`--soak: not for ${example}, which ${why}`);
  if (endpoint !== undefined) throw new OptionError(`--endpoint: not for ${example}, which kills processes of its own engine`);
}

const OPTIONS = {
  events: { type: 'string' },
  concurrency: { type: 'string' },
  seed: { type: 'string', default: '1' },
  duplicates: { type: 'string' },
  endpoint: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  soak: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parse(args: readonly string[], scripted: Pick<ScriptedStorm, 'options'> | undefined) {
  const own = Object.fromEntries((scripted?.options ?? []).map(({ name }) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { ...own, ...OPTIONS } });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function ownValues(values: Readonly<Record<string, unknown>>, { options = [] }: Pick<ScriptedStorm, 'options'>): Record<string, string> {
  return Object.fromEntries(options.flatMap(({ name }) => (typeof values[name] === 'string' ? [[name, values[name]]] : [])));
}

function refuseDeliveries(example: string, options: Readonly<Record<string, string | undefined>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new OptionError(`--${given}: not for ${example}, which is sent no deliveries`);
}

function wholeNumber(option: string, given: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new OptionError(`${option}: must be a whole number from ${least} to ${most}, given '${given}'`);
  }
  return value;
}

function parseSeeds(given: string): readonly number[] {
  const seeds = given.split(',').map((seed) => wholeNumber('--seed', seed.trim(), 0, MAX_SEED));
  if (new Set(seeds).size < seeds.length) throw new OptionError(`--seed: each seed once, given '${given}'`);
  return seeds;
}

function parseShare(option: string, given: string): number {
  const value = /^(\d+(\.\d*)?|\.\d+)$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw new OptionError(`${option}: must be a number from 0 to 1, given '${given}'`);
  return value;
}

function parseEndpoint(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new OptionError(`--endpoint: must be a URL such as http://127.0.0.1:4566, given '${given}'`);
  }
  return given;
}
