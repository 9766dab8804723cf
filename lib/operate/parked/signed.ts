import { showable } from '../../markup/showable';
import type { Desk } from './desks';
import type { DeskSession } from './session';

/** Under whose name a change will stand in the audit list; says so. */
export async function signed(session: DeskSession, desk: Desk): Promise<string> {
  const { by, note } = await session.identity(desk.access);
  session.terminal.note(`${note === undefined ? '' : `${note}\n`}as ${showable(by)}\n`);
  return by;
}
