import { type AnyStorm, isScripted } from './examples';
import { MOST_EVENTS, SOAK_EVENTS, STORM_EVENTS } from './options';
import { MAX_SEED } from './random';

/** What `breakwater storm --help` says, with what each example adds. */
export function usage(storms: ReadonlyMap<string, AnyStorm>): string {
  const others = [...storms].flatMap(([example, storm]) =>
    isScripted(storm) || storm.usualEvents === undefined ? [] : [`, of ${example} ${storm.usualEvents}`],
  );
  return `usage: breakwater storm [example] [options]

Starts the local engine, deploys an example, sends it a seeded storm and accounts for every event.

  example             folder below examples/${storms.size === 0 ? '' : `: ${[...storms.keys()].join(', ')}`}
                                                                        default webhook-ingestion
  --events N          events to send, 1 to ${MOST_EVENTS}                       default ${STORM_EVENTS}, of a soak ${SOAK_EVENTS}${others.join('')}
  --concurrency N     senders at work at the same time, 1 to 100        default 10
  --seed N[,N...]     0 to ${MAX_SEED}; several run one after another    default 1
  --duplicates SHARE  share of events delivered two to five times, 0-1  default 0.2
  --soak              workers killed by the hundred, the engine stopped for some seconds, then restarted with its state
  --endpoint URL      use an engine that already runs
  --keep              leave the engine running with all that stands in it
  --json              the account as one JSON object on standard output (an array for several seeds)
${[...storms].flatMap(([example, storm]) => (isScripted(storm) ? [ofScripted(example, storm)] : [])).join('')}
exit code: 0 every event has exactly one end, every check of a script holds; 1 not so, or the storm could not run; 2 bad options`;
}

function ofScripted(example: string, { size, options = [] }: Extract<AnyStorm, { readonly size: unknown }>): string {
  return `
${example}: a script of its own, without --concurrency, --duplicates, --soak and --endpoint
  --events N          ${`${size.of}, ${size.least} to ${size.most}`.padEnd(48)}  default ${size.usual}
${options.map(({ name, argument, help }) => `  ${`--${name} ${argument}`.padEnd(18)}  ${help}\n`).join('')}`;
}
