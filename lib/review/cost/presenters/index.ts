import type { CostResult } from '../report';

/** Formats of `breakwater cost --format`; each is loaded when it is asked for. */
const PRESENTERS: Readonly<Record<string, (result: CostResult) => string | Promise<string>>> = {
  text: ({ report }) => (require('./text') as typeof import('./text')).presentText(report),
  json: ({ report }) => `${JSON.stringify(report, undefined, 2)}\n`,
  markdown: ({ report }) => (require('./markdown') as typeof import('./markdown')).presentMarkdown(report),
  csv: ({ report }) => (require('./csv') as typeof import('./csv')).presentCsv(report),
  html: (result) => (require('./html') as typeof import('./html')).presentHtml(result),
};

export const FORMATS: readonly string[] = Object.keys(PRESENTERS);

/** @returns undefined for a format that isn't known */
export function presenterOf(format: string): ((result: CostResult) => string | Promise<string>) | undefined {
  return Object.hasOwn(PRESENTERS, format) ? PRESENTERS[format] : undefined;
}
