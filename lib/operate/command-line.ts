import { readFileSync } from 'node:fs';
import { UsageError, unknownCommand } from './usage-error';

interface Command {
  readonly summary: string;
  /** Loaded when it is called: no command waits for what another needs. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  storm: {
    summary: 'deploy an example to this machine, send it a seeded storm with faults, account for every event',
    run: (args) => (require('./storm') as typeof import('./storm')).storm(args),
  },
  local: {
    summary: 'up | deploy | logs | down: run your own CDK app on this machine, without an AWS account',
    run: (args) => (require('./local/command') as typeof import('./local/command')).local(args),
  },
};

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
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      process.stdout.write(help());
      return name === undefined ? 2 : 0;
    }
    if (name === '--version' || name === '-v') {
      process.stdout.write(`${version()}\n`);
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
  return error instanceof UsageError || String((error as NodeJS.ErrnoException | undefined)?.code).startsWith('ERR_PARSE_ARGS');
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(require.resolve('cdk-breakwater/package.json'), 'utf8')) as {
    readonly version: string;
  };
  return text;
}
