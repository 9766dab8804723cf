import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Kill, Operated, Operation, ParkedGroup } from '../../../lib/operate/storm/contract';
import { type Acts, foundFaults, leftFaults } from './checks';
import { ALL, CommandLine } from './desk';
import { ALL_CAUSES, CAUSES, type Cause } from './orders';

/** Messages a second. */
const RATE = '50/s';
const LARGEST_CANARY = 10;
/** Timeout of the job function in this storm, in place of a minute. */
export const STEP_SECONDS = 12;
/** `breakwater parked redrive` ends so when its job stopped by itself. */
const STOPPED = 1;

/** What a person does at the desk after the orders are in. Groups that have nothing to do with each other are worked on at the same time. */
export async function operate(operation: Operation): Promise<Operated> {
  const desk = new CommandLine(operation);
  const table = await operation.parked(['groups']);
  const found = await desk.groups();
  const faults = await foundFaults(operation, found, desk);
  // Whoever acts on what is not there would hide it.
  if (faults.length > 0) return { pages: [{ title: 'parked groups', text: table }], record: { found }, faults };
  const groupOf = (cause: Cause): ParkedGroup => found.find(({ errorName }) => errorName === CAUSES[cause].error)!;
  const canaryOf = ({ counts }: ParkedGroup): number => Math.min(LARGEST_CANARY, Math.ceil(counts.parked / 3));
  const redrive = (cause: Cause, expected: number): Promise<string> => {
    const group = groupOf(cause);
    operation.progress(`redriving ${group.counts.parked} messages: ${cause}`);
    return operation.parked(['redrive', group.group, '--rate', RATE, '--canary', String(canaryOf(group)), '--yes'], [expected]);
  };

  const unmended = await redrive('no carrier', STOPPED);
  const stopped = (await desk.jobs()).find(({ group }) => group === groupOf('no carrier').group)?.id ?? '';
  const howItStopped = await operation.parked(['jobs', stopped, '--detach']);
  await operation.deploy({ fixed: 'true' });
  operation.progress(
    `a step of a job that is killed is taken up after ${STEP_SECONDS} s on this engine, not after the minute a step may take`,
  );
  operation.arm(await jobKills(operation, desk, groupOf));
  const editAndRedrive = async (): Promise<number> => {
    const count = await editAll(operation, desk, groupOf('quantity in words'));
    await redrive('quantity in words', 0);
    return count;
  };
  const discard = ['discard', groupOf('closed shop').group, '--because', 'the shop is closed, its customers are refunded', '--yes'];
  const [edited] = await Promise.all([
    editAndRedrive(),
    redrive('gift without a note', 0),
    redrive('time in seconds', 0),
    operation.parked(discard),
  ]);
  await operation.quiet();

  const groups = await desk.groups();
  const jobs = await desk.jobs();
  const audit = await desk.audit();
  const acts: Acts = {
    groups: Object.fromEntries(ALL_CAUSES.map((cause) => [cause, groupOf(cause)])) as Acts['groups'],
    canary: canaryOf(groupOf('no carrier')),
    edited,
    struck: operation.struck(),
  };
  return {
    pages: [
      { title: 'parked groups', text: table },
      { title: 'parked redrive of a group whose cause is still there', text: `${unmended}\n${howItStopped}` },
      { title: 'parked groups, after all', text: await operation.parked(['groups']) },
      { title: 'parked jobs', text: await operation.parked(['jobs']) },
      { title: 'parked audit', text: abridged(await operation.parked(['audit', '--limit', ALL])) },
    ],
    record: { found, groups, jobs, audit },
    faults: leftFaults(acts, { groups, jobs, audit }),
  };
}

/**
 * Two jobs are killed in their last batch: one when its messages are on the queue and it has not heard so, the other when they are to be sent and it has not heard that
 * this is written.
 */
async function jobKills({ outputs }: Operation, desk: CommandLine, groupOf: (cause: Cause) => ParkedGroup): Promise<Kill[]> {
  const lastOf = async (cause: Cause): Promise<string> => (await desk.messages(groupOf(cause).group, 'parked')).at(-1)!.id;
  return [
    {
      name: 'job after it sent',
      operation: 'sqs:SendMessageBatch',
      moment: 'after',
      holding: [outputs.QueueUrl!, await lastOf('gift without a note')],
    },
    {
      name: 'job after its transaction',
      operation: 'dynamodb:TransactWriteItems',
      moment: 'after',
      holding: ['sending', await lastOf('time in seconds')],
    },
  ];
}

/** Writes the number that the customer meant, message by message. @returns how many */
async function editAll(operation: Operation, desk: CommandLine, { group }: ParkedGroup): Promise<number> {
  const messages = await desk.messages(group, 'parked');
  operation.progress(`editing ${messages.length} messages`);
  const folder = await mkdtemp(path.join(tmpdir(), 'breakwater-edited-'));
  try {
    for (const { id } of messages) {
      const file = path.join(folder, `${id}.json`);
      await writeFile(file, (await desk.body(id)).replace('"three"', '3'));
      await operation.parked(['edit', id, '--file', file, '--because', 'the customer meant three', '--yes']);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return messages.length;
}

/** The edits are alike: the first of them is shown. */
function abridged(audit: string): string {
  const lines = audit.split('\n');
  const isEdit = (line: string): boolean => /\bedit\b/.test(line);
  const first = lines.findIndex(isEdit);
  const edits = lines.filter(isEdit).length;
  return lines
    .flatMap((line, index) => {
      if (!isEdit(line) || edits < 3) return [line];
      return index === first ? [line, `… and ${edits - 1} more edits`] : [];
    })
    .join('\n');
}
