import { topologyOf } from '../../topology';
import { loadStacks } from '../../topology/load';
import type { SourceStack } from '../../topology/model';
import { Ways } from '../../topology/ways';
import type { ReviewConfig } from '../config';
import { readableNames } from '../diagram/names';
import { Facts } from '../facts';
import { code } from '../markdown';
import { alarmSection } from './alarms';
import { Deployed } from './deployed';
import { type Chapter, parkingLotSection, placesOfFailure } from './parking-lots';

/**
 * Markdown with a section for each alarm and each place in which failed events wait. The same input gives the same text.
 *
 * @throws TemplateError with file, line and reason
 */
export function runbook(paths: readonly string[], config: ReviewConfig = {}): string {
  return runbookOf(loadStacks(paths), config);
}

export function runbookOf(stacks: readonly SourceStack[], config: ReviewConfig = {}): string {
  const { model, graph } = topologyOf(stacks);
  const facts = new Facts(model, graph, new Ways(graph), config);
  const chapter: Chapter = { facts, deployed: new Deployed(facts), names: readableNames(graph.nodes.values()) };
  const alarms = graph.alarms.map((alarm) => alarmSection(chapter, alarm));
  const lots = placesOfFailure(facts).map((node) => parkingLotSection(chapter, node));
  return [
    `# Runbook of ${stacks.map((stack) => code(stack.name)).join(', ')}`,
    'Written from the templates by `breakwater runbook`. The commands run in a POSIX shell with the AWS CLI and `jq`, in the account and Region of the stacks; each block that sets a name can be pasted as it is. Stacks are called as in the assembly or as the template file: put the name under which yours is deployed if it is another.',
    '## Alarms',
    ...(alarms.length === 0 ? ['The templates have no alarms: whoever runs this hears of failures from others.'] : alarms.flat()),
    '## Parking lots',
    ...(lots.length === 0
      ? ['Nothing keeps events that failed: they are lost, or go back to their callers. `breakwater review` says where.']
      : lots.flat()),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}
