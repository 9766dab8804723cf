import type { ParkingJob } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { word } from '../../review/runbook/shell';
import { confirmed } from '../commands/confirm';
import { type Column, table } from '../commands/table';
import { json, paint } from '../commands/terminal';
import { ask } from './desks';
import { askEach } from './lookup';
import { isOver, jobCounts, jobLine } from './progress';
import { seeThrough } from './redrive';
import type { ParkedCommand } from './session';
import { signed } from './signed';
import { age, deskDocument } from './wording';

const COLUMNS: readonly Column[] = [
  { head: 'job', kind: 'id' },
  { head: 'kind', kind: 'id' },
  { head: 'state', kind: 'id' },
  { head: 'group', kind: 'id' },
  { head: 'begun', kind: 'id' },
  { head: 'messages', kind: 'fact' },
  { head: 'by', kind: 'text' },
  { head: 'because', kind: 'text' },
];

export const jobs: ParkedCommand = {
  usage: '[JOB]',
  summary: 'redrives and other jobs, or one of them until it is over',
  example: 'npx breakwater parked jobs',
  options: { detach: { says: 'of one job, say how it stands and return' } },
  names: [0, 1],
  async run(session, given) {
    const { terminal } = session;
    const desks = await session.desks();
    const [name] = given.names;
    if (name !== undefined) {
      const { desk, answer } = await askEach(desks, { command: 'job', job: name });
      if (given.flag('detach') && !session.json) terminal.out(`${jobLine(answer.job)}\n`);
      if (!given.flag('detach')) return seeThrough(session, desk, answer.job, false, { desk: deskDocument(desk) });
      if (session.json) terminal.out(json({ desk: deskDocument(desk), job: answer.job }, 2));
      return 0;
    }
    const answers = await Promise.all(desks.map(async (desk) => ({ desk, jobs: sorted((await ask(desk, { command: 'jobs' })).jobs) })));
    if (session.json) terminal.out(json({ desks: answers.map((one) => ({ ...deskDocument(one.desk), jobs: one.jobs })) }, 2));
    else
      for (const { desk, jobs: found } of answers) {
        terminal.out(`${paint(terminal, 'bold', desk.path)}\n`);
        terminal.out(
          found.length === 0
            ? '  no jobs\n'
            : table(
                terminal,
                COLUMNS,
                found.map((job) => row(job, session.now())),
              ),
        );
      }
    return 0;
  },
};

/** What goes on before what is over, the latest first. */
function sorted(found: readonly ParkingJob[]): ParkingJob[] {
  return [...found].sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.startedAt.localeCompare(a.startedAt));
}

function row(job: ParkingJob, now: number): string[] {
  return [job.id, job.kind, job.state, job.group ?? '', age(job.startedAt, now), jobCounts(job), job.by, job.because ?? ''];
}

const CHANGES = {
  pause: 'a job sends nothing more until it is resumed',
  resume: 'a paused job, or a stopped one, goes on where it was',
  stop: 'ends a job: what was sent stays sent, the rest stays parked',
} as const;

/** Commands that change a job. */
export const jobChanges = Object.fromEntries(
  Object.entries(CHANGES).map(([name, summary]) => [name, changing(name as keyof typeof CHANGES, summary)]),
);

function changing(command: keyof typeof CHANGES, summary: string): ParkedCommand {
  return {
    usage: 'JOB',
    summary,
    example: `npx breakwater parked ${command} JOB`,
    names: [1, 1],
    async run(session, given) {
      const { terminal } = session;
      const { desk } = await askEach(await session.desks(), { command: 'job', job: given.names[0]! });
      const by = await signed(session, desk);
      const { job } = await ask(desk, { command, job: given.names[0]!, by });
      terminal.out(session.json ? json({ desk: deskDocument(desk), job }, 2) : `${jobLine(job)}\n`);
      return 0;
    },
  };
}

export const adopt: ParkedCommand = {
  usage: 'QUEUE',
  summary: 'take what lies in a dead-letter queue that the desk was given, and group it',
  example: 'npx breakwater parked adopt old-orders-dlq',
  options: { detach: { says: 'return as soon as the job has begun' } },
  names: [1, 1],
  async run(session, given) {
    const [queue] = given.names as [string];
    const desks = await session.desks();
    const at = desks.map(({ path }) => path).join(' or ');
    if (!(await confirmed(session, `Take all messages out of ${showable(queue)} into the desk of ${at}?`))) return 1;
    const by = await signed(session, desks[0]!);
    const { desk, answer } = await askEach(desks, { command: 'adopt', queue, by });
    const code = await seeThrough(session, desk, answer.job, given.flag('detach'), { desk: deskDocument(desk) });
    if (!session.json) session.terminal.out(`next: npx breakwater parked groups --desk ${word(desk.path)}\n`);
    return code;
  },
};
