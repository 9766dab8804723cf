import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { ParkedState } from '../../blocks/parking-contract';
import { type Arrived, lifeHash } from './arrived';
import { changeJob, moveMessage, update } from './changes';
import type { Counts } from './group-change';
import type { IntakeStore } from './intake-store';
import { groupKey, type MessageItem } from './items';
import type { ParkingStore } from './store';

/** A message that was redriven, and came back as another one. */
export interface Return {
  readonly former: MessageItem;
  readonly later: string;
}

/** Nobody knew its end, or could. */
const WITHOUT_END: ReadonlySet<ParkedState> = new Set(['sending', 'sent', 'handed_over']);

/** The life that a message had before: it says so itself, or its key does. */
export async function formerOf(arrived: Arrived, store: IntakeStore): Promise<MessageItem | undefined> {
  if (arrived.former !== undefined) return store.message(arrived.former);
  if (arrived.idempotencyKey === undefined) return undefined;
  const holder = await store.lifeHolder(lifeHash(arrived.lot, arrived.idempotencyKey));
  const former = holder === undefined || holder === arrived.id ? undefined : await store.message(holder);
  return former !== undefined && WITHOUT_END.has(former.state) && isReturn(arrived, former) ? former : undefined;
}

/** Another copy of the event that was parked beside the former carries the former's mark; what was redriven and parked again has a mark of its own. */
function isReturn({ cause, record }: Arrived, former: MessageItem): boolean {
  return cause.parkedAt === undefined ? record.messageId === former.sentAs : cause.parkedAt !== former.parkedAt;
}

/** @returns false for one that was decided otherwise, or came back before */
export function canReturn(former: MessageItem): boolean {
  return WITHOUT_END.has(former.state) && former.later === undefined;
}

/** What returns change beside the message that came back: the former lives, and the jobs that sent them. */
export async function returnWrites(returns: readonly Return[], group: string, store: ParkingStore): Promise<TransactWriteItem[]> {
  const { tableName } = store;
  const formers = returns.map(({ former, later }) =>
    moveMessage(tableName, former, former.state, 'returned', { set: { later }, given: { later: undefined } }),
  );
  const others = [...new Set(returns.map(({ former }) => former.group))].filter((other) => other !== group);
  const groups = await existing(others, async (other) => (await store.group(other)) !== undefined);
  const jobs = await existing(
    [...new Set(returns.flatMap(({ former }) => former.job ?? []))],
    async (job) => (await store.job(job)) !== undefined,
  );
  return [
    ...formers,
    ...groups.map((other) => update(tableName, groupKey(other), { add: underCounts(movesOf(returns, other)) })),
    ...jobs.map((job) => {
      const own = returns.filter(({ former }) => former.job === job);
      const same = own.filter(({ former }) => former.group === group).length;
      const handedOver = own.filter(({ former }) => former.state === 'handed_over').length;
      const add = {
        'counts.returned': own.length,
        ...(handedOver > 0 && { 'counts.handedOver': -handedOver }),
        ...(same > 0 && { sameFingerprint: same }),
      };
      return changeJob(tableName, job, { add });
    }),
  ];
}

/** How the counts of a group change by its messages that came back, to whatever group. */
export function movesOf(returns: readonly Return[], group: string): Counts {
  const moved: Partial<Record<ParkedState, number>> = {};
  for (const { former } of returns) {
    if (former.group !== group) continue;
    moved[former.state] = (moved[former.state] ?? 0) - 1;
    moved.returned = (moved.returned ?? 0) + 1;
  }
  return moved;
}

function underCounts(counts: Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([state, count]) => [`counts.${state}`, count]));
}

/** Groups and jobs expire as messages do. */
async function existing(ids: readonly string[], exists: (id: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(ids.map(async (id) => ((await exists(id)) ? id : undefined)));
  return found.filter((id) => id !== undefined);
}
