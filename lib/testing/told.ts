import type { Finding, Graph } from '../review/report';
import { pageOf } from '../review/rule-page';

/** Findings for a failed test: the event's way hop by hop, what happens, and what to change. */
export function told(findings: readonly Finding[], graph: Graph): string {
  return findings.map((finding) => one(finding, graph)).join('\n\n');
}

function one(finding: Finding, graph: Graph): string {
  const stack = finding.locations[0]?.stack;
  const hops = finding.path.map((label, index) => `  ${index === 0 ? 'way: ' : '  -> '}${hop(label, stack, graph)}`);
  return [
    `${finding.severity} ${finding.rule}: ${finding.message}`,
    ...hops,
    `  fix: ${finding.fix}`,
    ...finding.locations.map(({ logicalId, constructPath }) => `  at:  ${named(logicalId, constructPath)}`),
    `  why: ${pageOf(finding.rule)}`,
  ].join('\n');
}

/** A logical id may stand in several stacks: that of the finding's own goes before. */
function hop(label: string, stack: string | undefined, graph: Graph): string {
  const nodes = [...graph.nodes.values()].filter((node) => node.label === label);
  const node = nodes.find(({ resource }) => resource?.stack === stack) ?? nodes[0];
  return named(label, node?.resource?.constructPath);
}

export function named(logicalId: string, constructPath: string | undefined): string {
  return constructPath === undefined ? logicalId : `${logicalId} (${constructPath})`;
}
