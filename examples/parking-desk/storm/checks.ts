import type { AuditEntry, Operation, ParkedGroup, ParkedState, ParkingJob } from '../../../lib/operate/storm/contract';
import type { CommandLine } from './desk';
import { ALL_CAUSES, CAUSES, type Cause } from './orders';

/** What the operator did. */
export interface Acts {
  /** Groups as they were found. */
  readonly groups: Readonly<Record<Cause, ParkedGroup>>;
  /** Messages sent first. */
  readonly canary: number;
  readonly edited: number;
  readonly struck: Readonly<Record<string, number>> | undefined;
}

/** What the desk says in the end. */
export interface Left {
  readonly groups: readonly ParkedGroup[];
  readonly jobs: readonly ParkingJob[];
  readonly audit: readonly AuditEntry[];
}

export const ORDER_ID = /ord_[a-z0-9]+_\d{6}/;

/**
 * What is wrong with the groups as they were found: they are the five causes, each with its own orders and no other. An order lies there more than once only when its
 * sender sent it again.
 */
export async function foundFaults(
  { events, deliveries }: Pick<Operation, 'events' | 'deliveries'>,
  found: readonly ParkedGroup[],
  desk: Pick<CommandLine, 'messages'>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  if (found.length !== ALL_CAUSES.length) faults.push(`the desk found ${found.length} groups, not the ${ALL_CAUSES.length} causes`);
  for (const cause of ALL_CAUSES) {
    const { error, fault } = CAUSES[cause];
    const [group, ...more] = found.filter(({ errorName }) => errorName === error);
    if (group === undefined || more.length > 0) {
      faults.push(`${cause}: ${more.length > 0 ? `${more.length + 1} groups` : 'no group'} of ${error}`);
      continue;
    }
    if (group.state !== 'open' || group.fault !== fault) faults.push(`${cause}: the group is ${group.state}, ${group.fault}`);
    const planned = events.filter(({ kind }) => kind === cause).map(({ id }) => id);
    const parked = (await desk.messages(group.group, 'parked')).map(({ idempotencyKey = '' }) => ORDER_ID.exec(idempotencyKey)?.[0] ?? '');
    if (group.counts.parked !== parked.length) {
      faults.push(`${cause}: the group counts ${group.counts.parked} messages and lists ${parked.length}`);
    }
    const missing = planned.filter((id) => !parked.includes(id));
    const strange = parked.filter((id) => !planned.includes(id));
    const repeated = planned.filter((id) => parked.filter((one) => one === id).length > (deliveries.get(id) ?? 0));
    for (const [what, ids] of Object.entries({
      'not there': missing,
      'of another cause': strange,
      'there more often than sent': repeated,
    })) {
      if (ids.length > 0) faults.push(`${cause}: ${what}: ${ids.join(' ')}`);
    }
  }
  return faults;
}

/** What is wrong with what the operator's acts came to. */
export function leftFaults({ groups, canary, edited, struck }: Acts, left: Left): readonly string[] {
  const messages = (cause: Cause): number => groups[cause].counts.parked;
  const counts: Readonly<Record<Cause, Partial<Record<ParkedState, number>>>> = {
    'gift without a note': { done: messages('gift without a note') },
    'time in seconds': { done: messages('time in seconds') },
    'quantity in words': { done: messages('quantity in words') },
    'closed shop': { discarded: messages('closed shop') },
    'no carrier': { parked: messages('no carrier'), returned: canary },
  };
  return [
    ...ALL_CAUSES.flatMap((cause) =>
      groupFaults(
        cause,
        counts[cause],
        left.groups.find(({ group }) => group === groups[cause].group),
      ),
    ),
    ...jobFaults(groups, canary, left.jobs),
    ...auditFaults(groups, edited, left),
    ...Object.entries(struck ?? {})
      .filter(([name, times]) => name.startsWith('job ') && times !== 1)
      .map(([name, times]) => `${name}: killed ${times} times, not once`),
  ];
}

function groupFaults(cause: Cause, expected: Partial<Record<ParkedState, number>>, group: ParkedGroup | undefined): string[] {
  if (group === undefined) return [`${cause}: the group is gone`];
  const wrong = Object.entries(group.counts).filter(([state, count]) => count !== (expected[state as ParkedState] ?? 0));
  const state = expected.parked === undefined ? 'resolved' : 'open';
  return [
    ...wrong.map(([name, count]) => `${cause}: ${count} messages are ${name}, not ${expected[name as ParkedState] ?? 0}`),
    ...(group.state === state ? [] : [`${cause}: the group is ${group.state}, not ${state}`]),
    ...(group.job === undefined ? [] : [`${cause}: job ${group.job} still holds the group`]),
  ];
}

/** Four redrives, of which the one of the cause that is still there stopped, and a discard. */
function jobFaults(groups: Acts['groups'], canary: number, jobs: readonly ParkingJob[]): string[] {
  const faults = jobs.length === ALL_CAUSES.length ? [] : [`${jobs.length} jobs, not ${ALL_CAUSES.length}`];
  for (const cause of ALL_CAUSES) {
    const { group, counts } = groups[cause];
    const job = jobs.find((one) => one.group === group);
    if (job === undefined) {
      faults.push(`${cause}: no job`);
      continue;
    }
    const told = `${cause}: the ${job.kind} is ${job.state} after ${JSON.stringify(job.counts)}`;
    if (cause === 'no carrier') {
      const { sent, returned } = job.counts;
      if (job.state !== 'stopped' || !job.because || sent !== canary || returned < 1 || returned > sent) faults.push(told);
    } else if (cause === 'closed shop') {
      if (job.kind !== 'discard' || job.state !== 'finished' || job.counts.discarded !== counts.parked) faults.push(told);
    } else if (job.state !== 'finished' || job.counts.sent !== counts.parked || job.counts.done !== counts.parked) faults.push(told);
  }
  return faults;
}

/** Each act of a person once, and nothing else. */
function auditFaults(groups: Acts['groups'], edited: number, { jobs, audit }: Left): string[] {
  const acts = audit.map(({ action, group }) => `${action} ${group ?? ''}`);
  const expected = [
    ...jobs.map(({ kind, group }) => `${kind} ${group ?? ''}`),
    ...Array<string>(edited).fill(`edit ${groups['quantity in words'].group}`),
  ];
  const wrong = [...new Set([...acts, ...expected])]
    .map((act) => ({ act, found: acts.filter((one) => one === act).length, right: expected.filter((one) => one === act).length }))
    .filter(({ found, right }) => found !== right);
  return [
    ...wrong.map(({ act, found, right }) => `audit: ${act} stands there ${found} times, not ${right}`),
    ...(audit.every(({ by }) => by !== '') ? [] : ['audit: an entry does not say by whom']),
    ...(audit.every(({ action, because }) => !['edit', 'discard'].includes(action) || because)
      ? []
      : ['audit: an edit or a discard does not say why']),
  ];
}
