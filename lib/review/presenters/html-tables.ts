import { xml } from '../../markup/xml';
import type { Node } from '../../topology/graph';
import { captionOf } from '../diagram/flow';
import { readableNames } from '../diagram/names';
import { duration } from '../facts';
import type { ChecklistAnswer, Count, Graph, Path, PathEnd, Paths, Report } from '../report';
import { way } from './html-findings';

const END: Readonly<Record<PathEnd, string>> = {
  effect: 'effect',
  dlq: 'parked',
  drop: 'lost',
  'error-to-caller': 'error to the caller',
  blocks: 'blocks',
  unknown: 'not known',
};
const ANSWER: Readonly<Record<ChecklistAnswer['answer'], readonly [className: string, text: string]>> = {
  yes: ['yes', 'yes'],
  no: ['no', 'no'],
  partly: ['partly', 'partly'],
  'cannot be told from a template': ['untold', "can't be told"],
};

/** Every way of an event with what it costs, in the names of the diagram. */
export function pathsSection({ paths, truncated }: Paths, graph: Graph): string {
  const names = namesOf(graph);
  return [
    '<section id="paths" aria-labelledby="paths-heading">',
    '<h2 id="paths-heading">Paths</h2>',
    '<p class="muted">Each way of one event, from where it enters to where it ends. Runs: how often the last handler may run for one event, at worst.</p>',
    ...(truncated === undefined ? [] : [`<p>${xml(truncated)}</p>`]),
    paths.length === 0
      ? '<p>No event enters here.</p>'
      : `<div class="scroll"><table class="paths stacked"><thead><tr>${['Way', 'Ends', 'Runs', 'Attempts', 'Over after'].map((heading) => `<th scope="col"><button type="button">${heading}</button></th>`).join('')}</tr></thead><tbody>\n${paths.map((path) => row(path, names)).join('\n')}\n</tbody></table></div>`,
    '</section>',
  ].join('\n');
}

/** Things of different kinds may share a name in the diagram, where their shapes tell them apart. */
function namesOf(graph: Graph): ReadonlyMap<string, string> {
  const names = readableNames(graph.nodes.values());
  const kinds = new Map<string, Set<string>>();
  const kindOf = (node: Node) => (node.kind === 'asynchronous-invocation' ? 'function' : captionOf(node));
  for (const node of graph.nodes.values()) kinds.set(names.get(node.id)!, (kinds.get(names.get(node.id)!) ?? new Set()).add(kindOf(node)));
  return new Map(
    [...graph.nodes.values()].map((node) => {
      const name = names.get(node.id)!;
      return [node.id, kinds.get(name)!.size > 1 ? `${name} (${kindOf(node)})` : name];
    }),
  );
}

function row(path: Path, names: ReadonlyMap<string, string>): string {
  const places = path.nodes.map((id) => names.get(id) ?? id).filter((name, index, all) => name !== all[index - 1]);
  return `<tr>${[
    cell('Way', way(places.map(xml)), places.join(' ')),
    cell('Ends', `<span class="chip ${path.ends}">${END[path.ends]}</span>`, END[path.ends]),
    cell('Runs', count(path.handlerRuns), sortable(path.handlerRuns), 'number'),
    cell('Attempts', count(path.handOverAttempts), sortable(path.handOverAttempts), 'number'),
    cell(
      'Over after',
      path.secondsUntilParked === 0 ? 'at once' : xml(duration(path.secondsUntilParked)),
      sortable(path.secondsUntilParked),
      'number',
    ),
  ].join('')}</tr>`;
}

function cell(label: string, content: string, value: string, className = ''): string {
  return `<td${className === '' ? '' : ` class="${className}"`} data-label="${label}" data-value="${xml(value)}"><div>${content}</div></td>`;
}

function count(given: Count): string {
  return typeof given === 'number' ? given.toLocaleString('en-US') : given === 'unlimited' ? 'no limit' : 'not known';
}

function sortable(given: Count): string {
  return typeof given === 'number' ? String(given) : given === 'unlimited' ? '1e99' : '-1';
}

/** The checklist with what each answer stands on. */
export function checklistSection(answers: readonly ChecklistAnswer[]): string {
  return [
    '<section id="checklist" aria-labelledby="checklist-heading">',
    '<h2 id="checklist-heading">Checklist</h2>',
    '<div class="scroll"><table class="checklist"><thead><tr><th scope="col">Answer</th><th scope="col">Question and evidence</th></tr></thead><tbody>',
    ...answers.map(({ answer, question, evidence }) => {
      const [className, text] = ANSWER[answer];
      return `<tr><td><span class="chip ${className}">${text}</span></td><td><strong>${xml(question)}</strong><ul>${evidence.map((one) => `<li>${xml(one)}</li>`).join('')}</ul></td></tr>`;
    }),
    '</tbody></table></div>',
    '</section>',
  ].join('\n');
}

/** What nobody may take silence about for safety. */
export function unknownsSection(unknowns: Report['unknowns']): string {
  if (unknowns.length === 0) return '';
  return [
    '<section id="unknowns" aria-labelledby="unknowns-heading">',
    '<h2 id="unknowns-heading">Not followed</h2>',
    '<p>Nothing is said about these: the templates do not tell where they lead.</p>',
    `<ul>${unknowns.map(({ resource, property, reason }) => `<li><code>${xml(resource.logicalId)}</code> ${xml(property)}: ${xml(reason)}</li>`).join('')}</ul>`,
    '</section>',
  ].join('\n');
}
