/** Takes resources out of a CloudFormation template so that what is left still stands. Pure: no files, no engine. */

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly DependsOn?: string | readonly string[];
  readonly UpdatePolicy?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface Template {
  readonly Transform?: unknown;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

/** What is not there any more, by every name that something left may call it. */
export interface Gone {
  readonly resources: ReadonlySet<string>;
  /** `<logical id>.<attribute>`: outputs that a nested stack has lost. */
  readonly attributes: ReadonlySet<string>;
  /** What another stack has lost: export names, and `<stack name>.<output>`. */
  readonly exports: ReadonlySet<string>;
}

export interface Reduction {
  readonly template: Template;
  readonly lostOutputs: readonly string[];
  readonly lostExports: readonly string[];
}

/** These only watch, or only say who may: with a name that leads nowhere they watch nothing and permit nobody, and the app works as before. */
const MAY_REFER_TO_NOTHING = /^AWS::(CloudWatch|IAM|Logs)::|^AWS::(Lambda::Permission|SQS::QueuePolicy|SNS::TopicPolicy|S3::BucketPolicy)$/;

/**
 * The template without `gone` and without what referred to it: dependencies, outputs, a CodeDeploy update policy. In resources that only watch or
 * permit, the reference becomes a placeholder.
 * @throws when a resource that is left needs one that is gone.
 */
export function reduceTemplate(stackName: string, template: Template, gone: Gone): Reduction {
  const resources: Record<string, TemplateResource> = {};
  for (const [id, resource] of Object.entries(template.Resources ?? {})) {
    if (gone.resources.has(id)) continue;
    resources[id] = isObject(resource) ? reduceResource(stackName, id, resource as TemplateResource, template, gone) : resource;
  }
  const outputs: Record<string, unknown> = {};
  const lostOutputs: string[] = [];
  const lostExports: string[] = [];
  for (const [id, output] of Object.entries(template.Outputs ?? {})) {
    if (findReference(output, gone) === undefined) {
      outputs[id] = output;
    } else {
      lostOutputs.push(id);
      const exported = exportName(output);
      if (exported !== undefined) lostExports.push(exported);
    }
  }
  const { Resources: _resources, Outputs: _outputs, ...rest } = template;
  return {
    template: { ...rest, Resources: resources, ...(Object.keys(outputs).length > 0 ? { Outputs: outputs } : {}) },
    lostOutputs,
    lostExports,
  };
}

function reduceResource(stackName: string, id: string, resource: TemplateResource, template: Template, gone: Gone): TemplateResource {
  const { DependsOn: dependsOn, UpdatePolicy: updatePolicy, ...rest } = resource;
  let reduced: Record<string, unknown> = rest;
  const reference = findReference(rest.Properties, gone, 'Properties');
  if (reference !== undefined && !MAY_REFER_TO_NOTHING.test(resource.Type)) {
    const type = template.Resources?.[reference.target.split('.')[0] ?? '']?.Type;
    throw new Error(
      `${stackName}: ${id} (${resource.Type}) refers in ${reference.path} to ${reference.target}${type === undefined ? '' : ` (${type})`}, ` +
        'which the local engine does not run, and can not do without it. Leave one of the two out of the app locally, for example by a context value (-c local=true) that your app reads.',
    );
  }
  reduced = withPlaceholders(rest, gone) as Record<string, unknown>;
  const dependencies = (dependsOn === undefined ? [] : [dependsOn].flat()).filter((dependency) => !gone.resources.has(dependency));
  if (dependencies.length > 0) reduced.DependsOn = typeof dependsOn === 'string' ? dependsOn : dependencies;
  if (updatePolicy !== undefined) {
    const { CodeDeployLambdaAliasUpdate: codeDeploy, ...others } = updatePolicy;
    const kept = codeDeploy === undefined || findReference(codeDeploy, gone) !== undefined ? others : updatePolicy;
    if (Object.keys(kept).length > 0) reduced.UpdatePolicy = kept;
  }
  return reduced as TemplateResource;
}

interface Reference {
  readonly path: string;
  readonly target: string;
}

function findReference(node: unknown, gone: Gone, path = ''): Reference | undefined {
  const target = referredTo(node, gone);
  if (target !== undefined) return { path: path || '.', target };
  if (!isObject(node)) return undefined;
  for (const [key, value] of Object.entries(node)) {
    const found = findReference(value, gone, path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withPlaceholders(node: unknown, gone: Gone): unknown {
  if (!isObject(node)) return node;
  const target = referredTo(node, gone);
  if (target !== undefined) {
    const sub = (node as Record<string, unknown>)['Fn::Sub'];
    return sub === undefined ? placeholder(target) : { 'Fn::Sub': substituted(sub, gone) };
  }
  if (Array.isArray(node)) return node.map((item) => withPlaceholders(item, gone));
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withPlaceholders(value, gone)]));
}

function placeholder(target: string): string {
  return `not-run-locally-${target.replace(/[^A-Za-z0-9]+/g, '-')}`;
}

/** The name of something gone to which this very node refers, children not looked at. */
function referredTo(node: unknown, gone: Gone): string | undefined {
  if (!isObject(node) || Array.isArray(node)) return undefined;
  const {
    Ref: ref,
    'Fn::GetAtt': getAtt,
    'Fn::Sub': sub,
    'Fn::ImportValue': imported,
    'Fn::GetStackOutput': output,
  } = node as Record<string, unknown>;
  if (typeof ref === 'string') return gone.resources.has(ref) ? ref : undefined;
  if (getAtt !== undefined) {
    const [id, ...attribute] = Array.isArray(getAtt) ? getAtt.map(String) : String(getAtt).split('.');
    return goneName(id ?? '', attribute.join('.'), gone);
  }
  if (typeof imported === 'string') return gone.exports.has(imported) ? imported : undefined;
  if (isObject(output)) {
    const { StackName: stack, OutputName: name } = output as Record<string, unknown>;
    return gone.exports.has(`${stack}.${name}`) ? `${stack}.${name}` : undefined;
  }
  return sub === undefined ? undefined : goneInSub(sub, gone)[0];
}

function goneName(id: string, attribute: string, gone: Gone): string | undefined {
  if (gone.resources.has(id)) return id;
  return gone.attributes.has(`${id}.${attribute}`) ? `${id}.${attribute}` : undefined;
}

const SUBSTITUTION = /\$\{(?!!)([^}]+)\}/g;

