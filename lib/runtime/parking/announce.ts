import { ParkingMetric } from '../../blocks/parking-contract';
import type { Telemetry } from '../telemetry';
import { update } from './changes';
import { groupKey } from './items';
import type { ParkingStore } from './store';

export interface AnnounceDependencies {
  readonly store: ParkingStore;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger'>;
  /** Messages of a group that must be parked before a customer's fault rings. */
  readonly customerThreshold: number;
}

/**
 * Tells the alarm of a group that is open, once for each opening: a customer's fault when enough of its messages are parked.
 *
 * First it is told, then that is noted: a crash in between tells it twice, which rings no more than once.
 */
export async function announce(group: string, { store, telemetry, customerThreshold }: AnnounceDependencies): Promise<void> {
  const found = await store.group(group);
  if (found === undefined || found.state !== 'open' || found.announced) return;
  const { fault, counts, errorName, errorMessage, handler, openedAt } = found;
  if (fault === 'customer' && counts.parked < customerThreshold) return;
  telemetry.count(ParkingMetric.GROUP_OPENED, { fault });
  telemetry.logger.error('a group of parked messages is open', { group, fault, errorName, errorMessage, handler, parked: counts.parked });
  // Refused when it was told, or has changed, meanwhile.
  await store.write([
    update(store.tableName, groupKey(group), { set: { announced: true }, given: { state: 'open', openedAt, announced: false } }),
  ]);
}
