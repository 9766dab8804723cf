import type { Command } from '../commands/command-group';
import type { Session } from '../commands/session';
import type { Night } from './nights';

/** What every `nights` command works with. */
export interface NightSession extends Session {
  /** @throws when there is none */
  nights(): Promise<readonly Night[]>;
}

export type NightCommand = Command<NightSession>;
