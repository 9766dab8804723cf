import { showable } from '../markup/showable';

/** A name from a template inside a sentence. */
export function code(text: string): string {
  return `\`${showable(text).replaceAll('`', "'")}\``;
}

/** A text from a template that is no markup, whatever it holds. */
export function prose(text: string): string {
  return showable(text).replace(/[\\`*_{}[\]<>#|~!]/g, (character) => `\\${character}`);
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** @param figures whether all columns but the first hold numbers, which stand to the right */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>, figures = false): string {
  const rule = head.map((_, index) => (figures && index > 0 ? '---:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
