import { isDeepStrictEqual } from 'node:util';
import { Comparison, type Incompatibility } from './comparison';
import { Conjunction } from './conjunction';
import type { Contract, JsonSchema } from './contract';
import { SchemaDocument } from './schema-document';
import { Undecided } from './undecided';

export type { Incompatibility } from './comparison';

/**
 * Where a new schema lets a value pass that the schema before refuses: there, its consumers break.
 *
 * @returns empty only when every value that is valid for `next` is valid for `previous`; what can't be decided is told as a fault of its own
 */
export function incompatibilities(previous: JsonSchema, next: JsonSchema): readonly Incompatibility[] {
  if (isDeepStrictEqual(previous, next)) return [];
  try {
    const [before, after] = [new SchemaDocument('previous', previous), new SchemaDocument('next', next)];
    return new Comparison().faults(new Conjunction([after.root]), before.root, { pointer: '', depth: 0 });
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return [{ pointer: '', was: 'another schema', is: `one that can not be compared with it: ${error.message}` }];
  }
}

/** What a version would break, and for whom. */
export interface BrokenVersion {
  readonly name: string;
  readonly version: number;
  /** Whose consumers it breaks. */
  readonly previous: number;
  readonly faults: readonly Incompatibility[];
}

/**
 * Compares each version with those before it that it says it serves.
 *
 * @param versions of one contract, oldest first
 */
export function brokenVersions(versions: readonly Contract[]): readonly BrokenVersion[] {
  return versions.flatMap((contract) => brokenBy(contract, versions));
}

/** As {@link brokenVersions}, of one version. */
export function brokenBy({ name, version, schema, ...contract }: Contract, versions: readonly Contract[]): readonly BrokenVersion[] {
  const from = servedFrom({ name, version, schema, ...contract }, versions);
  return versions
    .filter((one) => one.version < version && one.version >= from)
    .map((one) => ({ name, version, previous: one.version, faults: incompatibilities(one.schema, schema) }))
    .filter(({ faults }) => faults.length > 0);
}

/** @returns the oldest version whose consumers a version serves */
export function servedFrom(contract: Contract, versions: readonly Contract[]): number {
  if (contract.compatibleFrom !== undefined) return contract.compatibleFrom;
  const before = versions.filter(({ version }) => version < contract.version).at(-1);
  return before === undefined ? contract.version : servedFrom(before, versions);
}

export const BREAKING_REMEDY =
  'Change the schema so that it takes no more than before, or say with compatibleFrom from which version on consumers are served, and move those of older ones first.';

/** What a broken version is refused with. */
export function brokenText({ name, version, previous, faults }: BrokenVersion): string {
  const fields = faults.map(({ pointer, was, is }) => `  ${pointer || 'the event'}: was ${was}, is ${is}`);
  return `${name} version ${version} breaks consumers of version ${previous}:\n${fields.join('\n')}`;
}
