import { parseArgs } from 'node:util';
import type { Storm } from './contract';
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
}

const STORM_EVENTS = 1_000;
const SOAK_EVENTS = 20_000;
/** In fewer, there is no middle for an outage and a restart. */
const FEWEST_SOAK_EVENTS = 100;

export const STORM_USAGE = `usage: breakwater storm [example] [options]

Starts the local engine, deploys an example, sends it a seeded storm and accounts for every event.

  example             folder below examples/                            default webhook-ingestion
  --events N          events to send, 1 to 100000                       default ${STORM_EVENTS}, of a soak ${SOAK_EVENTS}, of parking-desk 3600
  --concurrency N     senders at work at the same time, 1 to 100        default 10
  --seed N[,N...]     0 to ${MAX_SEED}; several run one after another    default 1
  --duplicates SHARE  share of events delivered two to five times, 0-1  default 0.2
  --soak              workers killed by the hundred, the engine stopped for some seconds, then restarted with its state
  --endpoint URL      use an engine that already runs
  --keep              leave the engine running with all that stands in it
  --json              the account as one JSON object on standard output (an array for several seeds)

exit code: 0 every event has exactly one end; 1 it does not, or the storm could not run; 2 bad options`;

/** The arguments are wrong: nothing was started. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** @throws {OptionError} naming the option, the given and the allowed value. */
export function parseStormOptions(args: readonly string[]): StormOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  if (positionals.length > 1) throw new OptionError(`one example at a time, given: ${positionals.join(' ')}`);
  const example = positionals[0] ?? 'webhook-ingestion';
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(example)) {
    throw new OptionError(`example: must be the name of a folder below examples/, given '${example}'`);
  }
  const endpoint = values.endpoint === undefined ? undefined : parseEndpoint(values.endpoint);
  const { soak } = values;
  if (soak && endpoint !== undefined)
    throw new OptionError('--soak: stops and restarts its own engine, so it can not be given an --endpoint');
  return {
    example,
    ...(values.events === undefined ? {} : { events: wholeNumber('--events', values.events, soak ? FEWEST_SOAK_EVENTS : 1, 100_000) }),
    concurrency: wholeNumber('--concurrency', values.concurrency, 1, 100),
    seeds: parseSeeds(values.seed),
    duplicates: parseShare('--duplicates', values.duplicates),
    keep: values.keep,
    json: values.json,
    soak,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Events to send when the command line does not say. */
export function eventsOf({ events, soak }: Pick<StormOptions, 'events' | 'soak'>, storm: Pick<Storm, 'usualEvents'>): number {
  return events ?? (soak ? SOAK_EVENTS : (storm.usualEvents ?? STORM_EVENTS));
}

/** @throws {OptionError} when an example with an operator can't be stormed so */
export function checkOperated({ seeds, soak, endpoint, example }: StormOptions, { operate }: Pick<Storm, 'operate'>): void {
  if (operate === undefined) return;
  if (seeds.length > 1)
    throw new OptionError(`--seed: one at a time for ${example}: what its operator leaves at the desk would meet the next`);
  if (soak) throw new OptionError(`--soak: not for ${example}, which has an operator and kills of its own`);
  if (endpoint !== undefined) throw new OptionError(`--endpoint: not for ${example}, which kills processes of its own engine`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        events: { type: 'string' },
        concurrency: { type: 'string', default: '10' },
        seed: { type: 'string', default: '1' },
        duplicates: { type: 'string', default: '0.2' },
        endpoint: { type: 'string' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        soak: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
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
