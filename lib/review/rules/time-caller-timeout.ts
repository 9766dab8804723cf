import type { Count, Edge, NodeKind } from '../../topology/graph';
import { duration, type Facts } from '../facts';
import type { Rule } from '../rule';

const RUNS: readonly NodeKind[] = ['function', 'state-machine'];

export const timeCallerTimeout: Rule = {
  id: 'time-caller-timeout',
  category: 'time',
  severity: 'warning',
  reason:
    'A caller that gives up before its callee sees an error, retries, and has the effect a second time while the first run still goes on.',
  source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  *check(facts) {
    for (const edge of facts.liveEdges()) {
      if (!edge.synchronous && edge.callerTimeoutSeconds === undefined) continue;
      const waits = waitOf(facts, edge);
      const takes = facts.node(edge.to).timeoutSeconds;
      if (!RUNS.includes(facts.node(edge.to).kind) || typeof waits !== 'number' || typeof takes !== 'number' || takes <= waits) continue;
      const isApi = facts.node(edge.from).kind === 'api';
      const property = facts.node(edge.to).kind === 'function' ? 'Timeout' : 'TimeoutSeconds';
      yield {
        resources: [...edge.via, ...facts.resourcesOf(edge.to)],
        path: facts.wayOver(edge),
        message: `${facts.label(edge.from)} waits ${duration(waits)} for ${facts.label(edge.to)}, which may run ${duration(takes)}`,
        fix: isApi
          ? `set ${property} of ${facts.label(edge.to)} below ${waits}, or answer at once and do the work behind a queue`
          : `set ${property} of ${facts.label(edge.to)} below the ${duration(waits)} that ${facts.label(edge.from)} waits, or let it wait longer`,
      };
    }
  },
};

/** What the hand-over sets, or what is left of the caller's own time. */
function waitOf(facts: Facts, edge: Edge): Count | undefined {
  if (edge.callerTimeoutSeconds !== undefined) return edge.callerTimeoutSeconds;
  return edge.kind === 'lambda-write' ? facts.node(edge.from).timeoutSeconds : undefined;
}
