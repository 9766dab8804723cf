import { xml } from '../../../markup/xml';
import { plotCrossover } from '../plot';
import type { CostReport, CostResult } from '../report';
import { dollars, events, parts } from './figures';
import { breakEvens, byKind, byResource, head, sums, type Table } from './tables';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
table.text th, table.text td { text-align: left; }
svg { max-width: 100%; height: auto; border-radius: 6px; }
`;

/** One file that opens without a network. */
export async function presentHtml({ report, crossovers }: CostResult): Promise<string> {
  const last = report.loads.at(-1)!;
  const plots = await Promise.all(crossovers.map((crossover) => plotCrossover(crossover, report.prices.date)));
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Cost of ${xml(report.stacks.join(', '))}</title><style>${STYLE}</style></head>`,
    '<body>',
    `<h1>What ${xml(report.stacks.join(', '))} costs in a month</h1>`,
    `<p>${xml(head(report))}.</p>`,
    table(sums(report)),
    last.perEvent === undefined
      ? ''
      : `<p>One event of ${events(last)} costs <strong>${dollars(last.perEvent)}</strong>: ${xml(parts(last.byKind))}.</p>`,
    '<h2>By kind of charge</h2>',
    table(byKind(report)),
    '<h2>By resource</h2>',
    table(byResource(report)),
    ...crossoverSection(report, plots),
    '<h2>Assumed, because neither the profile nor the template says</h2>',
    table(
      [
        ['what', 'value', 'because'],
        ...report.assumptions.map((one) => [`${one.resource === '*' ? '' : `${one.resource} `}${one.field}`, one.value, one.because]),
      ],
      'text',
    ),
    ...(report.unpriced.length === 0
      ? []
      : ['<h2>Not priced</h2>', table([['resource', 'because'], ...report.unpriced.map((one) => [one.logicalId, one.reason])], 'text')]),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function crossoverSection(report: CostReport, plots: readonly string[]): string[] {
  if (plots.length === 0) return [];
  const assumed = [...new Set(report.crossovers.flatMap(({ assumptions }) => assumptions))];
  return [
    '<h2>When a container would be cheaper</h2>',
    table(breakEvens(report)),
    ...plots,
    '<ul>',
    ...assumed.map((one) => `<li>${xml(one)}</li>`),
    '</ul>',
  ];
}

function table([first, ...rows]: Table, className?: string): string {
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}${tag === 'th' ? ' scope="col"' : ''}>${xml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table${className ? ` class="${className}"` : ''}><thead>${row(first!, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}
