import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError, unknownCommand } from '../usage-error';
import { audit } from './audit';
import { discard } from './discard';
import { edit } from './edit';
import { exporting } from './export';
import { groups } from './groups';
import { identityOf } from './identity';
import { adopt, jobChanges, jobs } from './jobs';
import { list, show } from './messages';
import { desksOf } from './places';
import { redrive } from './redrive';
import type { Given, ParkedCommand, Session } from './session';
import { acknowledge, states } from './states';
import { processTerminal, type Terminal } from './terminal';
import { watch } from './watch';

const COMMANDS: Readonly<Record<string, ParkedCommand>> = {
  groups,
  list,
  show,
  redrive,
  edit,
  discard,
  export: exporting,
  watch,
  adopt,
  acknowledge,
  ...states,
  ...jobChanges,
  jobs,
  audit,
};

type Options = NonNullable<ParkedCommand['options']>;

const SHARED: Options = {
  stack: { value: 'NAME', says: 'only desks of this stack' },
  desk: { value: 'PATH', says: 'only the desk of this construct, or of those inside it' },
  local: { says: 'on the local engine of this folder (`breakwater local up`)' },
  endpoint: { value: 'URL', says: 'on a local engine that was started otherwise' },
  region: { value: 'NAME', says: 'AWS Region (default: as for the AWS CLI)' },
  json: { says: 'for scripts' },
  yes: { says: 'no questions' },
};

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'breakwater parked: what is parked and why, and back with it, by cause',
    '',
    'usage: breakwater parked COMMAND [options]',
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'options of all',
    ...optionLines(SHARED),
    '',
    'Works with your AWS credentials: it reads the outputs of your stacks, and invokes the function of the desk it finds there.',
    '`breakwater parked COMMAND --help` tells more about one. Ten minutes to read: docs/parking-desk.md',
    '',
    'exit code: 0 done; 1 refused, failed, or the job stopped; 2 not understood',
    '',
  ].join('\n');
}

function helpOf(name: string, { usage, summary, example, options }: ParkedCommand): string {
  return [
    `breakwater parked ${name}: ${summary}`,
    '',
    `usage: breakwater parked ${name}${usage === '' ? '' : ` ${usage}`} [options]`,
    '',
    ...optionLines({ ...options, ...SHARED }),
    '',
    'example',
    `  ${example}`,
    '',
  ].join('\n');
}

function optionLines(options: Options): string[] {
  const lines = Object.entries(options).map(
    ([name, { value, says }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, says] as const,
  );
  const width = Math.max(...lines.map(([option]) => option.length));
  return lines.map(([option, says]) => `  ${option.padEnd(width)}  ${says}`);
}

/** `breakwater parked …`. @returns the exit code. */
export async function parked(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const asksHelp = args.some((word) => word === '--help' || word === '-h');
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith('-') || name === 'help') {
    if (name !== undefined && !asksHelp && name !== 'help') throw new UsageError(`parked: the command comes first, then ${name}.`);
    terminal.out(help());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw unknownCommand('parked', name, Object.keys(COMMANDS));
  if (asksHelp) {
    terminal.out(helpOf(name, command));
    return 0;
  }
  const given = understood(name, command, rest);
  return command.run(sessionOf(given, terminal), given);
}

/** @throws {UsageError} or the fault of `parseArgs` */
function understood(name: string, command: ParkedCommand, args: readonly string[]): Given {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries({ ...SHARED, ...command.options }).map(([option, { value }]) => [
      option,
      { type: value === undefined ? 'boolean' : 'string' },
    ]),
  );
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [fewest, most] = command.names;
  if (positionals.length < fewest || positionals.length > most)
    throw new UsageError(
      `parked ${name}: ${command.usage === '' ? 'takes no name' : `takes ${command.usage}`}, got ${positionals.length === 0 ? 'none' : positionals.join(' ')}. Example: ${command.example}`,
    );
  return {
    names: positionals,
    text(option) {
      const value = values[option];
      return typeof value === 'string' ? value : undefined;
    },
    flag: (option) => values[option] === true,
  };
}

function sessionOf(given: Given, terminal: Terminal): Session {
  const isLocal = given.flag('local') || given.text('endpoint') !== undefined;
  if (isLocal && given.text('region') !== undefined)
    throw new UsageError('--region: the local engine knows its own; leave one of the two out.');
  const stack = given.text('stack');
  const desk = given.text('desk');
  return {
    terminal,
    json: given.flag('json'),
    yes: given.flag('yes'),
    isLocal,
    now: Date.now,
    desks: () =>
      desksOf(
        { isLocal, endpoint: given.text('endpoint'), region: given.text('region') },
        { ...(stack !== undefined && { stack }), ...(desk !== undefined && { desk }) },
        (line) => terminal.note(`${line}\n`),
      ),
    identity: identityOf,
  };
}
