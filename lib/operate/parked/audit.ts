import type { AuditEntry, DeskAnswers } from '../../blocks/parking-contract';
import { type Column, table } from '../commands/table';
import { json, paint } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { ask, type Desk } from './desks';
import { findGroup } from './lookup';
import type { ParkedCommand } from './session';
import { deskDocument } from './wording';

const SHOWN = '50';

const COLUMNS: readonly Column[] = [
  { head: 'when', kind: 'id' },
  { head: 'action', kind: 'id' },
  { head: 'on', kind: 'id' },
  { head: 'by', kind: 'text' },
  { head: 'because', kind: 'text' },
  { head: 'detail', kind: 'text' },
];

export const audit: ParkedCommand = {
  usage: '[GROUP]',
  summary: 'what people did, and why',
  example: 'npx breakwater parked audit 3f2a9c1b77d0',
  options: { limit: { value: 'N', says: `at most so many (default ${SHOWN})` } },
  names: [0, 1],
  async run(session, given) {
    const { terminal } = session;
    const limit = wholeNumber('--limit', given.text('limit') ?? SHOWN, 1, 100_000);
    const desks = await session.desks();
    const [name] = given.names;
    const found = name === undefined ? undefined : await findGroup(desks, name);
    const answers = await Promise.all(
      (found === undefined ? desks : [found.desk]).map(async (desk) => ({
        desk,
        entries: await entriesOf(desk, found?.group.group, limit),
      })),
    );
    if (session.json) terminal.out(json({ desks: answers.map(({ desk, entries }) => ({ ...deskDocument(desk), entries })) }, 2));
    else
      for (const { desk, entries } of answers) {
        terminal.out(`${paint(terminal, 'bold', desk.path)}\n`);
        terminal.out(entries.length === 0 ? '  nobody has done anything\n' : table(terminal, COLUMNS, entries.map(row)));
      }
    return 0;
  },
};

async function entriesOf(desk: Desk, group: string | undefined, limit: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let cursor: string | undefined;
  do {
    const page: DeskAnswers['audit'] = await ask(desk, {
      command: 'audit',
      ...(group !== undefined && { group }),
      ...(cursor !== undefined && { cursor }),
    });
    entries.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined && entries.length < limit);
  return entries.slice(0, limit);
}

function row({ at, action, message, job, group, by, because, detail }: AuditEntry): string[] {
  return [at.slice(0, 19), action, message ?? job ?? group ?? '', by, because ?? '', detail ?? ''];
}
