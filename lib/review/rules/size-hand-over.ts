import { carriedBytes } from '../../topology/sizes';
import { bytes } from '../facts';
import type { Rule } from '../rule';

export const sizeHandOver: Rule = {
  id: 'size-hand-over',
  category: 'size',
  severity: 'warning',
  reason: 'An event that one service accepts and the next one refuses fails on every retry.',
  source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  *check(facts) {
    const carried = carriedBytes(facts.graph);
    for (const edge of facts.liveEdges()) {
      // Code decides what it sends; only services pass on what they were given.
      if (edge.role === 'write' || edge.role === 'result' || facts.node(edge.from).kind === 'function') continue;
      const size = carried.get(edge.from);
      if (typeof size !== 'number' || typeof edge.sizeLimitBytes !== 'number' || size <= edge.sizeLimitBytes) continue;
      const giver = facts.node(edge.from);
      // The caller of an API gets the error and can send less.
      if (giver.kind === 'api') continue;
      yield {
        resources: [...edge.via, ...facts.resourcesOf(edge.from)],
        path: facts.wayOver(edge),
        message: `${giver.label} carries events of up to ${bytes(size)}, ${facts.label(edge.to)} takes ${bytes(edge.sizeLimitBytes)}`,
        fix: `keep large payloads in S3 and hand over their key (claim check), or refuse them where they enter${giver.kind === 'queue' ? `: MaximumMessageSize ${edge.sizeLimitBytes} of ${giver.label}` : ''}`,
      };
    }
  },
};
