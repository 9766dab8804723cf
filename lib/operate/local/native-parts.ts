import { createRequire } from 'node:module';
import path from 'node:path';
import type { TemplateResource } from './template-reduction';

/** A package whose native part for this machine is a package of its own, and the packages through which npm brings it. */
const KNOWN_PACKAGES: ReadonlyArray<{ readonly through: readonly string[]; readonly native: (platform: string) => readonly string[] }> = [
  {
    through: ['@duckdb/node-api', '@duckdb/node-bindings'],
    native: (platform) => [`@duckdb/node-bindings-${platform}`, `@duckdb/node-bindings-${platform}-musl`],
  },
];

/** What this machine calls itself in the names of npm's packages: `linux-x64`. */
const THIS_PLATFORM = `${process.platform}-${process.arch}`;
/** What Lambda calls it. */
const THIS_ARCHITECTURE = process.arch === 'x64' ? 'x86_64' : process.arch;

export interface NativePart {
  readonly name: string;
  readonly folder: string;
}

/**
 * Native parts for this machine that are installed for known packages. Functions run on this machine's processor, and a layer for Lambda brings those of Lambda's: with
 * these beside them, what the layer holds is loaded as it is, and only the machine code is another.
 *
 * @param from file of the project that has the packages
 */
export function nativeParts(from: string): readonly NativePart[] {
  return KNOWN_PACKAGES.flatMap(({ through, native }) => {
    const owner = through.reduce<string | undefined>((file, name) => file && manifestOf(name, file), from);
    if (owner === undefined) return [];
    return native(THIS_PLATFORM).flatMap((name) => {
      const manifest = manifestOf(name, owner);
      return manifest === undefined ? [] : [{ name, folder: path.dirname(manifest) }];
    });
  });
}

function manifestOf(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

/** What to tell about layers that are not for this machine's processor; undefined when there are none. */
export function noteOnLayers(resources: readonly TemplateResource[], parts: readonly NativePart[]): string | undefined {
  const foreign = resources.some((resource) => resource.Type === 'AWS::Lambda::LayerVersion' && !suits(resource.Properties));
  if (!foreign) return undefined;
  const others = 'other native parts in them do not load here';
  return `functions run on this machine's processor (${THIS_PLATFORM}), and layers are for another: ${
    parts.length === 0 ? others : `${parts.map(({ name }) => name).join(', ')} stands in for theirs; ${others}`
  }`;
}

function suits(properties: unknown): boolean {
  const { CompatibleArchitectures: architectures } = (properties ?? {}) as { readonly CompatibleArchitectures?: unknown };
  if (!Array.isArray(architectures) || architectures.length === 0) return true;
  return process.platform === 'linux' && architectures.includes(THIS_ARCHITECTURE);
}
