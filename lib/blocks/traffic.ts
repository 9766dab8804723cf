import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a construct knows of the traffic of a resource it makes; fields of a traffic profile's `resources` (see docs/cost.md). */
export interface KnownTraffic {
  /** Requests of a function to Secrets Manager each time it reads a secret. */
  readonly requestsPerSecretRead?: number;
  /** Metrics of its own that a function publishes. */
  readonly metrics?: number;
  /** Bytes of one item or object. */
  readonly itemBytes?: number;
  /** Days for which what was written stays. */
  readonly keptDays?: number;
  /** Items written to a table for each event that is parked. */
  readonly writesPerParked?: number;
  /** Reads of each object of a bucket. */
  readonly readsPerEvent?: number;
  /** Only events of more bytes than this are written to a bucket. */
  readonly onlyAboveBytes?: number;
}

/** Tells readers of the template what no property tells, so that `breakwater cost` needn't assume it. */
export function tellTraffic(construct: IConstruct, traffic: KnownTraffic): void {
  const resource = construct.node.defaultChild;
  if (CfnResource.isCfnResource(resource)) resource.addMetadata('cdk-breakwater:traffic', traffic);
}
