import type { Presenter } from '../report';

/** Formats of `breakwater review --format`; each is loaded when it is asked for. */
const PRESENTERS: Readonly<Record<string, () => Presenter>> = {
  text: () => (require('./text') as typeof import('./text')).presentText,
  json: () => (require('./json') as typeof import('./json')).presentJson,
  markdown: () => (require('./markdown') as typeof import('./markdown')).presentMarkdown,
  sarif: () => (require('./sarif') as typeof import('./sarif')).presentSarif,
  junit: () => (require('./junit') as typeof import('./junit')).presentJunit,
  html: () => (require('./html') as typeof import('./html')).presentHtml,
};

export const FORMATS: readonly string[] = Object.keys(PRESENTERS);

/** @returns undefined for a format that isn't known */
export function presenterOf(format: string): Presenter | undefined {
  return Object.hasOwn(PRESENTERS, format) ? PRESENTERS[format]!() : undefined;
}
