import { showable } from '../../markup/showable';
import { confirmed } from '../commands/confirm';
import { ask } from './desks';
import { reason } from './options';
import { seeThrough, targetOf } from './redrive';
import type { ParkedCommand } from './session';
import { signed } from './signed';
import { deskDocument, errorOf, messages } from './wording';

export const discard: ParkedCommand = {
  usage: 'GROUP | ID...',
  summary: 'decide that messages need no effect; says why, and is an event',
  example: 'npx breakwater parked discard 3f2a9c1b77d0 --because "test orders of the load test"',
  options: {
    because: { value: 'TEXT', says: 'why; stands in the audit list and in the event' },
    detach: { says: 'return as soon as the job has begun' },
  },
  names: [1, 100],
  async run(session, given) {
    const because = reason('discard', given.text('because'));
    const { desk, group, messages: named } = await targetOf(await session.desks(), given.names);
    const count = named?.length ?? group.counts.parked;
    if (count === 0) {
      session.terminal.note(`nothing is parked in ${group.group}\n`);
      return 0;
    }
    const question = `Discard ${messages(count)} of group ${group.group} (${showable(errorOf(group))}) for good?`;
    if (count > 1 && !(await confirmed(session, question))) return 1;
    const by = await signed(session, desk);
    const { job } = await ask(desk, { command: 'discard', group: group.group, ...(named && { messages: named }), because, by });
    return seeThrough(session, desk, job, given.flag('detach'), { desk: deskDocument(desk) });
  },
};
