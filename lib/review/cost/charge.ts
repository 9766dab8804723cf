import type { Resource, Topology } from '../../topology';
import type { ResourceRef } from '../../topology/graph';
import type { Flows } from './flow';
import type { PriceKey } from './price-list';
import type { Traffic } from './traffic';

/** What a sum is for. */
export type ChargeKind =
  | 'requests'
  | 'compute'
  | 'provisioned'
  | 'polling'
  | 'reads and writes'
  | 'storage'
  | 'logs'
  | 'traces'
  | 'metrics and alarms'
  | 'keys and secrets'
  | 'transfer'
  | 'always on';

/** Units of one line of the price list that a resource uses in a month. */
export interface Quantity {
  readonly resource: ResourceRef;
  readonly kind: ChargeKind;
  readonly item: PriceKey;
  readonly amount: number;
  /** How the amount comes about, for a person: `1,000,000 runs x 0.1 s x 1 GB`. Put into words when it is asked for: most never are. */
  readonly because: () => string;
}

/** A resource, or a part of it, that nothing here can price. */
export interface Unpriced {
  readonly resource: ResourceRef;
  readonly reason: string;
}

/** What a counter sees. */
export interface Counting {
  readonly topology: Topology;
  readonly flows: Flows;
  readonly traffic: Traffic;
  quantity(resource: Resource, kind: ChargeKind, item: PriceKey, amount: number, because: () => string): void;
  unpriced(resource: Resource, reason: string): void;
}

/** Counts what resources of some types use. */
export interface Counter {
  /** CloudFormation types it answers for; each type has one counter. */
  readonly types: readonly string[];
  /** What it costs follows from what is sent there: where no reviewed template tells of anything that is, that is said. */
  readonly sentTo?: true;
  count(resource: Resource, counting: Counting): void;
}
