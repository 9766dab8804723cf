import type { ParkedState } from '../../../lib/blocks/parking-contract';
import { type Order, World } from './world';

export const orders = (count: number, fault = 'no stock'): Order[] =>
  Array.from({ length: count }, (_, index) => ({ id: `o${String(index).padStart(3, '0')}`, fault }));

/** A world in which so many orders are parked for one cause. */
export async function parked(count: number, options?: ConstructorParameters<typeof World>[0]) {
  const world = new World(options);
  await world.order(orders(count));
  await world.settle();
  const { group } = await world.group();
  const redrive = (rate = 10, canary = 0, messages?: string[]) =>
    world.ask({ command: 'redrive', group, rate, canary, by: 'ann', messages });
  return { world, group, redrive };
}

export const states = (world: World): ParkedState[] => world.messages().map(({ state }) => state);
export const all = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** Counts are what the messages say. */
export function expectCountsToHold(world: World): void {
  for (const group of world.groups()) {
    const messages = world.messages().filter((message) => message.group === group.group);
    const counted = Object.fromEntries(
      Object.keys(group.counts).map((state) => [state, messages.filter((message) => message.state === state).length]),
    );
    expect(group.counts).toEqual(counted);
  }
}

/** Every order has had its effect once, or is parked once: nothing is lost, twice, or in two states. What was sent has an end, and all jobs are over. */
export function expectOneEndEach(world: World, ids: readonly string[]): void {
  expectCountsToHold(world);
  const effects = world.effects();
  const messages = world.messages();
  for (const id of ids) {
    const lives = messages.filter(({ idempotencyKey }) => idempotencyKey === `shop#${id}`);
    const open = lives.filter(({ state }) => state === 'parked' || state === 'discarded').length;
    expect([id, (effects[id] ?? 0) + open]).toEqual([id, 1]);
    expect([id, lives.filter(({ state }) => state === 'done').length]).toEqual([id, effects[id] ?? 0]);
    expect(lives.filter(({ state }) => state === 'sending' || state === 'sent')).toEqual([]);
  }
  for (const job of world.jobs().filter(({ kind }) => kind !== 'wake')) {
    expect(['stopped', 'finished']).toContain(job.state);
    const { sent, done, returned, handedOver } = job.counts;
    expect([job.id, sent]).toEqual([job.id, done + returned + handedOver]);
    expect(job.batch).toBeUndefined();
  }
  for (const group of world.groups()) expect(group.job).toBeUndefined();
}
