import { showable } from '../../markup/showable';
import type { Desk } from './desks';
import type { Session } from './session';

/** Asks before more than one message is changed. @returns false when the answer isn't yes @throws without anybody to answer */
export async function confirmed({ terminal, yes }: Session, question: string): Promise<boolean> {
  if (yes) return true;
  if (!terminal.answers)
    throw new Error(`${question} Nobody is here to answer: give --yes when that is what you want. Nothing was changed.`);
  const answer = await terminal.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  terminal.note('nothing was changed\n');
  return false;
}

/** Under whose name a change will stand in the audit list; says so. */
export async function signed(session: Session, desk: Desk): Promise<string> {
  const { by, note } = await session.identity(desk.access);
  session.terminal.note(`${note === undefined ? '' : `${note}\n`}as ${showable(by)}\n`);
  return by;
}
