import type { DeskAnswers, ParkedMessage, ParkedState } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { bytes } from '../../review/facts';
import { word } from '../../review/runbook/shell';
import { factLines } from '../commands/facts';
import { type Cell, type Column, table } from '../commands/table';
import { json, paint, type Terminal } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { UsageError } from '../usage-error';
import { bodyLines } from './body';
import { ask, type Desk } from './desks';
import { traceLink } from './links';
import { askEach, findGroup, isMessage } from './lookup';
import type { DeskSession, ParkedCommand } from './session';
import { age, countsOf, deskDocument, errorOf, number } from './wording';

const STATES: readonly ParkedState[] = ['parked', 'sending', 'sent', 'done', 'returned', 'discarded', 'handed_over'];
const SHOWN = 50;
const PAGE = 100;

/** Messages of a group, oldest first, page by page. */
export async function* messagesOf(
  desk: Desk,
  group: string,
  state: ParkedState,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<ParkedMessage> {
  let cursor: string | undefined;
  let left = most;
  do {
    const page: DeskAnswers['messages'] = await ask(desk, {
      command: 'messages',
      group,
      limit: Math.min(PAGE, left),
      state,
      ...(cursor !== undefined && { cursor }),
    });
    for (const message of page.messages.slice(0, left)) yield message;
    left -= page.messages.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
}

const COLUMNS: readonly Column[] = [
  { head: 'message', kind: 'id' },
  { head: 'state', kind: 'id' },
  { head: 'parked', kind: 'id' },
  { head: 'attempts', kind: 'fact' },
  { head: 'key', kind: 'text' },
  { head: 'error', kind: 'text' },
  { head: 'life', kind: 'fact' },
];

export const list: ParkedCommand = {
  usage: 'GROUP',
  summary: 'messages of a group, oldest first',
  example: 'npx breakwater parked list 3f2a9c1b77d0 --state parked',
  options: {
    state: { value: 'STATE', says: `messages in this state: ${STATES.join(', ')} (default parked)` },
    limit: { value: 'N', says: `at most so many (default ${SHOWN})` },
  },
  names: [1, 1],
  async run(session, given) {
    const { terminal } = session;
    const state = stateOf(given.text('state')) ?? 'parked';
    const limit = wholeNumber('--limit', given.text('limit') ?? String(SHOWN), 1, 100_000);
    const { desk, group } = await findGroup(await session.desks(), given.names[0]!);
    const found: ParkedMessage[] = [];
    // One more than is shown tells whether there are more.
    for await (const message of messagesOf(desk, group.group, state, limit + 1)) found.push(message);
    const shown = found.slice(0, limit);
    const more = found.length > limit;
    if (session.json) {
      terminal.out(json({ desk: deskDocument(desk), group, messages: shown, more }, 2));
      return 0;
    }
    terminal.out(
      `${paint(terminal, 'bold', group.group)} ${showable(errorOf(group))}\n${countsOf(group)}, group ${group.state}, at ${desk.path}\n\n`,
    );
    terminal.out(shown.length === 0 ? `none of its messages is in the state ${state}\n` : messagesTable(terminal, shown, session.now()));
    if (more) terminal.out(`there are more: --limit ${limit * 10}, or npx breakwater parked export ${group.group}\n`);
    return 0;
  },
};

export function stateOf(given: string | undefined): ParkedState | undefined {
  if (given === undefined) return undefined;
  const state = STATES.find((one) => one === given);
  if (state === undefined) throw new UsageError(`--state: must be one of ${STATES.join(', ')}, got ${JSON.stringify(given)}.`);
  return state;
}

function messagesTable(terminal: Terminal, found: readonly ParkedMessage[], now: number): string {
  return table(
    terminal,
    COLUMNS,
    found.map(
      (message): Array<string | Cell> => [
        { text: message.id, colour: 'bold' },
        { text: message.state, colour: message.state === 'returned' ? 'red' : message.state === 'done' ? 'green' : undefined },
        age(message.parkedAt, now),
        message.attempt === undefined ? '' : String(message.attempt),
        message.idempotencyKey ?? '',
        errorOf(message),
        [...(message.former ? [`was ${message.former}`] : []), ...(message.later ? [`now ${message.later}`] : [])].join(', '),
      ],
    ),
  );
}

export const show: ParkedCommand = {
  usage: 'ID',
  summary: 'one message: body, cause, attempts, trace, history',
  example: 'npx breakwater parked show 9c1b77d03f2a5e10',
  options: { full: { says: 'all of the body, however long' } },
  names: [1, 1],
  async run(session, given) {
    const [name] = given.names as [string];
    if (!isMessage(name)) throw new UsageError(`show: ${name} is a group, and this takes a message: \`parked list ${name}\` shows them.`);
    const { desk, answer } = await askEach(await session.desks(), { command: 'show', message: name });
    if (session.json) session.terminal.out(json({ desk: deskDocument(desk), ...answer }, 2));
    else session.terminal.out(`${describe(session, desk, answer, given.flag('full')).join('\n')}\n`);
    return 0;
  },
};

function describe(
  session: DeskSession,
  desk: Desk,
  { message, body, attributes, versions, history }: DeskAnswers['show'],
  full: boolean,
): string[] {
  const { terminal, now } = session;
  const trace = message.traceId === undefined || session.where.isLocal ? undefined : traceLink(message.traceId, desk.region);
  const at = (time: string) => `${showable(time)} (${age(time, now())} ago)`;
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['group', `${message.group} at ${desk.path}`],
    ['state', message.state.replace('_', ' ')],
    ['cause', `${message.reason}: ${errorOf(message)}`],
    ['handler', message.handler],
    ['attempts', message.attempt === undefined ? 'not known' : String(message.attempt)],
    ['accepted', at(message.acceptedAt)],
    ['parked', at(message.parkedAt)],
    ['kept until', message.expiresAt],
    ['key', message.idempotencyKey ?? 'not known: the worker decides on it'],
    ['correlation', message.correlationId],
    ['order group', message.messageGroupId],
    ['trace', trace ?? message.traceId],
    ['former life', message.former],
    ['later life', message.later],
    ['job', message.job],
    ['parking lot', message.lot],
    [
      'body',
      `${message.bodyBytes < 1024 ? `${number(message.bodyBytes)} bytes` : bytes(message.bodyBytes)}${message.redacted ? ', redacted' : ''}${message.edits > 0 ? `, edited ${message.edits} times` : ''}`,
    ],
  ];
  const entries = Object.entries(attributes);
  return [
    paint(terminal, 'bold', message.id),
    ...factLines(facts),
    '',
    'body',
    ...bodyLines(body, full),
    ...(entries.length === 0 ? [] : ['', 'attributes', ...entries.map(([name, value]) => `  ${showable(name)}: ${showable(value)}`)]),
    ...(versions.length === 0
      ? []
      : ['', 'edits', ...versions.map((version) => `  ${showable(`${version.at} ${version.by}: ${version.because}`)}`)]),
    '',
    'history',
    ...(history.length === 0
      ? ['  nobody has done anything with it']
      : history.map(
          (entry) => `  ${showable([entry.at, entry.by, entry.action, entry.detail, entry.because].filter(Boolean).join('  '))}`,
        )),
    ...next(terminal, message),
  ];
}

function next(terminal: Terminal, message: ParkedMessage): string[] {
  if (message.state !== 'parked') return [];
  return [
    '',
    paint(terminal, 'dim', 'next, when the cause is gone:'),
    `  npx breakwater parked redrive ${word(message.group)} --rate 20/s --canary 10`,
  ];
}
