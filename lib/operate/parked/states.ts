import type { ParkedGroup } from '../../blocks/parking-contract';
import { json } from '../commands/terminal';
import { ask, type Desk } from './desks';
import { findGroup } from './lookup';
import { timeOf } from './options';
import type { DeskSession, ParkedCommand } from './session';
import { signed } from './signed';
import { countsOf, deskDocument } from './wording';

const QUIET = '8h';

export const acknowledge: ParkedCommand = {
  usage: 'GROUP',
  summary: 'you have seen it: its alarm is quiet for a time',
  example: 'npx breakwater parked acknowledge 3f2a9c1b77d0 --for 8h',
  options: { for: { value: 'TIME', says: `how long, such as 90min, 8h or 2d (default ${QUIET}); then it opens and rings again` } },
  names: [1, 1],
  async run(session, given) {
    const time = timeOf('--for', given.text('for') ?? QUIET);
    const { desk, group } = await findGroup(await session.desks(), given.names[0]!);
    const by = await signed(session, desk);
    const until = new Date(session.now() + time).toISOString();
    const answer = await ask(desk, { command: 'acknowledge', group: group.group, until, by });
    return tell(session, desk, answer.group);
  },
};

const STATES = {
  resolve: 'nothing waits in it any more; it opens again when its cause returns',
  ignore: 'it never rings again, whatever comes',
  reopen: 'somebody has to decide again',
} as const;

/** Commands that put a group into a state. */
export const states = Object.fromEntries(
  Object.entries(STATES).map(([name, summary]) => [name, changing(name as keyof typeof STATES, summary)]),
);

function changing(command: keyof typeof STATES, summary: string): ParkedCommand {
  return {
    usage: 'GROUP',
    summary,
    example: `npx breakwater parked ${command} 3f2a9c1b77d0 --because "see ticket 4711"`,
    options: { because: { value: 'TEXT', says: 'why; stands in the audit list' } },
    names: [1, 1],
    async run(session, given) {
      const { desk, group } = await findGroup(await session.desks(), given.names[0]!);
      const because = given.text('because');
      const by = await signed(session, desk);
      const answer = await ask(desk, { command, group: group.group, by, ...(because !== undefined && { because }) });
      return tell(session, desk, answer.group);
    },
  };
}

function tell({ terminal, json: isForScripts }: DeskSession, desk: Desk, group: ParkedGroup): number {
  if (isForScripts) terminal.out(json({ desk: deskDocument(desk), group }, 2));
  else {
    const until = group.state === 'acknowledged' && group.acknowledged ? ` until ${group.acknowledged.until}` : '';
    terminal.out(`${group.group} is ${group.state}${until}: ${countsOf(group)}\n`);
  }
  return 0;
}
