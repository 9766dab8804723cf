import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ScriptedStorm, Storm } from './contract';
import { OptionError } from './options';

export type AnyStorm = Storm | ScriptedStorm;

export function isScripted(storm: AnyStorm): storm is ScriptedStorm {
  return 'play' in storm;
}

/** From `dist/lib/operate/storm` and from the sources alike, examples are three folders up. */
const examplesFolder = path.resolve(__dirname, '../../../examples');

/** Examples that have a storm, sorted. None in an installed package. */
export function stormedExamples(): readonly string[] {
  return existsSync(examplesFolder) ? readdirSync(examplesFolder).filter(hasStorm).sort() : [];
}

/** @throws {OptionError} when there is none */
export function loadStorm(example: string): AnyStorm {
  if (!hasStorm(example)) {
    throw new OptionError(`no storm of an example '${example}': storms run in a clone of the repository, after npm run build`);
  }
  return (require(fileOf(example)) as { readonly storm: AnyStorm }).storm;
}

function hasStorm(example: string): boolean {
  return existsSync(`${fileOf(example)}.js`) || existsSync(`${fileOf(example)}.ts`);
}

function fileOf(example: string): string {
  return path.join(examplesFolder, example, 'storm');
}
