import { IdempotencyAttribute, ParkedReason } from '../../blocks/contract';
import type { DeskAnswers, DeskRequest, RedrivePlan } from '../../blocks/parking-contract';
import { RecordStatus } from '../idempotency/record';
import { ringing } from './alarms';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { indexPartition } from './items';
import { requireGroup, requireLot, requireMessage } from './lookup';
import { recordsOf, visibleTable } from './records';

const LOOKED_AT = 100;

/** The fastest that one step keeps up with: a message costs it two transactions' share, a read of its body and a request to the queue. */
const HIGHEST_RATE = 100;
/** One in a minute. */
const LOWEST_RATE = 1 / 60;

/**
 * Sending one message costs three changes of its state. Each is written in a transaction (two units) and moves it in the index (two units); the shares of group and job,
 * which change once for ten messages, come to less than one more.
 */
const PER_MESSAGE: RedrivePlan['perMessage'] = { queueRequests: 3, workerRuns: 1, writeUnits: 13 };

type Of<C extends DeskRequest['command']> = Extract<DeskRequest, { readonly command: C }>;

export async function plan(request: Of<'plan'>, { store, settings, dynamoDb, cloudWatch }: DeskDependencies): Promise<DeskAnswers['plan']> {
  checkPace(request);
  const { rate, canary } = request;
  const group = await requireGroup(request.group, store);
  const { found } = await store.messagesIn(indexPartition(group.group, 'parked'), { limit: LOOKED_AT });
  const messages = found.filter(({ state }) => state === 'parked');
  const records = await recordsOf(messages, settings.lots, dynamoDb);
  const conflicting = messages.filter(({ reason }) => reason === ParkedReason.CONFLICT);
  const known = messages.filter((message) => visibleTable(message, settings.lots) !== undefined && !conflicting.includes(message));
  const standing = known.filter(({ id }) => records.get(id)?.[IdempotencyAttribute.STATUS]?.S === RecordStatus.COMPLETED);
  const lot = requireLot((await requireMessage(group.sample, store)).lot, settings.lots);
  return {
    plan: {
      ...{ group: group.group, messages: group.counts.parked, rate, canary, seconds: Math.ceil(group.counts.parked / rate) },
      lookedAt: messages.length,
      effectStands: standing.length,
      guarded: known.length - standing.length,
      conflicting: conflicting.length,
      withoutKey: messages.length - known.length - conflicting.length,
      redacted: messages.filter(({ redacted }) => redacted).length,
      alarms: await ringing(lot.alarms ?? [], cloudWatch),
      perMessage: PER_MESSAGE,
    },
  };
}

/** @throws DeskError */
export function checkPace({ rate, canary }: { readonly rate: number; readonly canary: number }): void {
  if (typeof rate !== 'number' || !(rate >= LOWEST_RATE && rate <= HIGHEST_RATE)) {
    throw new DeskError(`The rate must be between one message a minute and ${HIGHEST_RATE} a second, given ${rate} a second.`);
  }
  if (!Number.isSafeInteger(canary) || canary < 0) {
    throw new DeskError(`The canary must be a whole number of messages, 0 for none, given ${canary}.`);
  }
}
