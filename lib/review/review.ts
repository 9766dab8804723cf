import { topologyOf } from '../topology';
import { loadStacks } from '../topology/load';
import type { Model, SourceStack } from '../topology/model';
import { linesOfResources, type ParsedTemplate } from '../topology/parse-template';
import { compare } from '../topology/read-graph';
import { Ways } from '../topology/ways';
import { answerChecklist } from './checklist';
import { isWanted, names, type ReviewConfig } from './config';
import { Facts } from './facts';
import {
  CATEGORIES,
  type Finding,
  type Graph,
  type Ignore,
  type IgnoredFinding,
  type Location,
  type Path,
  type PathReport,
  type ResourceRef,
  type Review,
  SEVERITIES,
} from './report';
import type { Draft, Rule } from './rule';
import { RULES } from './rules';

/**
 * Reads templates and assemblies as one flow of events and says where it loses, repeats, storms or blocks. The same input gives the same report.
 *
 * @throws TemplateError with file, line and reason
 */
export function review(paths: readonly string[], config: ReviewConfig = {}): Review {
  return reviewStacks(loadStacks(paths), config);
}

export function reviewStacks(stacks: readonly SourceStack[], config: ReviewConfig = {}): Review {
  const { model, graph, paths } = topologyOf(stacks);
  const facts = new Facts(model, graph, new Ways(graph), config);
  const locations = new Locations(model);
  const all = RULES.flatMap((rule) => [...rule.check(facts)].map((draft) => findingOf(rule, draft, facts, locations)));
  const unique = [...new Map(all.map((finding) => [JSON.stringify(finding), finding])).values()].sort(inOrder);
  const wanted = unique.filter((finding) => isWanted(config, { id: finding.rule, category: finding.category }));
  const judged = wanted.map((finding) => ({ finding, because: reasonToIgnore(finding, config) }));
  return {
    report: {
      version: 1,
      stacks: flat(stacks).map((stack) => ({
        name: stack.name,
        template: stack.template.file,
        resources: Object.keys(stack.template.resources).length,
      })),
      findings: judged.filter(({ because }) => because === undefined).map(({ finding }) => finding),
      ignored: judged.flatMap(({ finding, because }): IgnoredFinding[] => (because === undefined ? [] : [{ ...finding, because }])),
      unmatchedIgnores: (config.ignore ?? []).filter((ignore) => !unique.some((finding) => setsAside(ignore, finding))),
      paths: paths.paths.map((path) => pathOf(path, graph)),
      checklist: answerChecklist(facts, unique),
      unknowns: graph.unknowns,
      ...(paths.truncated === undefined ? {} : { truncated: paths.truncated }),
    },
    graph,
    paths,
  };
}

function findingOf(rule: Rule, draft: Draft, facts: Facts, locations: Locations): Finding {
  const resources = [...new Map(draft.resources.map((ref) => [`${ref.stack}/${ref.logicalId}`, ref])).values()];
  return {
    rule: rule.id,
    category: rule.category,
    severity: facts.config.severity?.[rule.id] ?? facts.config.severity?.[rule.category] ?? draft.severity ?? rule.severity,
    resources: resources.map((ref) => ref.logicalId),
    path: labelsOf(draft.path, facts.graph),
    message: draft.message,
    fix: draft.fix,
    locations: resources.map((ref) => locations.of(ref)),
  };
}

/** A function and its asynchronous queue are one resource. */
function labelsOf(nodes: readonly string[], graph: Graph): string[] {
  const labels = nodes.map((id) => graph.nodes.get(id)!.label);
  return labels.filter((label, index) => index === 0 || label !== labels[index - 1]);
}

function pathOf(path: Path, graph: Graph): PathReport {
  const resources = labelsOf(path.nodes, graph);
  return {
    from: resources[0]!,
    to: resources.at(-1)!,
    resources,
    handlerRuns: path.handlerRuns,
    factors: path.factors.map((factor) => `${factor.runs} (${graph.nodes.get(factor.edge.from)!.label}: ${factor.because})`),
    handOverAttempts: path.handOverAttempts,
    secondsUntilParked: path.secondsUntilParked,
    ends: path.ends,
  };
}

function reasonToIgnore(finding: Finding, config: ReviewConfig): string | undefined {
  return (config.ignore ?? []).find((ignore) => setsAside(ignore, finding))?.because;
}

/** Whether an ignore sets a finding aside. */
function setsAside({ rule, resource }: Ignore, finding: Finding): boolean {
  return (
    (rule === finding.rule || rule === finding.category) &&
    finding.locations.some((location) => names(resource, [location.logicalId, location.constructPath]))
  );
}

function inOrder(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
    compare(a.rule, b.rule) ||
    compare(
      JSON.stringify([a.locations[0]?.stack, a.resources, a.path, a.message]),
      JSON.stringify([b.locations[0]?.stack, b.resources, b.path, b.message]),
    )
  );
}

function flat(stacks: readonly SourceStack[]): SourceStack[] {
  return stacks.flatMap((stack) => [stack, ...flat([...stack.nested.values()])]);
}

/** Lines are only looked up when some finding names a resource of the template, then for all of them in one pass. */
class Locations {
  private readonly lines = new Map<ParsedTemplate, ReadonlyMap<string, number>>();

  constructor(private readonly model: Model) {}

  public of(ref: ResourceRef): Location {
    const template = this.model.resources.get(`${ref.stack}/${ref.logicalId}`)?.source.template;
    if (!template) return ref;
    let lines = this.lines.get(template);
    if (!lines) {
      lines = linesOfResources(template);
      this.lines.set(template, lines);
    }
    const line = lines.get(ref.logicalId);
    return line === undefined ? ref : { ...ref, line };
  }
}
