import { xml } from '../../markup/xml';
import type { RunFigures } from './figures';

const WIDTH = 720;
const HEIGHT = 260;
const MARGIN = { top: 40, right: 16, bottom: 36, left: 64 };
const LINES = [
  ['inTransit', 'in transit'],
  ['badRows', 'bad rows'],
] as const;
const MOST_DATES = 10;

/** Breaks of the last runs as bars, what is in transit and bad rows as lines; in the colours of the page it stands in. @param runs the earliest first */
export async function plotRuns(runs: readonly RunFigures[]): Promise<string> {
  // Published as modules alone: loaded when something is drawn.
  const { scaleBand, scaleLinear } = await import('d3-scale');
  const { line } = await import('d3-shape');
  const x = scaleBand(
    runs.map(({ date }) => date),
    [MARGIN.left, WIDTH - MARGIN.right],
  ).padding(0.25);
  const highest = Math.max(1, ...runs.flatMap(({ breaks, inTransit, badRows }) => [breaks, inTransit, badRows]));
  const y = scaleLinear([0, highest], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
  const centre = ({ date }: RunFigures): number => x(date)! + x.bandwidth() / 2;
  const every = Math.ceil(runs.length / MOST_DATES);
  const title = `Breaks of the last ${runs.length} runs`;
  const legend = [['breaks', 'breaks'], ...LINES].map(
    ([name, label], index) =>
      `<rect class="${name}" x="${MARGIN.left + index * 110}" y="12" width="12" height="12"/><text x="${MARGIN.left + index * 110 + 18}" y="22">${label}</text>`,
  );
  return [
    `<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    ...legend,
    ...y
      .ticks(4)
      .filter((value) => Number.isInteger(value))
      .map(
        (value) =>
          `<path class="rule" d="M${MARGIN.left},${round(y(value))}H${WIDTH - MARGIN.right}"/><text x="${MARGIN.left - 8}" y="${round(y(value)) + 4}" text-anchor="end">${value.toLocaleString('en-US')}</text>`,
      ),
    ...runs.map(
      (run) =>
        `<rect class="breaks" x="${round(x(run.date)!)}" y="${round(y(run.breaks))}" width="${round(x.bandwidth())}" height="${round(y(0) - y(run.breaks))}"><title>${xml(told(run))}</title></rect>`,
    ),
    ...LINES.map(([name]) => {
      const points = runs.map((run) => `<circle class="${name}" cx="${round(centre(run))}" cy="${round(y(run[name]))}" r="3"/>`);
      const path = line<RunFigures>(centre, (run) => y(run[name]))([...runs])!;
      return `<path class="${name}" d="${path.replace(/\d+\.\d+/g, (number) => String(round(Number(number))))}"/>${points.join('')}`;
    }),
    // Counted from the last one, which is the one looked at.
    ...runs
      .filter((_, index) => (runs.length - 1 - index) % every === 0)
      .map((run) => `<text x="${round(centre(run))}" y="${HEIGHT - 12}" text-anchor="middle">${xml(run.date.slice(5))}</text>`),
    '</svg>',
  ].join('\n');
}

function told({ date, breaks, inTransit, badRows }: RunFigures): string {
  return `${date}: ${breaks} breaks, ${inTransit} in transit, ${badRows} bad rows`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
