import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { packageVersion } from '../review/package-version';
import { isParseFault } from '../review/parse-fault';
import { UsageError, unknownCommand } from './usage-error';

interface Command {
  readonly summary: string;
  /** Loaded when it is called: no command waits for what another needs. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const TO_PROCESS = {
  out: (text: string) => process.stdout.write(text),
  error: (text: string) => process.stderr.write(text),
};

const COMMANDS: Readonly<Record<string, Command>> = {
  storm: {
    summary: 'deploy an example to this machine, send it a seeded storm with faults, account for every event',
    run: (args) => (require('./storm') as typeof import('./storm')).storm(args),
  },
  local: {
    summary: 'up | deploy | logs | down: run your own CDK app on this machine, without an AWS account',
    run: (args) => (require('./local/command') as typeof import('./local/command')).local(args),
  },
  review: {
    summary: 'PATH...: read CloudFormation templates as a flow of events, and say where they lose, repeat, storm or block',
    run: (args) => (require('../review') as typeof import('../review')).reviewCommand(args, TO_PROCESS),
  },
  diagram: {
    summary: 'PATH...: draw how events flow through templates, as Mermaid or SVG',
    run: (args) => (require('../review/diagram') as typeof import('../review/diagram')).diagramCommand(args, TO_PROCESS),
  },
  runbook: {
    summary: 'PATH...: write what to do when an alarm of these templates fires, or events wait in a parking lot',
    run: (args) => (require('../review/runbook') as typeof import('../review/runbook')).runbookCommand(args, TO_PROCESS),
  },
  cost: {
    summary: 'PATH...: estimate what stacks cost a month, by the events that enter, and when a container would be cheaper',
    run: async (args) => {
      if (args.includes('--from-cloudwatch'))
        return (require('./measure/command') as typeof import('./measure/command')).costFromCloudWatch(args);
      optimiseLater();
      return (require('../review/cost') as typeof import('../review/cost')).costCommand(args, TO_PROCESS);
    },
  },
  prices: {
    summary: 'update: write a price list for cost from the public price files of AWS',
    run: (args) => (require('./prices/command') as typeof import('./prices/command')).prices(args),
  },
  parked: {
    summary: 'groups | list | show | redrive | edit | discard and more: what is parked and why, and back with it, by cause',
    run: (args) => (require('./parked/command') as typeof import('./parked/command')).parked(args),
  },
  reconcile: {
    summary: '--left FILE --right FILE --rules FILE --date DAY: compare two files by rules, and tell every row that differs',
    run: (args) => (require('./reconcile') as typeof import('./reconcile')).reconcileCommand(args),
  },
  nights: {
    summary:
      'breaks | show | assign | runs | start | resume | again: what a nightly reconciliation found and whose it is, and dates to run again',
    run: (args) => (require('./nights/command') as typeof import('./nights/command')).nights(args),
  },
  notifications: {
    summary: 'preview --rules FILE --recipients FILE --events FILE: tell who would get what on which channel and when, and who would not',
    run: (args) => (require('./notifications/command') as typeof import('./notifications/command')).notificationsCommand(args),
  },
  contracts: {
    summary: 'check | types: compare versions of event contracts and say which field breaks consumers; write TypeScript from them',
    run: (args) => (require('./contracts/command') as typeof import('./contracts/command')).contractsCommand(args),
  },
  verify: {
    summary: "FILE | -: tell for captured requests, one JSON object a line, why a sender's webhook is accepted or refused",
    run: verify,
  },
};

/**
 * A run of some hundred milliseconds ends before V8 gets back what it spends on optimising its functions: for 500 resources that was a third of the processor's time.
 * Longer runs are optimised all the same, later.
 */
function optimiseLater(): void {
  setFlagsFromString('--interrupt-budget=2000000');
}

const VERIFY_USAGE = `usage: breakwater verify FILE | -

Reads one JSON object a line from FILE, or from standard input for -, and writes one JSON object a line: {id, accepted, reason, dedupeId}.

  {"id":"1","provider":"stripe","secrets":["whsec_..."],"config":{},"nowEpochSeconds":1790000000,
   "request":{"method":"POST","path":"/stripe","headers":[["Stripe-Signature","t=...,v1=..."]],"bodyBase64":"..."}}   (on one line)

Providers: stripe, github, shopify, slack, standardWebhooks, square, twilio, adyen, paypal, hmac. The code is that of the receive function; nothing is fetched.

exit code: 0 every line was judged; 2 a line could not be`;

async function verify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(`${VERIFY_USAGE}\n`);
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new UsageError(`verify: give one file, or - for standard input; given ${positionals.length}`);
  return (require('./verify') as typeof import('./verify')).verify(file, (line) => process.stdout.write(`${line}\n`));
}

function help(): string {
  const names = Object.keys(COMMANDS);
  const width = Math.max(...names.map((name) => name.length));
  return [
    'breakwater: see what a storm does to your serverless app before you deploy it',
    '',
    'usage: breakwater COMMAND [options]',
    '',
    ...names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]?.summary}`),
    `  ${'help'.padEnd(width)}  this text; \`breakwater COMMAND --help\` tells more about one`,
    '',
    'Needs Node.js 20 or newer. Commands that run something locally also need Python 3.10 or newer.',
    '',
  ].join('\n');
}

/** Runs one command. @returns the exit code: 0 done, 1 failed, 2 not understood. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // `help storm` is `storm --help`.
  const [name, ...rest] = args[0] === 'help' && args.length > 1 ? [args[1], '--help'] : args;
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      process.stdout.write(help());
      return name === undefined ? 2 : 0;
    }
    if (name === '--version' || name === '-v') {
      process.stdout.write(`${packageVersion()}\n`);
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw unknownCommand('breakwater', name, Object.keys(COMMANDS));
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`breakwater: ${error instanceof Error ? error.message : String(error)}\n`);
    return isUsageError(error) ? 2 : 1;
  }
}

function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || isParseFault(error);
}
