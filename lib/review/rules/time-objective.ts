import { sum } from '../../topology/reading';
import { duration } from '../facts';
import type { Rule } from '../rule';

export const timeObjective: Rule = {
  id: 'time-objective',
  category: 'time',
  severity: 'warning',
  reason: 'An objective that timeouts and retries can break by themselves is no promise.',
  source: 'https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/welcome.html',
  *check(facts) {
    const { synchronousSeconds, asynchronousSeconds } = facts.config.objectives ?? {};
    for (const edge of facts.liveEdges()) {
      const isAnswer = (edge.kind === 'api-lambda' || edge.kind === 'function-url-lambda') && edge.synchronous;
      if (synchronousSeconds !== undefined && isAnswer) {
        const takes = facts.node(edge.to).timeoutSeconds;
        if (typeof takes === 'number' && takes > synchronousSeconds) {
          yield {
            resources: facts.resourcesOf(edge.to),
            path: facts.wayOver(edge),
            message: `${facts.label(edge.from)} is to answer within ${duration(synchronousSeconds)}, ${facts.label(edge.to)} may take ${duration(takes)}`,
            fix: `set Timeout of ${facts.label(edge.to)} to ${synchronousSeconds} or less, or move the work behind a queue`,
          };
        }
      }
      if (asynchronousSeconds === undefined || edge.synchronous || edge.role !== 'delivery' || edge.exhausted !== 'dlq') continue;
      const time = sum(...facts.ways.to(edge.from).edges.map((other) => other.windowSeconds), edge.windowSeconds);
      if (typeof time !== 'number' || edge.windowSeconds === 0 || time <= asynchronousSeconds) continue;
      yield {
        resources: [...edge.via, ...facts.resourcesOf(edge.from)],
        path: facts.wayOver(edge),
        message: `events are to have their effect, or be parked, within ${duration(asynchronousSeconds)}; retries at ${facts.label(edge.to)} may take ${duration(time)}`,
        fix: `lower the runs or the time between them (${edge.runsBecause}), or promise ${duration(time)}`,
      };
    }
  },
};
