import { xml } from '../../markup/xml';
import type { ReconciliationReport } from './contract';
import { minorUnitsOf } from './currencies';
import { figuresOf } from './figures';
import { badRowsSection, inTransitSection, largestSection } from './page-breaks';
import type { Page, PageContext } from './page-context';
import { laterSection } from './page-later';
import { plotRuns } from './page-plot';
import { registerSection } from './page-register';
import { REPORT_STYLE } from './page-style';
import { ageingSection, classesSection, proofSection, sidesSection } from './page-sums';
import { section, table, told, whole } from './page-tables';

const MOST_RUNS = 30;
/** Whatever a text of a source tries, the page runs nothing and fetches nothing. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;

/** One file that opens without a network, for people who decide on the breaks. */
export async function reportPage(report: ReconciliationReport, context: PageContext = {}): Promise<string> {
  const page: Page = { ...context, report, digits: minorUnitsOf(context.minorUnits) };
  const sections: ReadonlyArray<readonly [id: string, heading: string, content: string]> = [
    ['classes', `Breaks by class (${whole(report.breaks.length)})`, classesSection(page)],
    ['ageing', 'Ageing', ageingSection(page)],
    ['largest', 'Largest breaks', largestSection(page)],
    ['register', 'Closed and restated', registerSection(page)],
    ['runs', 'Last runs', await runsSection(page)],
    ['later', `Matched by later rules (${whole(report.later?.length ?? 0)})`, laterSection(page)],
    ['transit', `In transit (${whole(report.inTransit.length)})`, inTransitSection(page)],
    ['bad', `Bad rows (${whole(report.badRows.length)})`, badRowsSection(page)],
    ['sides', 'Both sides', sidesSection(page)],
    ['proof', 'Proof of completeness', proofSection(page)],
  ];
  const shown = sections.filter(([, , content]) => content !== '');
  const title = xml(`Reconciliation ${report.name}, ${report.date}`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>${title}</title>`,
    `<style>${REPORT_STYLE}</style></head>`,
    '<body>',
    '<header>',
    `<h1>Reconciliation ${told(report.name)}</h1>`,
    `<p class="muted">Business date ${told(report.date)}</p>`,
    verdict(report),
    figures(report),
    `<nav aria-label="Sections"><ul>${shown.map(([id, heading]) => `<li><a href="#${id}">${heading}</a></li>`).join('')}</ul></nav>`,
    '</header>',
    '<main>',
    ...shown.map(([id, heading, content]) => section(id, heading, content)),
    '</main>',
    '</body>',
    '</html>\n',
  ].join('\n');
}

function verdict({ breaks, badRows }: ReconciliationReport): string {
  const chip = (kind: string, text: string): string => `<ul class="chips" aria-label="Result"><li class="chip ${kind}">${text}</li></ul>`;
  if (breaks.length > 0) return chip('error', 'both sides do not agree');
  return badRows.length > 0 ? chip('warning', 'what could be read agrees') : chip('good', 'both sides agree');
}

function figures(report: ReconciliationReport): string {
  const { rows, matched, breaks, inTransit, badRows } = figuresOf(report);
  const each: ReadonlyArray<readonly [string, number]> = [
    ['rows left', rows.left],
    ['rows right', rows.right],
    ['matched', matched],
    ['breaks', breaks],
    ['in transit', inTransit],
    ['bad rows', badRows],
  ];
  return `<dl class="figures">${each.map(([name, count]) => `<div><dt>${name}</dt><dd>${whole(count)}</dd></div>`).join('')}</dl>`;
}

async function runsSection({ report, runs = [] }: Page): Promise<string> {
  const earlier = runs.filter(({ date }) => date < report.date).sort((a, b) => (a.date < b.date ? -1 : 1));
  const all = [...earlier, figuresOf(report)].slice(-MOST_RUNS);
  if (all.length < 2) return '';
  const rows = [...all]
    .reverse()
    .map(({ date, rows: { left, right }, ...counts }) => [
      xml(date),
      ...[left, right, counts.matched, counts.breaks, counts.inTransit, counts.badRows].map(whole),
    ]);
  const headings = ['rows left', 'rows right', 'matched', 'breaks', 'in transit', 'bad rows'];
  return [
    `<div class="scroll" tabindex="0" role="region" aria-label="Plot">${await plotRuns(all)}</div>`,
    `<details><summary>Figures</summary>${table([['date'], ...headings.map((name) => [name, 'number'] as const)], rows)}</details>`,
  ].join('\n');
}
