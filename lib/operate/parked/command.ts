import { type CommandGroup, runCommand } from '../commands/command-group';
import { processTerminal, type Terminal } from '../commands/terminal';
import { audit } from './audit';
import { desksOf } from './desks';
import { discard } from './discard';
import { edit } from './edit';
import { exporting } from './export';
import { groups } from './groups';
import { identityOf } from './identity';
import { adopt, jobChanges, jobs } from './jobs';
import { list, show } from './messages';
import { redrive } from './redrive';
import type { DeskSession, ParkedCommand } from './session';
import { acknowledge, states } from './states';
import { watch } from './watch';

const COMMANDS: Readonly<Record<string, ParkedCommand>> = {
  groups,
  list,
  show,
  redrive,
  edit,
  discard,
  export: exporting,
  watch,
  adopt,
  acknowledge,
  ...states,
  ...jobChanges,
  jobs,
  audit,
};

const PARKED: CommandGroup<DeskSession> = {
  name: 'parked',
  summary: 'what is parked and why, and back with it, by cause',
  commands: COMMANDS,
  kind: ['desk', 'desks'],
  notes: [
    'Works with your AWS credentials: it reads the outputs of your stacks, and invokes the function of the desk it finds there.',
    '`breakwater parked COMMAND --help` tells more about one. Ten minutes to read: docs/parking-desk.md',
  ],
  failure: 'refused, failed, or the job stopped',
  session: (shared) => ({
    ...shared,
    desks: () => desksOf(shared.where, shared.narrowed, shared.progress),
    identity: identityOf,
  }),
};

/** `breakwater parked …`. @returns the exit code. */
export async function parked(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  return runCommand(PARKED, args, terminal);
}
