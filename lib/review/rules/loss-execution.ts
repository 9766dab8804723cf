import { keepsEvents } from '../../topology/keepers';
import { executionMayFail, failingTasks } from '../../topology/paths';
import type { Rule } from '../rule';

export const lossExecution: Rule = {
  id: 'loss-execution',
  category: 'loss',
  severity: 'error',
  reason: 'An Express execution that fails leaves nothing to start again: its event is gone unless a state catches the error and parks it.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.liveEdges()) {
      const machine = facts.node(edge.to);
      if (
        machine.kind !== 'state-machine' ||
        machine.resource === undefined ||
        !keepsEvents(machine, edge) ||
        machine.keepsFailures ||
        seen.has(machine.id)
      )
        continue;
      if (facts.mayDrop(edge)) continue;
      if (!executionMayFail(facts.graph, machine.id)) continue;
      const [task] = failingTasks(facts.graph, machine.id);
      seen.add(machine.id);
      yield {
        resources: facts.resourcesOf(machine.id),
        path: task ? facts.wayOver(task) : facts.wayOver(edge),
        message: `${machine.label} is an Express machine that was started asynchronously: when ${task ? facts.label(task.to) : 'a state'} fails for good, the event is gone`,
        fix: `catch States.ALL in ${machine.label} and send the input to an SQS queue with an alarm, or make it a Standard machine, which keeps failed executions for a redrive`,
      };
    }
  },
};
