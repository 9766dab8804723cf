import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { SourceStack } from './model';
import { type ParsedTemplate, parseTemplate } from './parse-template';
import { isRecord, type UnknownRecord } from './record';
import { TemplateError } from './template-error';

const DEEPEST_NESTING = 16;

/**
 * Reads stacks from template files, and from assemblies as `cdk synth` writes them (a folder with a `manifest.json`), nested stacks and stages included.
 *
 * @throws TemplateError with file, line and reason
 */
export function loadStacks(paths: readonly string[]): SourceStack[] {
  const stacks = paths.flatMap((path) => (isFolder(path) ? loadAssembly(path) : [loadTemplate(path)]));
  return withUniqueNames(stacks);
}

/** A stack from a template that is already in memory. */
export function stackOfTemplate(name: string, body: object): SourceStack {
  return {
    name,
    template: parseTemplate(`${name}.template.json`, JSON.stringify(body)),
    assets: new Map(),
    constructPaths: new Map(),
    nested: new Map(),
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new TemplateError(path, undefined, isRecord(error) && error.code === 'ENOENT' ? 'no such file or folder' : String(error));
  }
}

function loadTemplate(file: string): SourceStack {
  const name = basename(file).replace(/(?:\.template)?\.(?:json|ya?ml|template)$/, '');
  return stackOf(name, file, { assets: new Map(), constructPaths: new Map() }, [file]);
}

function loadAssembly(folder: string): SourceStack[] {
  const manifestFile = join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) {
    const templates = readdirSync(folder).filter((file) => /\.(?:json|ya?ml|template)$/.test(file));
    const hint = templates.length > 0 ? `, give the templates in it as files, for example ${join(folder, templates.sort()[0]!)}` : '';
    throw new TemplateError(folder, undefined, `no manifest.json: this is not a folder that cdk synth has written${hint}`);
  }
  const manifest = readJson(manifestFile);
  const stacks: SourceStack[] = [];
  const artifacts = isRecord(manifest.artifacts) ? manifest.artifacts : {};
  const assets = assetsOf(folder, artifacts);
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isRecord(artifact) || !isRecord(artifact.properties)) continue;
    const { properties } = artifact;
    if (artifact.type === 'aws:cloudformation:stack' && typeof properties.templateFile === 'string') {
      const file = join(folder, properties.templateFile);
      const name = typeof properties.stackName === 'string' ? properties.stackName : id;
      stacks.push(stackOf(name, file, { assets, constructPaths: constructPathsOf(folder, artifact) }, [file]));
    } else if (artifact.type === 'cdk:cloud-assembly' && typeof properties.directoryName === 'string') {
      stacks.push(...loadAssembly(join(folder, properties.directoryName)));
    }
  }
  return stacks;
}

/** Files by the hash under which they are deployed, from every asset manifest of the assembly. */
function assetsOf(folder: string, artifacts: UnknownRecord): ReadonlyMap<string, string> {
  const assets = new Map<string, string>();
  for (const artifact of Object.values(artifacts)) {
    if (!isRecord(artifact) || artifact.type !== 'cdk:asset-manifest' || !isRecord(artifact.properties)) continue;
    if (typeof artifact.properties.file !== 'string') continue;
    const manifest = readJson(join(folder, artifact.properties.file));
    for (const [hash, asset] of Object.entries(isRecord(manifest.files) ? manifest.files : {})) {
      if (isRecord(asset) && isRecord(asset.source) && typeof asset.source.path === 'string')
        assets.set(hash, join(folder, asset.source.path));
    }
  }
  return assets;
}

/** Construct paths by logical id: an assembly names them even when its templates don't. */
function constructPathsOf(folder: string, artifact: UnknownRecord): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  const more = typeof artifact.additionalMetadataFile === 'string' ? readJson(join(folder, artifact.additionalMetadataFile)) : {};
  for (const [path, entries] of [...Object.entries(isRecord(artifact.metadata) ? artifact.metadata : {}), ...Object.entries(more)]) {
    for (const entry of Array.isArray(entries) ? entries : []) {
      if (isRecord(entry) && entry.type === 'aws:cdk:logicalId' && typeof entry.data === 'string')
        paths.set(entry.data, path.replace(/^\//, ''));
    }
  }
  return paths;
}

function stackOf(
  name: string,
  file: string,
  assembly: Pick<SourceStack, 'assets' | 'constructPaths'>,
  above: readonly string[],
): SourceStack {
  const template = parseTemplate(file, readText(file));
  const nested = new Map<string, SourceStack>();
  for (const [logicalId, resource] of Object.entries(template.resources)) {
    if (resource.Type !== 'AWS::CloudFormation::Stack' && resource.Type !== 'AWS::Serverless::Application') continue;
    const nestedFile = fileOfNested(template, resource, assembly.assets);
    if (!nestedFile || above.length > DEEPEST_NESTING) continue;
    if (above.includes(nestedFile))
      throw new TemplateError(file, undefined, `${logicalId} nests ${nestedFile}, which is the stack it stands in`);
    nested.set(logicalId, stackOf(`${name}/${logicalId}`, nestedFile, assembly, [...above, nestedFile]));
  }
  return { name, template, ...assembly, nested };
}

/** The CDK names the file in metadata, or uploads it under its hash; packaged templates name it by a relative path. */
function fileOfNested(template: ParsedTemplate, resource: UnknownRecord, assets: ReadonlyMap<string, string>): string | undefined {
  const folder = dirname(template.file);
  const assetPath = isRecord(resource.Metadata) ? resource.Metadata['aws:asset:path'] : undefined;
  const properties = isRecord(resource.Properties) ? resource.Properties : {};
  const url = properties.TemplateURL ?? properties.Location;
  const candidates = [
    typeof assetPath === 'string' ? join(folder, assetPath) : undefined,
    assets.get(/([0-9a-f]{64})\.json/.exec(JSON.stringify(url ?? ''))?.[1] ?? ''),
    typeof url === 'string' && !url.includes('://') ? (isAbsolute(url) ? url : join(folder, url)) : undefined,
  ];
  return candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
}

function withUniqueNames(stacks: readonly SourceStack[]): SourceStack[] {
  const used = new Map<string, number>();
  return stacks.map((stack) => {
    const count = (used.get(stack.name) ?? 0) + 1;
    used.set(stack.name, count);
    return count === 1 ? stack : renamed(stack, `${stack.name} (${count})`);
  });
}

function renamed(stack: SourceStack, name: string): SourceStack {
  const nested = new Map([...stack.nested].map(([logicalId, inner]) => [logicalId, renamed(inner, `${name}/${logicalId}`)]));
  return { ...stack, name, nested };
}

function readJson(file: string): UnknownRecord {
  const text = readText(file);
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch (error) {
    throw new TemplateError(file, undefined, `not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new TemplateError(file, 1, 'a mapping was expected');
}

function readText(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    throw new TemplateError(file, undefined, isRecord(error) && error.code === 'ENOENT' ? 'no such file' : String(error));
  }
}
