import { type CommandGroup, runCommand } from '../commands/command-group';
import { processTerminal, type Terminal } from '../commands/terminal';
import { assign } from './assign';
import { breaks } from './breaks';
import { nightsOf } from './nights';
import { runs } from './runs';
import type { NightSession } from './session';
import { show } from './show';
import { starts } from './start';

const NIGHTS: CommandGroup<NightSession> = {
  name: 'nights',
  summary: 'nightly reconciliations: what is open and whose it is, what runs came to, and dates to start again',
  commands: { runs, breaks, show, assign, ...starts },
  kind: ['night', 'nights'],
  notes: [
    'Works with your AWS credentials: it reads the outputs of your stacks, the break register it finds there, and invokes the start function.',
    '`breakwater nights COMMAND --help` tells more about one. What alarms mean: docs/runbook.md',
  ],
  failure: 'refused or failed',
  session: (shared) => ({ ...shared, nights: () => nightsOf(shared.where, shared.narrowed, shared.progress) }),
};

/** `breakwater nights …`. @returns the exit code. */
export async function nights(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  return runCommand(NIGHTS, args, terminal);
}
