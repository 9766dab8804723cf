import { isDeepStrictEqual } from 'node:util';
import { type AssemblyStack, nestedTemplates, readTemplate, renameKeys, writeTemplate } from './cloud-assembly';
import type { Deployment } from './contract';
import { referToSecretsByArn } from './secret-references';
import { type Gone, reduceTemplate, type Template, type TemplateResource } from './template-reduction';

type NotRunLocally = Deployment['notRunLocally'][number];

/** Types that a transform of the template replaces before anything is created: nobody can be asked about them. */
const BY_TRANSFORM = /^AWS::Serverless::/;

/** A stack without resources is refused; this one costs and does nothing. */
const NOTHING: Template['Resources'] = { NothingRunsLocally: { Type: 'AWS::CloudFormation::WaitConditionHandle' } };

/** All resources in all templates of these stacks, nested ones too, as far as the engine can be asked about them. */
export function resourcesOf(stacks: readonly AssemblyStack[]): readonly TemplateResource[] {
  const collect = (directory: string, file: string): readonly TemplateResource[] => {
    const template = readTemplate(directory, file);
    const isAsIs = (resource?: TemplateResource): boolean =>
      typeof resource?.Type === 'string' && !(template.Transform !== undefined && BY_TRANSFORM.test(resource.Type));
    const nested = nestedTemplates(directory, template).flatMap((each) => collect(directory, each.file));
    return [...Object.values(template.Resources ?? {}).filter(isAsIs), ...nested];
  };
  return stacks.flatMap((stack) => collect(stack.directory, stack.templateFile));
}

export function typesOf(resources: readonly TemplateResource[]): ReadonlySet<string> {
  return new Set(resources.map(({ Type }) => Type));
}

/**
 * Takes resources of the refused types out of the stacks' templates, on disk, and rewrites what the engine reads otherwise than CloudFormation.
 * @throws when a resource that is left needs one of them.
 */
export function reduceAssembly(stacks: readonly AssemblyStack[], refused: ReadonlySet<string>): readonly NotRunLocally[] {
  // A lost export can make another stack lose an output, which it may export in turn: until nothing more is lost.
  let exports = new Set<string>();
  for (;;) {
    const reduced = stacks.map((stack) => reduceStack(stack.stackName, stack.directory, stack.templateFile, refused, exports, false));
    const lost = new Set(
      reduced.flatMap((each, index) => [...each.lostExports, ...each.lostOutputs.map((output) => `${stacks[index]?.stackName}.${output}`)]),
    );
    if ([...lost].every((name) => exports.has(name))) break;
    exports = new Set([...exports, ...lost]);
  }
  return stacks.flatMap((stack) => reduceStack(stack.stackName, stack.directory, stack.templateFile, refused, exports, true).notRunLocally);
}

interface ReducedStack {
  readonly notRunLocally: readonly NotRunLocally[];
  readonly lostOutputs: readonly string[];
  readonly lostExports: readonly string[];
  readonly keys: ReadonlyMap<string, string>;
}

function reduceStack(
  stackName: string,
  directory: string,
  file: string,
  refused: ReadonlySet<string>,
  exports: ReadonlySet<string>,
  write: boolean,
): ReducedStack {
  let template: Template = referToSecretsByArn(readTemplate(directory, file));
  const attributes = new Set<string>();
  const notRunLocally: NotRunLocally[] = [];
  const lostExports: string[] = [];
  for (const nested of nestedTemplates(directory, template)) {
    const inner = reduceStack(`${stackName}/${nested.logicalId}`, directory, nested.file, refused, exports, write);
    for (const output of inner.lostOutputs) attributes.add(`${nested.logicalId}.Outputs.${output}`);
    notRunLocally.push(...inner.notRunLocally);
    lostExports.push(...inner.lostExports);
    template = renameKeys(template, inner.keys);
  }
  const own = Object.entries(template.Resources ?? {}).filter(([, resource]) => refused.has(resource?.Type));
  const gone: Gone = { resources: new Set(own.map(([id]) => id)), attributes, exports };
  const reduction = reduceTemplate(stackName, template, gone);
  const left: Template =
    Object.keys(reduction.template.Resources ?? {}).length > 0 ? reduction.template : { ...reduction.template, Resources: NOTHING };
  const changed = !isDeepStrictEqual(left, readTemplate(directory, file));
  return {
    notRunLocally: [...notRunLocally, ...own.map(([logicalId, { Type: type }]) => ({ stackName, logicalId, type }))],
    lostOutputs: reduction.lostOutputs,
    lostExports: [...lostExports, ...reduction.lostExports],
    keys: write && changed ? writeTemplate(directory, file, left) : new Map(),
  };
}
