import { type CommandGroup, runCommand } from '../commands/command-group';
import { processTerminal, type Terminal } from '../commands/terminal';
import { cancel, pause, progress, resume } from './event-commands';
import { type FanoutSession, onlyFanout } from './fanouts';
import { recipients, suppress, unsuppress } from './recipient-commands';
import { timeline } from './timeline';

export const FANOUT_COMMANDS: CommandGroup<FanoutSession> = {
  name: 'notifications',
  summary: 'what a deployed fan-out is at: events and how far they are planned, recipients and what became of their messages',
  commands: { progress, pause, resume, cancel, timeline, recipients, suppress, unsuppress },
  kind: ['fanout', 'fan-outs'],
  notes: [
    'Works with your AWS credentials: it reads the outputs of your stacks, and the table and queues that it finds there.',
    '`breakwater notifications preview --help` tells what a rules file would do; that needs nothing deployed.',
  ],
  failure: 'refused or failed',
  session: (shared) => ({ ...shared, fanout: () => onlyFanout(shared.where, shared.narrowed, shared.progress) }),
};

/** `breakwater notifications progress …`. @returns the exit code */
export function deployedNotifications(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  return runCommand(FANOUT_COMMANDS, args, terminal);
}
