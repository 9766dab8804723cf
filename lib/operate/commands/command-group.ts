import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError, unknownCommand } from '../usage-error';
import type { Session } from './session';
import type { Terminal } from './terminal';

/** Words and options of one command, as they were typed. */
export interface Given {
  readonly names: readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

/** What each option says, by name; those with a value name it. */
export type Options = Readonly<Record<string, { readonly value?: string; readonly says: string }>>;

export interface Command<Its extends Session> {
  /** What follows the command's name. */
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly options?: Options;
  /** Fewest and most names that follow. */
  readonly names: readonly [fewest: number, most: number];
  /** @returns the exit code */
  run(session: Its, given: Given): Promise<number>;
}

/** Commands on one kind of what is deployed: `breakwater GROUP COMMAND …`. */
export interface CommandGroup<Its extends Session> {
  readonly name: string;
  readonly summary: string;
  readonly commands: Readonly<Record<string, Command<Its>>>;
  /** What one of its kind is called, singular and plural; the singular is the option that names one by its path. */
  readonly kind: readonly [one: string, several: string];
  /** What it works with, and where more is told. */
  readonly notes: readonly string[];
  /** What exit code 1 means. */
  readonly failure: string;
  session(shared: Session): Its;
}

function sharedOptions<Its extends Session>({ kind: [one, several] }: CommandGroup<Its>): Options {
  return {
    stack: { value: 'NAME', says: `only ${several} of this stack` },
    [one]: { value: 'PATH', says: `only the ${one} of this construct, or of those inside it` },
    local: { says: 'on the local engine of this folder (`breakwater local up`)' },
    endpoint: { value: 'URL', says: 'on a local engine that was started otherwise' },
    region: { value: 'NAME', says: 'AWS Region (default: as for the AWS CLI)' },
    json: { says: 'for scripts' },
    yes: { says: 'no questions' },
  };
}

function help<Its extends Session>(group: CommandGroup<Its>): string {
  const { name: called, summary: what, commands, notes, failure } = group;
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    `breakwater ${called}: ${what}`,
    '',
    `usage: breakwater ${called} COMMAND [options]`,
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'options of all',
    ...optionLines(sharedOptions(group)),
    '',
    ...notes,
    '',
    `exit code: 0 done; 1 ${failure}; 2 not understood`,
    '',
  ].join('\n');
}

function helpOf<Its extends Session>(group: CommandGroup<Its>, name: string, { usage, summary, example, options }: Command<Its>): string {
  return [
    `breakwater ${group.name} ${name}: ${summary}`,
    '',
    `usage: breakwater ${group.name} ${name}${usage === '' ? '' : ` ${usage}`} [options]`,
    '',
    ...optionLines({ ...options, ...sharedOptions(group) }),
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

/** Runs a command of a group. @returns the exit code. */
export async function runCommand<Its extends Session>(
  group: CommandGroup<Its>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const asksHelp = args.some((word) => word === '--help' || word === '-h');
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith('-') || name === 'help') {
    if (name !== undefined && !asksHelp && name !== 'help') throw new UsageError(`${group.name}: the command comes first, then ${name}.`);
    terminal.out(help(group));
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(group.commands, name) ? group.commands[name] : undefined;
  if (command === undefined) throw unknownCommand(group.name, name, Object.keys(group.commands));
  if (asksHelp) {
    terminal.out(helpOf(group, name, command));
    return 0;
  }
  const given = understood(group, name, command, rest);
  return command.run(group.session(sharedSession(group, given, terminal)), given);
}

/** @throws {UsageError} or the fault of `parseArgs` */
function understood<Its extends Session>(group: CommandGroup<Its>, name: string, command: Command<Its>, args: readonly string[]): Given {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries({ ...sharedOptions(group), ...command.options }).map(([option, { value }]) => [
      option,
      { type: value === undefined ? 'boolean' : 'string' },
    ]),
  );
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [fewest, most] = command.names;
  if (positionals.length < fewest || positionals.length > most)
    throw new UsageError(
      `${group.name} ${name}: ${command.usage === '' ? 'takes no name' : `takes ${command.usage}`}, got ${positionals.length === 0 ? 'none' : positionals.join(' ')}. Example: ${command.example}`,
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

function sharedSession<Its extends Session>({ kind: [one] }: CommandGroup<Its>, given: Given, terminal: Terminal): Session {
  const isLocal = given.flag('local') || given.text('endpoint') !== undefined;
  if (isLocal && given.text('region') !== undefined)
    throw new UsageError('--region: the local engine knows its own; leave one of the two out.');
  const stack = given.text('stack');
  const path = given.text(one);
  return {
    terminal,
    json: given.flag('json'),
    yes: given.flag('yes'),
    where: { isLocal, endpoint: given.text('endpoint'), region: given.text('region') },
    narrowed: { ...(stack !== undefined && { stack }), ...(path !== undefined && { path }) },
    progress: (line) => terminal.note(`${line}\n`),
    now: Date.now,
  };
}
