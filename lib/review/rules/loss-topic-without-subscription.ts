import type { Rule } from '../rule';

export const lossTopicWithoutSubscription: Rule = {
  id: 'loss-topic-without-subscription',
  category: 'loss',
  severity: 'warning',
  reason: 'SNS keeps nothing: what is published while nobody subscribes is gone.',
  source: 'https://docs.aws.amazon.com/sns/latest/dg/welcome.html',
  *check(facts) {
    for (const node of facts.graph.nodes.values()) {
      if (node.kind !== 'topic' || !node.resource || node.outsideFlow || !facts.ways.reaches(node.id) || facts.isHeard(node.id)) continue;
      if (facts.from(node.id).length > 0) continue;
      yield {
        resources: [node.resource],
        path: [...facts.wayTo(node.id).nodes],
        message: `events are published to ${node.label}, to which nothing in the reviewed templates subscribes`,
        fix: `subscribe a queue to ${node.label}, review the stack that subscribes together with this one, or declare it: "heard": ["${node.label}"]`,
      };
    }
  },
};
