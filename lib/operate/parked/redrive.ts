import type { ParkedGroup, ParkingJob } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { confirmed } from '../commands/confirm';
import { json, paint } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { ask, type Desk } from './desks';
import { findGroup, findMessages, isMessage } from './lookup';
import { rateOf } from './options';
import { costOf, planText, question } from './plan';
import { follow } from './progress';
import type { DeskSession, ParkedCommand } from './session';
import { signed } from './signed';
import { deskDocument, errorOf } from './wording';

const RATE = '20/s';
const CANARY = '10';

export const redrive: ParkedCommand = {
  usage: 'GROUP | ID...',
  summary: 'send messages back to their queue: a plan, a canary, then the rest at a rate',
  example: 'npx breakwater parked redrive 3f2a9c1b77d0 --rate 20/s --canary 10',
  options: {
    rate: { value: 'RATE', says: `messages a second or a minute, such as 20/s or 30/min (default ${RATE})` },
    canary: { value: 'N', says: `messages sent first, whose ends are waited for; 0 for none (default ${CANARY})` },
    detach: { says: 'return as soon as the job has begun' },
  },
  names: [1, 100],
  async run(session, given) {
    const { terminal } = session;
    const rate = rateOf(given.text('rate') ?? RATE);
    const canary = wholeNumber('--canary', given.text('canary') ?? CANARY, 0, 100_000);
    const target = await targetOf(await session.desks(), given.names);
    const { desk, group, messages } = target;
    const { plan } = await ask(desk, { command: 'plan', group: group.group, rate, canary });
    const count = messages?.length ?? plan.messages;
    const document = { desk: deskDocument(desk), plan, cost: costOf(plan, count) };
    const tell = session.json ? terminal.note : terminal.out;
    tell(`${paint(terminal, 'bold', `redrive of ${group.group}`)} ${showable(errorOf(group))} at ${desk.path}\n`);
    if (count === 0) {
      tell('nothing is parked in it\n');
      if (session.json) terminal.out(json(document, 2));
      return 0;
    }
    tell(planText(terminal, plan, count));
    if (messages !== undefined)
      tell(`  ${'looked at'.padEnd(14)}  the whole group: ${plan.messages} are parked in it, ${count} of them are meant\n`);
    if (count > 1 && !(await confirmed(session, question(count, group.group)))) return 1;
    const by = await signed(session, desk);
    const { job } = await ask(desk, { command: 'redrive', group: group.group, ...(messages && { messages }), rate, canary, by });
    return seeThrough(session, desk, job, given.flag('detach'), document);
  },
};

interface Target {
  readonly desk: Desk;
  readonly group: ParkedGroup;
  /** Only these of the group. */
  readonly messages?: readonly string[];
}

/** A group, or some messages of one. */
export async function targetOf(desks: readonly Desk[], names: readonly string[]): Promise<Target> {
  if (names.length === 1 && !isMessage(names[0]!)) return findGroup(desks, names[0]!);
  const found = await findMessages(desks, names);
  const { group } = await findGroup([found.desk], found.group);
  return { desk: found.desk, group, messages: found.messages.map(({ id }) => id) };
}

/** Shows a job that has just begun until its end, unless it is left to itself. @returns the exit code: 1 when it stopped */
export async function seeThrough(
  session: DeskSession,
  desk: Desk,
  begun: ParkingJob,
  isDetached: boolean,
  document: object,
): Promise<number> {
  const { terminal } = session;
  if (isDetached) terminal.note(`job ${begun.id} has begun: \`parked jobs ${begun.id}\` shows it, \`parked stop ${begun.id}\` stops it\n`);
  const { job, seenToItsEnd } = isDetached ? { job: begun, seenToItsEnd: false } : await follow(session, desk, begun);
  if (session.json) terminal.out(json({ ...document, job }, 2));
  if (!seenToItsEnd || job.state !== 'stopped') return 0;
  if (!session.json && job.group !== undefined) terminal.out(`next: npx breakwater parked list ${job.group} --state returned\n`);
  return 1;
}
