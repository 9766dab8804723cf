import { type ParseArgsConfig, parseArgs } from 'node:util';
import { showable } from '../../review/diagram/text-width';
import { targetOf } from '../local/engine-request';
import { findProjectEngine } from '../local/project';
import { nearestWord, UsageError, unknownCommand } from '../usage-error';
import { type Access, type Desk, findDesks, type Narrowed } from './desks';
import { groups } from './groups';
import { identityOf } from './identity';
import { list, show } from './messages';
import { redrive } from './redrive';
import type { Given, ParkedCommand, Session } from './session';
import { processTerminal, type Terminal } from './terminal';

const COMMANDS: Readonly<Record<string, ParkedCommand>> = {
  groups,
  list,
  show,
  redrive,
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
    desks: () => desksOf(isLocal, given, terminal, { ...(stack !== undefined && { stack }), ...(desk !== undefined && { desk }) }),
    identity: identityOf,
  };
}

async function desksOf(isLocal: boolean, given: Given, terminal: Terminal, narrowed: Narrowed): Promise<readonly Desk[]> {
  const region = given.text('region');
  const places = isLocal ? await localPlaces(given.text('endpoint'), terminal) : [region === undefined ? {} : { region }];
  const find = async (narrow: Narrowed): Promise<Desk[]> => (await Promise.all(places.map((place) => findDesks(place, narrow)))).flat();
  const desks = await find(narrowed);
  if (desks.length > 0) return desks;
  const { desk, ...wider } = narrowed;
  throw new Error(nothingFound(narrowed, isLocal, desk === undefined ? [] : await find(wider)));
}

/** Each account and Region that stacks of this folder were deployed to. */
async function localPlaces(endpoint: string | undefined, terminal: Terminal): Promise<readonly Access[]> {
  const { engine, environments } = await findProjectEngine(process.cwd(), endpoint, (line) => terminal.note(`${line}\n`));
  const targets = environments.length === 0 ? [targetOf(engine)] : environments.map((environment) => targetOf(engine, environment));
  return targets.map(({ endpoint: url, region, accessKeyId, secretAccessKey }) => ({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey },
  }));
}

function nothingFound({ stack, desk }: Narrowed, isLocal: boolean, others: readonly Desk[]): string {
  const where = stack === undefined ? '' : ` in stack ${stack}`;
  if (desk !== undefined && others.length > 0) {
    const paths = others.map(({ path }) => path);
    const near = nearestWord(desk, paths);
    return showable(
      `no parking desk ${desk}${where}${near === undefined ? '' : `; did you mean ${near}?`} There are: ${paths.join(', ')}.`,
    );
  }
  const looked = isLocal
    ? 'is anything deployed to the local engine (`breakwater local deploy`)?'
    : 'is it the right account and Region (AWS_PROFILE, AWS_REGION, --region), or on the local engine (--local)?';
  return `no parking desk${where}: ${looked} Was the stack deployed since its patterns have a desk, and without \`ParkingLot.queueOnly()\`? A desk is a stack output whose description begins with "Parking desk of".`;
}