function goneInSub(sub: unknown, gone: Gone): readonly string[] {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, {}];
  if (typeof text !== 'string') return [];
  const own = isObject(variables) ? variables : {};
  const fromText = [...text.matchAll(SUBSTITUTION)].flatMap(([, name = '']) => {
    if (Object.hasOwn(own, name)) return [];
    const [id = '', ...attribute] = name.trim().split('.');
    return goneName(id, attribute.join('.'), gone) ?? [];
  });
  const fromVariables = Object.values(own).flatMap((value) => findReference(value, gone)?.target ?? []);
  return [...fromText, ...fromVariables];
}

function substituted(sub: unknown, gone: Gone): unknown {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, undefined];
  const own = isObject(variables) ? variables : {};
  const replaced = String(text).replace(SUBSTITUTION, (whole, name: string) => {
    if (Object.hasOwn(own, name)) return whole;
    const [id = '', ...attribute] = name.trim().split('.');
    const target = goneName(id, attribute.join('.'), gone);
    return target === undefined ? whole : placeholder(target);
  });
  return variables === undefined ? replaced : [replaced, withPlaceholders(variables, gone)];
}

function exportName(output: unknown): string | undefined {
  if (!isObject(output)) return undefined;
  const exported = (output as { readonly Export?: { readonly Name?: unknown } }).Export?.Name;
  return typeof exported === 'string' ? exported : undefined;
}

function isObject(node: unknown): node is object {
  return typeof node === 'object' && node !== null;
}
