import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from './template-reduction';

/** The files of a synthesised assembly, as far as bringing it to the local engine needs them: stacks, their templates and their assets. */

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: Record<string, unknown>;
  readonly [attribute: string]: unknown;
}

interface FileAsset {
  readonly source: { readonly path?: string; readonly packaging?: string };
  destinations: Record<string, { bucketName: string; objectKey: string; region?: string }>;
}

interface AssetManifest {
  readonly files?: Record<string, FileAsset>;
  readonly [section: string]: unknown;
}

/** The environment that a stack names, or what the engine stands for when the stack leaves it open. */
export interface StackEnvironment {
  readonly account: string;
  readonly region: string;
}

export interface AssemblyStack {
  readonly stackName: string;
  readonly environment: StackEnvironment;
  readonly directory: string;
  readonly artifactId: string;
  readonly templateFile: string;
  /** Where assets of this stack go, by its environment. */
  readonly assetDestinations: ReadonlyArray<{ readonly bucketName: string; readonly region: string }>;
  readonly bootstrapParameters: readonly string[];
}

export interface NestedTemplate {
  readonly logicalId: string;
  readonly file: string;
}

/** All stacks of an assembly, those of its stages too. */
export function readStacks(directory: string, defaults: StackEnvironment): readonly AssemblyStack[] {
  const artifacts = Object.entries(readManifest(directory).artifacts);
  return artifacts.flatMap(([artifactId, artifact]): readonly AssemblyStack[] => {
    if (artifact.type === 'cdk:cloud-assembly') {
      return readStacks(path.join(directory, String(artifact.properties?.directoryName)), defaults);
    }
    if (artifact.type !== 'aws:cloudformation:stack') return [];
    const environment = environmentOf(artifact, defaults);
    const manifests = (artifact.dependencies ?? [])
      .map((id) => readManifest(directory).artifacts[id])
      .filter((dependency): dependency is Artifact => dependency?.type === 'cdk:asset-manifest');
    const destinations = manifests
      .flatMap((manifest) => Object.values(readAssets(path.join(directory, String(manifest.properties?.file))).files ?? {}))
      .flatMap((file) => Object.values(file.destinations))
      .map((destination) => ({
        bucketName: resolvePlaceholders(destination.bucketName, environment),
        region: resolvePlaceholders(destination.region ?? environment.region, environment),
      }));
    const parameters = [artifact, ...manifests].map((each) => each.properties?.bootstrapStackVersionSsmParameter);
    return [
      {
        stackName: String(artifact.properties?.stackName ?? artifactId),
        environment,
        directory,
        artifactId,
        templateFile: String(artifact.properties?.templateFile),
        assetDestinations: [...new Map(destinations.map((each) => [`${each.region}/${each.bucketName}`, each])).values()],
        bootstrapParameters: [...new Set(parameters.filter((name): name is string => typeof name === 'string'))],
      },
    ];
  });
}

export function readTemplate(directory: string, file: string): Template {
  return JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Template;
}

/** The templates of a template's own nested stacks: the asset whose object a `TemplateURL` names. */
export function nestedTemplates(directory: string, template: Template): readonly NestedTemplate[] {
  const assets = assetManifestFiles(directory).flatMap((file) => Object.values(readAssets(path.join(directory, file)).files ?? {}));
  return Object.entries(template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    if (resource?.Type !== 'AWS::CloudFormation::Stack') return [];
    const url = JSON.stringify((resource.Properties as { readonly TemplateURL?: unknown } | undefined)?.TemplateURL ?? '');
    const asset = assets.find(
      (each) => each.source.path !== undefined && Object.values(each.destinations).some(({ objectKey }) => url.includes(objectKey)),
    );
    return asset?.source.path === undefined ? [] : [{ logicalId, file: asset.source.path }];
  });
}

/**
 * Writes a changed template and gives its asset a new id and object key, everywhere they are named. Under the old key, the toolkit and the bucket
 * would go on with the old template.
 * @returns old object keys and what they are now, for a template above that names them.
 */
