import Mustache from 'mustache';
import { TemplateFault } from './templates';

/** What every message has beside the rule's own variables; a rule can't name one of its own like these. */
export const RESERVED_VARIABLES = ['recipient', 'count', 'events', 'unsubscribeUrl'] as const;

/** A name that a template asks for. */
export interface UsedVariable {
  /** As it is written: `order.id`. */
  readonly name: string;
  /** Sections it stands in, outermost first. */
  readonly within: readonly string[];
}

type Token = [type: string, value: string, start: number, end: number, ...rest: unknown[]];

/**
 * The variables of a template, in the order they stand in it.
 *
 * @param file for errors
 * @throws TemplateFault when it is no Mustache, or uses a partial
 */
export function usedVariables(template: string, file: string): UsedVariable[] {
  return [...walk(parse(template, file), [], file)];
}

function parse(template: string, file: string): Token[] {
  try {
    return Mustache.parse(template) as Token[];
  } catch (error) {
    throw new TemplateFault(`template file ${file}: ${(error as Error).message}; see https://mustache.github.io/mustache.5.html`);
  }
}

function* walk(tokens: readonly Token[], within: readonly string[], file: string): Generator<UsedVariable> {
  for (const [type, name, , , inner] of tokens) {
    if (type === '>') throw new TemplateFault(`template file ${file}: uses the partial {{> ${name}}}, and there are none: write it out`);
    if (type === 'name' || type === '&' || type === '#' || type === '^') yield { name, within };
    if (type === '#' || type === '^') yield* walk(inner as Token[], type === '#' ? [...within, name] : within, file);
  }
}
