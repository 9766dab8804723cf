import { readMachines } from '../../topology/readers/state-machines';
import type { Rule } from '../rule';

export const timeTaskTimeout: Rule = {
  id: 'time-task-timeout',
  category: 'time',
  severity: 'warning',
  reason:
    'A task that waits for a callback, a job or an activity waits for a year when nobody answers, unless it has a timeout or a heartbeat.',
  source: 'https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html',
  *check(facts) {
    for (const { resource, express, definitions } of readMachines(facts)) {
      if (express || !facts.ways.reaches(resource.id) || facts.node(resource.id).outsideFlow) continue;
      for (const definition of definitions) {
        if (definition.timeoutSeconds !== undefined) continue;
        const states = definition.tasks
          .filter(
            (task) =>
              /\.(?:waitForTaskToken|sync(?::2)?)$|:activity:/.test(task.resource) && task.timeoutSeconds === undefined && !task.heartbeat,
          )
          .map((task) => task.name);
        if (states.length === 0) continue;
        yield {
          resources: [resource.ref],
          path: [...facts.wayTo(resource.id).nodes],
          message: `${resource.ref.logicalId} waits without a limit in ${states.join(', ')}`,
          fix: `set TimeoutSeconds or HeartbeatSeconds of ${states.join(', ')}, or TimeoutSeconds of the whole machine; in the CDK: taskTimeout, heartbeatTimeout, timeout`,
        };
      }
    }
  },
};
