import type { Command } from '../commands/command-group';
import type { Access } from '../commands/places';
import type { Session } from '../commands/session';
import type { Desk } from './desks';
import type { Identity } from './identity';

/** What every `parked` command works with. */
export interface DeskSession extends Session {
  /** @throws when there is none */
  desks(): Promise<readonly Desk[]>;
  /** Who changes something. */
  identity(access: Access): Promise<Identity>;
}

export type ParkedCommand = Command<DeskSession>;
