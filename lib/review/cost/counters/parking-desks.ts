import type { Resource } from '../../../topology';
import { HOURS_A_MONTH, shown } from '../amounts';
import type { Counting } from '../charge';
import type { NodeFlow } from '../flow';

/** What the desk whose store this is takes in, in a month. */
export function takenInto(store: Resource, counting: Counting): NodeFlow | undefined {
  for (const desk of counting.topology.graph.desks.values()) if (desk.keeps.includes(store.id)) return counting.flows.node(store.id);
  return undefined;
}

/** Units of one write in a transaction, of an item of one unit. */
const TRANSACTIONAL = 2;
/** Whether a message is known, asked for twice, and whom it follows. */
const READS_A_MESSAGE = 3;
/** The group before it is written, and before it is announced. */
const READS_A_RUN = 2;

/** Each message with its place in the index, and which one stands for its key; the group once a run, with its place in the index. */
export function unitsTakenIn({ handling, runs }: NodeFlow, itemUnits: number, places: number) {
  const { handled } = handling;
  return {
    written: (handled * (itemUnits * places + 1) + runs * places) * TRANSACTIONAL,
    read: handled * READS_A_MESSAGE + runs * READS_A_RUN,
    because: () => `${shown(handled)} parked messages in ${shown(runs)} runs of the intake`,
  };
}

/** CloudWatch bills a metric by the hours in which it is told: what runs once a night, or when something is parked, tells it then. */
export function shareOfMonth({ runs }: NodeFlow): number {
  return Math.min(1, runs / HOURS_A_MONTH);
}
