import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PARKING_EVENT_SOURCE, ParkingEvent } from '../../blocks/parking-contract';
import { deterministicId } from '../deterministic-id';
import { putEvent } from '../put-event';
import type { GroupItem } from './items';

type Publisher = Pick<EventBridgeClient, 'send'>;

/** @param unique what tells this change from others; an event that is put twice has the same id */
export async function groupChanged(
  group: Pick<GroupItem, 'group' | 'state' | 'errorName' | 'errorMessage' | 'handler' | 'fault'>,
  unique: string,
  by: string,
  eventBridge: Publisher,
): Promise<void> {
  const { state, errorName, errorMessage, handler, fault } = group;
  const id = deterministicId(group.group, state, unique);
  await putEvent(
    PARKING_EVENT_SOURCE,
    ParkingEvent.GROUP_CHANGED,
    { id, group: group.group, state, errorName, errorMessage, handler, fault, by },
    eventBridge,
  );
}

/** Messages were discarded, by this job. */
export async function discarded(
  job: { readonly id: string; readonly group: string; readonly messages: number; readonly by: string; readonly because: string },
  eventBridge: Publisher,
): Promise<void> {
  const { id, group, messages, by, because } = job;
  await putEvent(
    PARKING_EVENT_SOURCE,
    ParkingEvent.DISCARDED,
    { id: deterministicId(id, ParkingEvent.DISCARDED), job: id, group, messages, by, because },
    eventBridge,
  );
}
