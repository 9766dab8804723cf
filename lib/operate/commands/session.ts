import type { Progress } from '../local/contract';
import type { Narrowed, Where } from './places';
import type { Terminal } from './terminal';

/** What every command on what is deployed works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Whether a script reads: documents on standard output, nothing else there. */
  readonly json: boolean;
  /** Whether questions were answered beforehand. */
  readonly yes: boolean;
  readonly where: Where;
  readonly narrowed: Narrowed;
  readonly progress: Progress;
  readonly now: () => number;
}
