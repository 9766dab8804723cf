import type { Rule } from '../rule';

export const lossRedrivePermission: Rule = {
  id: 'loss-redrive-permission',
  category: 'loss',
  severity: 'error',
  reason: 'A dead-letter queue whose RedriveAllowPolicy does not admit the source never receives what the source gives up.',
  source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html',
  *check(facts) {
    for (const edge of facts.graph.edges) {
      if (edge.kind !== 'sqs-redrive' || !facts.ways.reaches(edge.from)) continue;
      const parkingLot = facts.resource(edge.to);
      const policy = parkingLot?.get('RedriveAllowPolicy');
      if (!parkingLot || !policy || policy.isAbsent) continue;
      const admits = policy.get('redrivePermission').text() ?? 'allowAll';
      const sources = policy.get('sourceQueueArns').items();
      const named = sources.some((source) =>
        facts.model
          .targets(source)
          .some((target) => (target.kind !== 'resource' ? target.kind === 'unresolved' : target.resource.id === edge.from)),
      );
      if (admits === 'allowAll' || (admits === 'byQueue' && named)) continue;
      yield {
        resources: [parkingLot.ref, ...facts.resourcesOf(edge.from)],
        path: [...facts.wayTo(edge.from).nodes, edge.to],
        message: `${parkingLot.ref.logicalId} refuses messages from ${facts.label(edge.from)}: its RedriveAllowPolicy says ${admits}`,
        fix: `name ${facts.label(edge.from)} in RedriveAllowPolicy.sourceQueueArns of ${parkingLot.ref.logicalId}, with redrivePermission byQueue`,
      };
    }
  },
};
