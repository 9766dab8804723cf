import { showable } from '../../markup/showable';

/** Facts about one thing, a line each, those that are known. What they hold is made harmless here. */
export function factLines(facts: ReadonlyArray<readonly [name: string, value: string | undefined]>): string[] {
  const told = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(...told.map(([name]) => name.length));
  return told.map(([name, value]) => `  ${name.padEnd(width)}  ${showable(value)}`);
}
