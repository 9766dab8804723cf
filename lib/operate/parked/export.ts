import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ParkedMessage, ParkedState } from '../../blocks/parking-contract';
import { Refusal } from '../commands/invoke';
import { json } from '../commands/terminal';
import { ask, type Desk } from './desks';
import { askEach, findGroup, isMessage } from './lookup';
import { messagesOf, stateOf } from './messages';
import type { ParkedCommand } from './session';
import { deskDocument, messages } from './wording';

/** Bodies that are fetched at the same time. */
const AT_ONCE = 8;

export const exporting: ParkedCommand = {
  usage: 'GROUP | ID...',
  summary: 'messages with their bodies, one JSON object a line',
  example: 'npx breakwater parked export 3f2a9c1b77d0 --to parked/',
  options: {
    to: { value: 'DIR | -', says: 'a file a name in this folder, readable by you alone (default -: standard output)' },
    state: { value: 'STATE', says: 'of a group, only messages in this state (default parked)' },
  },
  names: [1, 100],
  async run(session, given) {
    const { terminal } = session;
    const state = stateOf(given.text('state')) ?? 'parked';
    const desks = await session.desks();
    const to = given.text('to') ?? '-';
    for (const name of given.names) {
      const lines = linesOf(desks, name, state);
      if (to === '-') for await (const line of lines) terminal.out(line);
      else {
        const { file, count } = await written(to, name, lines);
        const tell = session.json ? terminal.note : terminal.out;
        tell(`${file}: ${messages(count)}\n`);
      }
    }
    return 0;
  },
};

async function* linesOf(desks: readonly Desk[], name: string, state: ParkedState): AsyncGenerator<string> {
  if (isMessage(name)) {
    const { desk, answer } = await askEach(desks, { command: 'show', message: name });
    yield json({ desk: deskDocument(desk), ...answer });
    return;
  }
  const { desk, group } = await findGroup(desks, name);
  let page: ParkedMessage[] = [];
  const fetched = async function* () {
    const answers = await Promise.all(page.map((message) => withBody(desk, message)));
    page = [];
    for (const answer of answers) yield json({ desk: deskDocument(desk), ...answer });
  };
  for await (const message of messagesOf(desk, group.group, state)) {
    page.push(message);
    if (page.length === AT_ONCE) yield* fetched();
  }
  yield* fetched();
}

/** One body that can't be had, because it is too large or gone, does not keep the others: its line says why. */
async function withBody(desk: Desk, message: ParkedMessage): Promise<object> {
  try {
    return await ask(desk, { command: 'show', message: message.id });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { message, refused: error.message };
  }
}

/** Written beside and moved when it is whole, so that half an export is never taken for one. Bodies are nobody else's business. */
async function written(
  folder: string,
  name: string,
  lines: AsyncIterable<string>,
): Promise<{ readonly file: string; readonly count: number }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${name}.jsonl`);
  let count = 0;
  const counted = async function* () {
    for await (const line of lines) {
      yield line;
      count += 1;
    }
  };
  await pipeline(Readable.from(counted()), createWriteStream(`${file}.part`, { mode: 0o600 }));
  renameSync(`${file}.part`, file);
  return { file, count };
}
