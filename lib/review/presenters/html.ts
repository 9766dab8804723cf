import { createHash } from 'node:crypto';
import { xml } from '../../markup/xml';
import { flowOf } from '../diagram/flow';
import { type Mark, svgOf } from '../diagram/svg';
import type { Finding, Presenter, Report, Severity } from '../report';
import { SEVERITIES } from '../report';
import { findingsSection } from './html-findings';
import { HTML_SCRIPT, HTML_STYLE } from './html-style';
import { checklistSection, pathsSection, unknownsSection } from './html-tables';

const WORD: Readonly<Record<Severity, readonly [one: string, more: string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  info: ['note', 'notes'],
};
/** Whatever a name in a template tries, the page runs its own script and fetches nothing. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${createHash('sha256').update(HTML_SCRIPT).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** One file that opens without a network: diagram, findings, checklist, paths. */
export const presentHtml: Presenter = ({ report, graph, paths }) => {
  const names = report.stacks.map((stack) => stack.name).join(', ');
  const flow = flowOf(graph);
  const drawn = svgOf(flow, { title: `Flow of events through ${names}`, marks: marksOf(report.findings) });
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>Review of ${xml(names)}</title>`,
    `<style>${HTML_STYLE}</style></head>`,
    '<body>',
    '<header>',
    `<h1>Review of ${xml(names)}</h1>`,
    `<p class="muted">How events flow through ${resources(report)}, and where they are lost, repeated, multiplied or blocked.</p>`,
    chips(report),
    `<nav aria-label="Sections"><ul>${sections(report)
      .map(([id, heading]) => `<li><a href="#${id}">${heading}</a></li>`)
      .join('')}</ul></nav>`,
    '</header>',
    '<main>',
    '<section id="diagram" aria-labelledby="diagram-heading">',
    '<h2 id="diagram-heading">Flow of events</h2>',
    `<div class="scroll" tabindex="0" role="region" aria-label="Diagram">${drawn}</div>`,
    '<p class="muted hint">Pointing at a box or an arrow tells more. A number at a box counts its findings.</p>',
    '</section>',
    findingsSection(report.findings, report.ignored, clean(report)),
    checklistSection(report.checklist),
    pathsSection(paths, graph),
    unknownsSection(report.unknowns),
    '</main>',
    `<script>${HTML_SCRIPT}</script>`,
    '</body>',
    '</html>\n',
  ]
    .filter(Boolean)
    .join('\n');
};

function sections(report: Report): ReadonlyArray<readonly [id: string, heading: string]> {
  return [
    ['diagram', 'Flow of events'],
    ['findings', `Findings (${report.findings.length})`],
    ['checklist', 'Checklist'],
    ['paths', `Paths (${report.paths.length})`],
    ...(report.unknowns.length > 0 ? ([['unknowns', `Not followed (${report.unknowns.length})`]] as const) : []),
  ];
}

function chips({ findings, ignored }: Report): string {
  const counted = SEVERITIES.map((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return `<li class="chip ${count === 0 ? 'none' : severity}">${count} ${WORD[severity][count === 1 ? 0 : 1]}</li>`;
  });
  const set = ignored.length === 0 ? [] : [`<li class="chip none">${ignored.length} set aside</li>`];
  return `<ul class="chips" aria-label="Result">${[...counted, ...set].join('')}</ul>`;
}

function resources({ stacks }: Report): string {
  const total = stacks.reduce((sum, stack) => sum + stack.resources, 0);
  return `${total} ${total === 1 ? 'resource' : 'resources'} in ${stacks.length} ${stacks.length === 1 ? 'stack' : 'stacks'}`;
}

function clean({ unknowns }: Report): string {
  return unknowns.length === 0
    ? 'Nothing was found.'
    : 'Nothing was found in what could be followed; the end of the page lists what could not.';
}

/** Findings counted at the places they are about. */
function marksOf(findings: readonly Finding[]): ReadonlyMap<string, Mark> {
  const marks = new Map<string, { severity: Severity; count: number }>();
  for (const { severity, locations } of findings)
    for (const { stack, logicalId } of locations) {
      const known = marks.get(`${stack}/${logicalId}`);
      // Findings come worst first.
      if (known) known.count += 1;
      else marks.set(`${stack}/${logicalId}`, { severity, count: 1 });
    }
  return marks;
}
