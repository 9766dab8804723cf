import { jsonFault, lineOf } from './json-fault';
import { isRecord } from './record';
import { TemplateError } from './template-error';

/** A template as it stands in its file, before any intrinsic function is looked at. */
export interface ParsedTemplate {
  readonly file: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Reads a CloudFormation template in JSON or YAML.
 *
 * @throws TemplateError with file, line and reason
 */
export function parseTemplate(file: string, text: string): ParsedTemplate {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const body = /^\s*\{/.test(source) ? parseJson(file, source) : parseYamlLazily(file, source);
  if (!isRecord(body)) throw new TemplateError(file, 1, 'a template is a mapping with Resources, this is not a mapping');
  const resources = body.Resources;
  if (!isRecord(resources)) {
    const reason = resources === undefined ? 'no Resources: this is not a CloudFormation template' : 'Resources must be a mapping';
    throw new TemplateError(file, resources === undefined ? 1 : lineOfKey(source, 'Resources'), reason);
  }
  const checked: Record<string, Readonly<Record<string, unknown>>> = Object.create(null);
  for (const [logicalId, resource] of Object.entries(resources)) {
    // The language extension Fn::ForEach makes resources of its own; the model reports them as unknown.
    if (logicalId.startsWith('Fn::')) {
      checked[logicalId] = { Type: logicalId.split('::').slice(0, 2).join('::') };
      continue;
    }
    if (!isRecord(resource))
      throw new TemplateError(file, lineOfKey(source, logicalId), `resource ${logicalId} must be a mapping with a Type`);
    if (typeof resource.Type !== 'string') throw new TemplateError(file, lineOfKey(source, logicalId), `resource ${logicalId} has no Type`);
    checked[logicalId] = resource;
  }
  return { file, text: source, body, resources: checked };
}

/** Line of each resource, by the keys after `Resources`. */
export function linesOfResources(template: ParsedTemplate): ReadonlyMap<string, number> {
  const { text } = template;
  const lines = new Map<string, number>();
  const keys = /(?:^|[{,])[ \t]*["']?([A-Za-z0-9]+)["']?[ \t]*:/gm;
  keys.lastIndex = Math.max(0, text.search(/(?:^|[{,])[ \t]*["']?Resources["']?[ \t]*:/m));
  let line = lineOf(text, keys.lastIndex);
  let counted = keys.lastIndex;
  for (let match = keys.exec(text); match !== null; match = keys.exec(text)) {
    const key = match[1]!;
    if (lines.has(key) || !Object.hasOwn(template.resources, key)) continue;
    const start = match.index + match[0].search(/\S/);
    for (let at = text.indexOf('\n', counted); at !== -1 && at < start; at = text.indexOf('\n', at + 1)) line += 1;
    counted = start;
    lines.set(key, line);
  }
  return lines;
}

function lineOfKey(text: string, key: string): number | undefined {
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match = new RegExp(`(?:^|[{,])[ \\t]*["']?${escaped}["']?[ \\t]*:`, 'm').exec(text);
  return match ? lineOf(text, match.index + match[0].search(/\S/)) : undefined;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(file, undefined, 'nested too deeply');
    const { offset, reason } = jsonFault(text);
    throw new TemplateError(file, lineOf(text, offset), `not valid JSON: ${reason}`);
  }
}

/** The YAML parser costs more to load than most templates cost to read; assemblies of the CDK are JSON. */
function parseYamlLazily(file: string, text: string): unknown {
  const { parseYaml } = require('./parse-yaml') as typeof import('./parse-yaml');
  return parseYaml(file, text);
}
