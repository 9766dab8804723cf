import type { Decimal } from 'decimal.js';
import { xml } from '../../markup/xml';
import { ALTERNATIVES, type Alternative, type Crossover } from './crossover';

const WIDTH = 760;
const HEIGHT = 420;
const MARGIN = { top: 44, right: 190, bottom: 52, left: 76 };
const LABEL: Readonly<Record<Alternative, string>> = {
  lambda: 'Lambda',
  'lambda-provisioned': 'Lambda, provisioned',
  fargate: 'Fargate',
  'fargate-load-balanced': 'Fargate, load balancer',
};
const STYLE: Readonly<Record<Alternative, { readonly colour: string; readonly dash: string }>> = {
  lambda: { colour: '#0b6e99', dash: '' },
  'lambda-provisioned': { colour: '#0b6e99', dash: '6 4' },
  fargate: { colour: '#b3541e', dash: '' },
  'fargate-load-balanced': { colour: '#b3541e', dash: '6 4' },
};

/** Monthly cost against requests, both on logarithmic axes, as an SVG that stands alone. */
export async function plotCrossover(crossover: Crossover, priceDate: string): Promise<string> {
  // Published as modules alone: loaded when something is drawn.
  const { scaleLog } = await import('d3-scale');
  const { line } = await import('d3-shape');
  const costs = crossover.curve.flatMap(({ cost }) => ALTERNATIVES.map((name) => cost[name].toNumber())).filter((cost) => cost > 0);
  const x = scaleLog([crossover.curve[0]!.requestsPerMonth, crossover.curve.at(-1)!.requestsPerMonth], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLog([Math.max(0.01, Math.min(...costs)), Math.max(...costs)], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
  const [lowest] = y.domain();
  const drawn = (name: Alternative) =>
    line<{ readonly requestsPerMonth: number; readonly cost: Readonly<Record<Alternative, Decimal>> }>(
      (point) => x(point.requestsPerMonth),
      (point) => y(Math.max(lowest!, point.cost[name].toNumber())),
    )([...crossover.curve])!;
  const decades = (from: number, to: number) =>
    Array.from(
      { length: Math.floor(Math.log10(to) + 1e-9) - Math.ceil(Math.log10(from) - 1e-9) + 1 },
      (_, index) => 10 ** (Math.ceil(Math.log10(from) - 1e-9) + index),
    );
  const title = `Monthly cost of ${crossover.name}: Lambda and Fargate`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${xml(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${xml(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15" fill="#1b1f24">${xml(title)}</text>`,
    ...decades(...(x.domain() as [number, number])).map(
      (value) =>
        `<path d="M${round(x(value))},${MARGIN.top}V${HEIGHT - MARGIN.bottom}" stroke="#e3e6ea"/><text x="${round(x(value))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle" fill="#4a5159">${short(value)}</text>`,
    ),
    ...decades(...(y.domain() as [number, number])).map(
      (value) =>
        `<path d="M${MARGIN.left},${round(y(value))}H${WIDTH - MARGIN.right}" stroke="#e3e6ea"/><text x="${MARGIN.left - 8}" y="${round(y(value)) + 4}" text-anchor="end" fill="#4a5159">$${short(value)}</text>`,
    ),
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle" fill="#4a5159">requests a month (prices of ${xml(priceDate)})</text>`,
    ...ALTERNATIVES.map(
      (name) =>
        `<path d="${rounded(drawn(name))}" fill="none" stroke="${STYLE[name].colour}" stroke-width="2"${STYLE[name].dash ? ` stroke-dasharray="${STYLE[name].dash}"` : ''}/>`,
    ),
    ...crossover.breakEvens
      .filter(
        ({ from, requestsPerMonth }) =>
          from === 'lambda' && requestsPerMonth !== undefined && requestsPerMonth >= crossover.curve[0]!.requestsPerMonth,
      )
      .map(({ to, requestsPerMonth }) => {
        const cost = y(Math.max(lowest!, costAt(crossover, requestsPerMonth!, to)));
        return `<circle cx="${round(x(requestsPerMonth!))}" cy="${round(cost)}" r="4.5" fill="#1b1f24"><title>${LABEL[to]} is cheaper than Lambda from ${requestsPerMonth!.toLocaleString('en-US')} requests a month</title></circle>`;
      }),
    ...ALTERNATIVES.map((name, index) => {
      const top = MARGIN.top + 14 + index * 24;
      const left = WIDTH - MARGIN.right + 16;
      return `<path d="M${left},${top}h26" stroke="${STYLE[name].colour}" stroke-width="2"${STYLE[name].dash ? ` stroke-dasharray="${STYLE[name].dash}"` : ''}/><text x="${left + 34}" y="${top + 4}" fill="#1b1f24">${LABEL[name]}</text>`;
    }),
    `<circle cx="${WIDTH - MARGIN.right + 29}" cy="${MARGIN.top + 14 + 4 * 24}" r="4.5" fill="#1b1f24"/><text x="${WIDTH - MARGIN.right + 50}" y="${MARGIN.top + 18 + 4 * 24}" fill="#1b1f24">break-even</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function costAt(crossover: Crossover, requests: number, name: Alternative): number {
  const next = crossover.curve.find((point) => point.requestsPerMonth >= requests) ?? crossover.curve.at(-1)!;
  return next.cost[name].toNumber();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function rounded(path: string): string {
  return path.replace(/\d+\.\d+/g, (text) => String(round(Number(text))));
}

function short(value: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (value >= size) return `${value / size}${unit}`;
  return String(value);
}
