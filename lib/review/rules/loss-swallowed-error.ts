import { readMachines } from '../../topology/readers/state-machines';
import type { Rule } from '../rule';

export const lossSwallowedError: Rule = {
  id: 'loss-swallowed-error',
  category: 'loss',
  severity: 'warning',
  reason:
    'A state machine that catches an error and ends well, or tolerates failed items, loses what failed without any execution that failed.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (edge.kind !== 'step-functions-task' || edge.exhausted !== 'drop' || facts.mayDrop(edge)) continue;
      const machine = facts.label(edge.from);
      yield {
        resources: facts.resourcesOf(edge.from),
        path: facts.wayOver(edge),
        message: `when ${facts.label(edge.to)} fails for good, ${machine} catches the error and ends well: nobody learns of it`,
        fix: `let the handler in ${machine} park the input (SQS, with an alarm) or end in a Fail state`,
      };
    }
    for (const { resource, definitions } of readMachines(facts)) {
      const node = facts.graph.nodes.get(resource.id);
      if (!node || !facts.ways.reaches(resource.id) || node.outsideFlow) continue;
      for (const { name, allowed } of definitions.flatMap((definition) => definition.tolerated)) {
        yield {
          resources: [resource.ref],
          path: [...facts.wayTo(resource.id).nodes],
          message: `the map ${name} of ${resource.ref.logicalId} goes on although ${allowed} failed, and the execution ends well`,
          fix: `set a ResultWriter and read its FAILED file afterwards, or park failed items inside the map; when that is meant, declare it: "mayDrop": ["${resource.ref.logicalId}"]`,
          severity: 'info',
        };
      }
    }
  },
};