export function writeTemplate(directory: string, file: string, template: Template): ReadonlyMap<string, string> {
  const content = JSON.stringify(template, null, 1);
  writeFileSync(path.join(directory, file), content);
  const id = createHash('sha256').update(content).digest('hex');
  const keys = new Map<string, string>();
  for (const manifestFile of assetManifestFiles(directory)) {
    const manifest = readAssets(path.join(directory, manifestFile));
    const files = Object.entries(manifest.files ?? {});
    if (!files.some(([, asset]) => asset.source.path === file)) continue;
    const rekeyed = files.map(([oldId, asset]): [string, FileAsset] => {
      if (asset.source.path !== file) return [oldId, asset];
      const destinations = Object.fromEntries(
        Object.entries(asset.destinations).map(([name, destination]) => {
          const { objectKey } = destination;
          const key = objectKey.includes(oldId)
            ? objectKey.replace(oldId, id)
            : path.posix.join(path.posix.dirname(objectKey), `${id}.json`);
          keys.set(objectKey, key);
          return [name, { ...destination, objectKey: key }];
        }),
      );
      return [id, { ...asset, destinations }];
    });
    writeFileSync(path.join(directory, manifestFile), JSON.stringify({ ...manifest, files: Object.fromEntries(rekeyed) }, null, 1));
  }
  rewriteStackUrls(directory, file, keys);
  return keys;
}

/** Names `keys` anew in whatever is JSON. */
export function renameKeys<Node>(node: Node, keys: ReadonlyMap<string, string>): Node {
  let text = JSON.stringify(node);
  for (const [before, after] of keys) text = text.replaceAll(before, after);
  return JSON.parse(text) as Node;
}

function rewriteStackUrls(directory: string, file: string, keys: ReadonlyMap<string, string>): void {
  const manifest = readManifest(directory);
  const artifacts = Object.fromEntries(
    Object.entries(manifest.artifacts).map(([id, artifact]) => {
      if (artifact.properties?.templateFile !== file) return [id, artifact];
      const url = artifact.properties.stackTemplateAssetObjectUrl;
      return [
        id,
        {
          ...artifact,
          properties: { ...artifact.properties, ...(url === undefined ? {} : { stackTemplateAssetObjectUrl: renameKeys(url, keys) }) },
        },
      ];
    }),
  );
  writeFileSync(path.join(directory, 'manifest.json'), JSON.stringify({ ...manifest, artifacts }, null, 1));
}

function readManifest(directory: string): { readonly artifacts: Record<string, Artifact> } {
  const file = path.join(directory, 'manifest.json');
  if (!existsSync(file))
    throw new Error(`${directory} is not a synthesised CDK assembly: it has no manifest.json. Does the app call app.synth()?`);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly artifacts?: Record<string, Artifact> };
  return { ...manifest, artifacts: manifest.artifacts ?? {} };
}

function assetManifestFiles(directory: string): readonly string[] {
  return Object.values(readManifest(directory).artifacts)
    .filter((artifact) => artifact.type === 'cdk:asset-manifest')
    .map((artifact) => String(artifact.properties?.file));
}

function readAssets(file: string): AssetManifest {
  return JSON.parse(readFileSync(file, 'utf8')) as AssetManifest;
}

function environmentOf(artifact: Artifact, defaults: StackEnvironment): StackEnvironment {
  const [, account = 'unknown-account', region = 'unknown-region'] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment ?? '') ?? [];
  return {
    account: account === 'unknown-account' ? defaults.account : account,
    region: region === 'unknown-region' ? defaults.region : region,
  };
}

function resolvePlaceholders(text: string, environment: StackEnvironment): string {
  const values: Readonly<Record<string, string>> = { AccountId: environment.account, Region: environment.region, Partition: 'aws' };
  return text.replace(/\$\{AWS::(AccountId|Region|Partition)\}/g, (_placeholder, name: string) => values[name] ?? '');
}
