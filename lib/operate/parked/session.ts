import type { Access, Desk } from './desks';
import type { Identity } from './identity';
import type { Terminal } from './terminal';

/** What every `parked` command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Whether a script reads: documents on standard output, nothing else there. */
  readonly json: boolean;
  /** Whether questions were answered beforehand. */
  readonly yes: boolean;
  readonly isLocal: boolean;
  readonly now: () => number;
  /** @throws when there is none */
  desks(): Promise<readonly Desk[]>;
  /** Who changes something. */
  identity(access: Access): Promise<Identity>;
}

/** Words and options of one command, as they were typed. */
export interface Given {
  readonly names: readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
}

export interface ParkedCommand {
  /** What follows the command's name. */
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  /** What each option says, by name; those with a value name it. */
  readonly options?: Readonly<Record<string, { readonly value?: string; readonly says: string }>>;
  /** Fewest and most names that follow. */
  readonly names: readonly [fewest: number, most: number];
  /** @returns the exit code */
  run(session: Session, given: Given): Promise<number>;
}
