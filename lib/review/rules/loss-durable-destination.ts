import type { Rule } from '../rule';

export const lossDurableDestination: Rule = {
  id: 'loss-durable-destination',
  category: 'loss',
  severity: 'error',
  reason: 'Durable functions ignore failure destinations; only their dead-letter queue works.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html',
  *check(facts) {
    for (const config of facts.model.ofType('AWS::Lambda::EventInvokeConfig')) {
      if (config.get('DestinationConfig').isAbsent) continue;
      for (const target of facts.model.targets(config.get('FunctionName'))) {
        const handler = target.kind === 'resource' ? functionOf(facts, target.resource.id, target.resource.type) : undefined;
        if (!handler || handler.get('DurableConfig').isAbsent) continue;
        yield {
          resources: [config.ref, handler.ref],
          path: facts.ways.reaches(handler.id) ? [...facts.wayTo(handler.id).nodes] : [handler.id],
          message: `${config.ref.logicalId} gives ${handler.ref.logicalId} a destination, which a durable function ignores`,
          fix: `remove DestinationConfig of ${config.ref.logicalId} and set DeadLetterConfig.TargetArn of ${handler.ref.logicalId}`,
        };
      }
    }
  },
};

function functionOf(facts: Parameters<Rule['check']>[0], id: string, type: string) {
  const resource = facts.model.resources.get(id)!;
  if (type === 'AWS::Lambda::Function') return resource;
  return facts.model.single(resource.get('FunctionName'), 'AWS::Lambda::Function');
}
