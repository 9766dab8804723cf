import type { ParkingLotSettings } from '../../blocks/parking-contract';
import { DeskError } from './desk-error';
import type { GroupItem, JobItem, MessageItem } from './items';
import type { ParkingStore } from './store';

const MOST_NAMED = 5;

/** @throws DeskError that names near ones */
export async function requireGroup(id: string, store: ParkingStore): Promise<GroupItem> {
  const group = await store.group(id);
  if (group !== undefined) return group;
  const known = (await store.groups()).found.map((one) => one.group);
  const near = known.sort((left, right) => shared(right, id) - shared(left, id)).slice(0, MOST_NAMED);
  throw new DeskError(`There is no group ${id}. ${near.length === 0 ? 'Nothing has been parked yet.' : `There are: ${near.join(', ')}.`}`);
}

/** Length of the beginning that both have. */
function shared(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}

/** @throws DeskError */
export async function requireMessage(id: string, store: ParkingStore): Promise<MessageItem> {
  const message = await store.message(id);
  if (message === undefined) throw new DeskError(`There is no parked message ${id}, or its time has run out.`);
  return message;
}

/** @throws DeskError */
export async function requireJob(id: string, store: ParkingStore): Promise<JobItem> {
  const job = await store.job(id);
  if (job === undefined) throw new DeskError(`There is no job ${id}.`);
  return job;
}

/** The parking lot a message lay in. @throws DeskError for one that is none of this desk's */
export function requireLot(arn: string, lots: readonly ParkingLotSettings[]): ParkingLotSettings {
  const lot = lots.find((one) => one.arn === arn);
  if (lot === undefined) {
    throw new DeskError(
      `The parking lot ${arn} is none of this desk's any more: ${lots.map((one) => one.arn).join(', ') || 'it has none'}.`,
    );
  }
  return lot;
}

/** @throws DeskError when nobody, or no reason, is named */
export function requireText(value: unknown, name: string, meaning: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new DeskError(`${name} must say ${meaning}, given ${JSON.stringify(value)}.`);
  return value;
}
