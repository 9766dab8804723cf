import { sum } from '../../topology/reading';
import { duration } from '../facts';
import type { Rule } from '../rule';

export const stormTimeUntilParked: Rule = {
  id: 'storm-time-until-parked',
  category: 'storm',
  severity: 'warning',
  reason: 'An event that can not be processed should reach somebody who decides while it still matters.',
  source: 'https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_mitigate_interaction_failure_limit_retries.html',
  *check(facts) {
    const { seconds: budget } = facts.budget;
    for (const edge of facts.liveEdges()) {
      if (edge.exhausted !== 'dlq' || edge.role === 'failure') continue;
      const handlerFails = edge.windowSeconds !== 0;
      // SNS retries for 23 days and lets nobody change that.
      if (!handlerFails && edge.kind.startsWith('sns-')) continue;
      const before = facts.ways.to(edge.from).edges.map((other) => other.windowSeconds);
      const time = sum(...before, handlerFails ? edge.windowSeconds : edge.handOverSeconds);
      if (typeof time !== 'number' || time <= budget) continue;
      yield {
        resources: [...edge.via, ...facts.resourcesOf(edge.from)],
        path: [...facts.wayOver(edge), ...(edge.deadLetter === undefined ? [] : [edge.deadLetter])],
        message: `an event that fails at ${facts.label(edge.to)} is parked only after ${duration(time)}, the budget is ${duration(budget)}`,
        fix: handlerFails
          ? `lower the runs, or the time between them (${edge.runsBecause}), so that they end within ${duration(budget)}`
          : `lower MaximumEventAgeInSeconds of ${edge.via[0]?.logicalId ?? facts.label(edge.from)} to ${budget} or less`,
        severity: handlerFails ? 'warning' : 'info',
      };
    }
  },
};
