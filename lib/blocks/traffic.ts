import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a construct knows of the traffic of a resource it makes; fields of a traffic profile's `resources` (see docs/cost.md). */
export interface KnownTraffic {
  /** Metrics of its own that a function publishes. */
  readonly metrics?: number;
  /** Bytes of one item or object. */
  readonly itemBytes?: number;
  /** Days for which what was written stays. */
  readonly keptDays?: number;
  /** Only events of more bytes than this are written to a bucket. */
  readonly onlyAboveBytes?: number;
}

/** Tells readers of the template what no property tells, so that `breakwater cost` needn't assume it. */
export function tellTraffic(construct: IConstruct, traffic: KnownTraffic): void {
  const resource = construct.node.defaultChild;
  if (CfnResource.isCfnResource(resource)) resource.addMetadata('cdk-breakwater:traffic', traffic);
}
