import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ParkedBody } from '../../blocks/parking-contract';
import { json } from '../commands/terminal';
import { UsageError } from '../usage-error';
import { bytesOf } from './body';
import { ask, type Desk } from './desks';
import { compacted, indented } from './json-text';
import { askEach, isMessage } from './lookup';
import { reason } from './options';
import type { DeskSession, ParkedCommand } from './session';
import { signed } from './signed';
import { deskDocument } from './wording';

export const edit: ParkedCommand = {
  usage: 'ID',
  summary: 'change the event of one message before it is sent; the original is kept',
  example: 'npx breakwater parked edit 9c1b77d03f2a5e10 --because "currency was missing"',
  options: {
    because: { value: 'TEXT', says: 'why; stands in the audit list' },
    file: { value: 'FILE', says: 'take the event from this file (default: $VISUAL or $EDITOR opens it)' },
  },
  names: [1, 1],
  async run(session, given) {
    const { terminal } = session;
    const [id] = given.names as [string];
    if (!isMessage(id)) throw new UsageError(`edit: ${id} is a group, and this takes a message: \`parked list ${id}\` shows them.`);
    const because = reason('edit', given.text('because'));
    const { desk, answer } = await askEach(await session.desks(), { command: 'show', message: id });
    const file = given.text('file');
    if (file !== undefined) return store(session, desk, { id, before: answer.body, after: readFileSync(file), because });
    if (answer.body.encoding === 'base64') throw new UsageError(`edit: the event of ${id} is not text: give --file FILE.`);
    if (!terminal.answers) throw new UsageError('edit: nobody is here to edit: give --file FILE.');
    const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-edit-'));
    const draft = path.join(folder, indented(answer.body.data) === undefined ? `${id}.txt` : `${id}.json`);
    writeFileSync(draft, indented(answer.body.data) ?? answer.body.data, { mode: 0o600 });
    try {
      await openEditor(draft);
      const code = await store(session, desk, { id, before: answer.body, after: readFileSync(draft), because });
      rmSync(folder, { recursive: true });
      return code;
    } catch (error) {
      terminal.note(`your text is kept: ${draft}; mend it and give it with --file, or delete it\n`);
      throw error;
    }
  },
};

interface Edit {
  readonly id: string;
  readonly before: ParkedBody;
  readonly after: Buffer;
  readonly because: string;
}

async function store(session: DeskSession, desk: Desk, { id, before, after, because }: Edit): Promise<number> {
  const { terminal } = session;
  const body = bodyOf(before, after);
  if (body === undefined) {
    terminal.note('nothing differs: nothing was changed\n');
    return 0;
  }
  if (body.encoding === 'utf8' && indented(before.data) !== undefined && indented(body.data) === undefined) {
    throw new Error(`the event was JSON and is not any more: ${jsonFault(body.data)}. Nothing was changed.`);
  }
  const by = await signed(session, desk);
  const { message, validated } = await ask(desk, { command: 'edit', message: id, body, because, by });
  if (session.json) terminal.out(json({ desk: deskDocument(desk), message, validated }, 2));
  else {
    const checked = validated === 'valid' ? "the worker's schema takes it" : 'not validated: the desk knows no schema of it';
    terminal.out(`${id} is edited, ${checked}; the original is kept\nnext: npx breakwater parked redrive ${id}\n`);
  }
  return 0;
}

/** @returns undefined when nothing differs but white space between the parts of JSON, or the line end that an editor adds */
function bodyOf(before: ParkedBody, after: Buffer): ParkedBody | undefined {
  if (before.encoding === 'base64')
    return bytesOf(before).equals(after) ? undefined : { encoding: 'base64', data: after.toString('base64') };
  const read = after.toString('utf8');
  if (!Buffer.from(read, 'utf8').equals(after)) throw new Error('the edited event is not UTF-8 text. Nothing was changed.');
  const text = read.endsWith('\n') && !before.data.endsWith('\n') ? read.replace(/\r?\n$/, '') : read;
  return compacted(text) === compacted(before.data) ? undefined : { encoding: 'utf8', data: text };
}

function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** As git does: the variable may hold options, and a shell reads it. */
async function openEditor(file: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
  const child = spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`the editor (${editor}) ended with ${code}. Nothing was changed.`);
}
