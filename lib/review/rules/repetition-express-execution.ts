import { keepsEvents } from '../../topology/keepers';
import type { Rule } from '../rule';

export const repetitionExpressExecution: Rule = {
  id: 'repetition-express-execution',
  category: 'repetition',
  severity: 'warning',
  reason: 'An Express execution that is started asynchronously runs at least once: the whole workflow may run twice.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/express-at-least-once-execution.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      const machine = facts.node(edge.to);
      const resource = facts.resource(edge.to);
      if (machine.kind !== 'state-machine' || machine.keepsFailures || !resource || !keepsEvents(machine, edge) || seen.has(machine.id))
        continue;
      const tasks = facts.from(machine.id).filter((task) => task.role === 'delivery');
      if (facts.isIdempotent(machine.id) || (tasks.length > 0 && tasks.every((task) => facts.isIdempotent(task.to)))) continue;
      seen.add(machine.id);
      yield {
        resources: facts.resourcesOf(machine.id),
        path: facts.wayOver(edge),
        message: `${machine.label} may run twice for one event, and its tasks are not known to be idempotent`,
        fix: `make the tasks of ${machine.label} idempotent and say so in the assumptions, or use a Standard machine, started with a name made from the event's id`,
      };
    }
  },
};
