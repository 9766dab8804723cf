import type { CostReport } from '../report';
import { columns, dollars, events, parts } from './figures';
import { breakEvens, byKind, byResource, head, sums } from './tables';

/** For a person at a terminal. */
export function presentText(report: CostReport): string {
  const last = report.loads.at(-1)!;
  const blocks = [
    [head(report)],
    columns(sums(report)),
    last.perEvent === undefined ? [] : [`one event of ${events(last)} costs ${dollars(last.perEvent)}: ${parts(last.byKind)}`],
    columns(byKind(report)),
    columns(byResource(report)),
    report.crossovers.length > 0 ? columns(breakEvens(report)) : [],
    [...new Set(report.crossovers.flatMap(({ assumptions }) => assumptions))].map((text) => `  assumed: ${text}`),
    [
      'Assumed, because neither the profile nor the template says',
      ...columns(report.assumptions.map((one) => [`  ${one.resource === '*' ? '' : `${one.resource} `}${one.field}`, one.value])).map(
        (line, index) => `${line}  ${report.assumptions[index]!.because}`,
      ),
    ],
    report.unpriced.length === 0 ? [] : ['Not priced', ...report.unpriced.map((one) => `  ${one.logicalId}: ${one.reason}`)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
