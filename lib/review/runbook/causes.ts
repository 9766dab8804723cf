import type { Edge, Node } from '../../topology/graph';
import { captionOf } from '../diagram/flow';
import { code } from '../markdown';
import type { Deployed } from './deployed';
import type { Chapter } from './parking-lots';
import { block, logsQuery } from './shell';

const ERRORS =
  'filter @message like /ERROR|Task timed out|Runtime.ExitError|OutOfMemory/ or level = "ERROR" | fields @timestamp, @requestId, @message | sort @timestamp desc | limit 50';
const MOST_FUNCTIONS = 3;

/** What is parked in a place, and after how much. */
export function meaning({ facts, names }: Chapter, node: Node, feeding: readonly Edge[]): string {
  const called = (id: string) => `the ${captionOf(facts.node(id))} ${code(names.get(id) ?? facts.label(id))}`;
  const sentences = feeding.map((edge) => {
    if (edge.kind === 'lambda-write') return `What ${called(edge.from)} gives up itself, it puts here.`;
    const given = facts.from(edge.from).filter((one) => one.role !== 'failure' && one.deadLetter === node.id);
    const after = given.map(
      (one) => `${called(one.to)} (${one.handlerRuns === 1 ? `${one.handOverAttempts} attempts` : `${one.handlerRuns} runs`})`,
    );
    return `What ${called(edge.from)} could not hand over${after.length > 0 ? ` to ${after.join(', ')}` : ''} is parked here.`;
  });
  return sentences.join(' ') || 'Failed events are parked here.';
}

/** Logs of the handlers whose failures end here. */
export function causes({ facts, deployed }: Chapter, feeding: readonly Edge[]): string[] {
  const handlers = new Map<string, Node>();
  for (const edge of feeding) {
    const behind = [
      edge.from,
      ...facts
        .from(edge.from)
        .filter((one) => one.role === 'delivery')
        .map((one) => one.to),
    ];
    for (const id of behind) if (facts.node(id).kind === 'function' && facts.node(id).resource) handlers.set(id, facts.node(id));
  }
  return [...handlers.values()]
    .slice(0, MOST_FUNCTIONS)
    .flatMap(({ resource }) => [`What ${code(resource!.logicalId)} said when it failed:`, functionLogs(deployed, resource!)]);
}

export function functionLogs(deployed: Deployed, resource: NonNullable<Node['resource']>): string {
  return block([
    deployed.set('FUNCTION', resource),
    deployed.setLogGroup('LOG_GROUP', 'FUNCTION', resource),
    ...logsQuery('$LOG_GROUP', ERRORS),
  ]);
}
