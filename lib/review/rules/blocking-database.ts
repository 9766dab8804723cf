import type { Edge } from '../../topology/graph';
import type { Facts } from '../facts';
import type { Rule } from '../rule';
import { mappingOf } from './blocking-concurrency';

const RELATIONAL = ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::DocDB::DBCluster', 'AWS::Redshift::Cluster'];

export const blockingDatabase: Rule = {
  id: 'blocking-database',
  category: 'blocking',
  severity: 'warning',
  reason: 'Functions scale to a thousand connections within seconds, which a relational database does not have.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      const store = facts.resource(edge.to);
      const handler = facts.resource(edge.from);
      if (edge.role !== 'write' || !store || !handler || !RELATIONAL.includes(store.type)) continue;
      // The Data API pools connections; only a direct connection can use them up.
      if (!handler.get('ReservedConcurrentExecutions').isAbsent || usesDataApi(facts, edge)) continue;
      const unbounded = facts.to(edge.from).filter((into) => facts.isLive(into) && isUnbounded(facts, into));
      if (unbounded.length === 0) continue;
      yield {
        resources: [handler.ref, store.ref],
        path: [...facts.wayOver(unbounded[0]!), edge.to],
        message: `nothing limits how many runs of ${handler.ref.logicalId} connect to ${store.ref.logicalId} at a time (through ${unbounded.map((into) => facts.label(into.from)).join(', ')})`,
        fix: `put an AWS::RDS::DBProxy in front of ${store.ref.logicalId}, and limit ${handler.ref.logicalId}: MaximumConcurrency of its queue, or ReservedConcurrentExecutions`,
      };
    }
  },
};

function isUnbounded(facts: Facts, into: Edge): boolean {
  if (into.role === 'failure' || into.kind === 'step-functions-task' || into.order === 'per-shard') return false;
  if (into.kind !== 'sqs-lambda') return true;
  const mapping = mappingOf(facts, into);
  if (!mapping) return false;
  return (
    mapping.get('ScalingConfig', 'MaximumConcurrency').mayBeAbsent && mapping.get('ProvisionedPollerConfig', 'MaximumPollers').mayBeAbsent
  );
}

function usesDataApi(facts: Facts, edge: Edge): boolean {
  return edge.via.some((ref) => ref.type.startsWith('AWS::IAM::')) && facts.resource(edge.to)?.get('EnableHttpEndpoint').isTrue() === true;
}
