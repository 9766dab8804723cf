import { xml } from '../../markup/xml';
import type { Figure, Flow, Manner } from './flow';
import { FONT, type Layout, layOut, type PlacedArrow, type PlacedFigure, type Point, type TextLine } from './layout';
import { SVG_STYLE } from './svg-style';
import { isWidthSure, widthOf } from './text-width';

const MARGIN = 20;
const LEGEND_ROW = 20;
const LEGEND_WIDTH = 1000;
const SAMPLE = 34;

/** What the lines and numbers mean. */
const LEGEND: ReadonlyArray<readonly [manner: Manner | undefined, text: string]> = [
  ['synchronous', 'the giver waits for the answer'],
  ['asynchronous', 'handed over, nobody waits'],
  ['parks', 'parked after the last attempt'],
  ['loses', 'lost'],
  ['unknown', 'not known'],
  [undefined, '5x: handler runs of one event at worst; tries: attempts to hand over'],
];

/** What was found at a place. */
export interface Mark {
  readonly severity: 'error' | 'warning' | 'info';
  readonly count: number;
}

export interface SvgOptions {
  /** @default 'Flow of events' */
  readonly title?: string;
  /** By the id of the figure. @default none */
  readonly marks?: ReadonlyMap<string, Mark>;
}

/** The flow as one SVG file that needs nothing else. The same flow gives the same bytes. */
export function svgOf(flow: Flow, { title = 'Flow of events', marks = new Map() }: SvgOptions = {}): string {
  const layout = layOut(flow);
  const width = Math.ceil(Math.max(layout.width, 320) + 2 * MARGIN);
  const empty = flow.figures.length === 0;
  const bodyHeight = empty ? 40 : layout.height;
  const legend = empty ? { text: '', height: 0 } : legendAt(MARGIN, bodyHeight + 2 * MARGIN, width - 2 * MARGIN, mannersIn(flow));
  const height = Math.ceil(bodyHeight + 2 * MARGIN + (legend.height > 0 ? legend.height + MARGIN : 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="breakwater" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="breakwater-title breakwater-description">`,
    `<title id="breakwater-title">${xml(title)}</title>`,
    `<desc id="breakwater-description">${xml(inWords(flow))}</desc>`,
    `<style>${SVG_STYLE}</style>`,
    `<defs>${head('synchronous', 'head')}${head('parks', 'head-parks')}${head('loses', 'head-loses')}</defs>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...(empty ? [`<text class="caption" x="${width / 2}" y="${MARGIN + 20}" font-size="${FONT.name}">no events flow here</text>`] : []),
    `<g transform="translate(${MARGIN + Math.max(0, (width - 2 * MARGIN - layout.width) / 2)} ${MARGIN})">`,
    ...layout.arrows.map(line),
    ...layout.figures.map(figure),
    ...layout.figures.flatMap((placed) => badge(placed, marks.get(placed.figure.id))),
    ...labels(layout),
    '</g>',
    legend.text,
    '</svg>',
    '',
  ].join('\n');
}

/** The same in sentences, for those who don't see it. */
export function inWords(flow: Flow): string {
  if (flow.figures.length === 0) return 'No events flow here.';
  const by = new Map(flow.figures.map((one) => [one.id, one]));
  const called = (id: string) => {
    const one = by.get(id)!;
    return one.caption === '' ? one.name : `${one.name} (${one.caption}${one.notes.map((note) => `, ${note}`).join('')})`;
  };
  const VERB: Readonly<Record<Manner, string>> = {
    synchronous: 'calls and waits for',
    asynchronous: 'hands over to',
    parks: 'parks in',
    loses: 'loses:',
    unknown: 'leads, as far as is known, to',
  };
  return flow.arrows
    .map(
      (arrow) =>
        `${called(arrow.from)} ${VERB[arrow.manner]} ${called(arrow.to)}${arrow.labels.length > 0 ? `: ${arrow.labels.join('; ')}` : ''}.`,
    )
    .join(' ');
}

function mannersIn(flow: Flow): ReadonlySet<Manner> {
  return new Set(flow.arrows.map((arrow) => arrow.manner));
}

function head(manner: string, className: string): string {
  return `<marker id="breakwater-${manner}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="${className}" d="M0 0L10 5L0 10z"/></marker>`;
}

function line({ arrow, points }: PlacedArrow): string {
  const marker = arrow.manner === 'parks' || arrow.manner === 'loses' ? arrow.manner : 'synchronous';
  return `<g class="${arrow.manner}"><title>${xml(arrow.title)}</title><path class="arrow" d="${curve(points)}" marker-end="url(#breakwater-${marker})"/></g>`;
}

/** Straight ends, and a soft way through the points between. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return '';
  const parts = [`M${at(first)}`];
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    parts.push(`Q${at(point)} ${next ? at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }) : at(last)}`);
  });
  if (rest.length === 0) parts.push(`L${at(last)}`);
  return parts.join('');
}

function figure(placed: PlacedFigure): string {
  const { figure: one, lines } = placed;
  const id = one.logicalId === undefined ? '' : ` data-logical-id="${xml(one.logicalId)}"`;
  return `<g class="figure ${one.shape}"${id}><title>${xml(one.title)}</title>${outline(one, placed)}${lines.map((each) => text(each, warns(each))).join('')}</g>`;
}

function badge({ figure: one, left, width, top }: PlacedFigure, mark: Mark | undefined): string[] {
  if (!mark) return [];
  const [x, y] = [round(left + width - 4), round(top + 3)];
  const words = `${mark.count} ${mark.count === 1 ? 'finding' : 'findings'} at ${one.name}`;
  return [
    `<g class="badge ${mark.severity}"><title>${xml(words)}</title><circle cx="${x}" cy="${y}" r="9"/><text x="${x}" y="${y}" font-size="${mark.count > 9 ? 8.5 : 10.5}">${mark.count > 99 ? '99' : mark.count}</text></g>`,
  ];
}

function warns(each: TextLine): string {
  return each.role === 'note' && each.text === 'no alarm' ? 'note warns' : each.role;
}

function outline(one: Figure, { left, top, width, height }: PlacedFigure): string {
  const [x, y, w, h] = [left, top, width, height].map(round) as [number, number, number, number];
  const box = (radius: number) => `<rect class="shape" x="${x}" y="${y}" width="${w}" height="${h}" rx="${radius}"/>`;
  switch (one.shape) {
    case 'source':
    case 'caller':
      return box(round(h / 2));
    case 'drop':
    case 'blocks':
      return box(round(h / 2));
    case 'queue':
      return `${box(3)}<path class="shape" d="M${x + 6} ${y}v${h}M${round(x + w - 6)} ${y}v${h}"/>`;
    case 'store':
      return `<path class="shape" d="M${x} ${y + 6}a${round(w / 2)} 6 0 0 1 ${w} 0v${round(h - 12)}a${round(w / 2)} 6 0 0 1 ${-w} 0z"/><path class="shape" fill="none" d="M${x} ${y + 6}a${round(w / 2)} 6 0 0 0 ${w} 0"/>`;
    case 'parking-lot':
      return `<path class="shape" d="M${x + 9} ${y}h${round(w - 18)}l9 ${round(h / 2)}l-9 ${round(h / 2)}h${-round(w - 18)}l-9 ${-round(h / 2)}z"/>`;
    default:
      return box(6);
  }
}

function labels(layout: Layout): string[] {
  return layout.arrows.flatMap(({ arrow, lines }) =>
    lines.length === 0 ? [] : [`<g class="${arrow.manner}">${ground(lines)}${lines.map((each) => text(each, 'label')).join('')}</g>`],
  );
}

/** The arrow runs behind its label, not through it. */
function ground(lines: readonly TextLine[]): string {
  const width = lines.reduce((most, each) => Math.max(most, each.width), 0);
  const [first, last] = [lines[0]!, lines.at(-1)!];
  const top = first.y - first.size * 0.6;
  return `<rect class="ground" x="${round(first.x - width / 2)}" y="${round(top)}" width="${round(width)}" height="${round(last.y + last.size * 0.6 - top)}"/>`;
}

function text(each: TextLine, className: string): string {
  const forced = isWidthSure(each.text) ? '' : ` textLength="${round(each.width)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text class="${className}" x="${round(each.x)}" y="${round(each.y)}" font-size="${each.size}"${forced}>${xml(each.text)}</text>`;
}

function legendAt(left: number, top: number, room: number, used: ReadonlySet<Manner>): { readonly text: string; readonly height: number } {
  const parts: string[] = [];
  let x = left;
  let y = top + LEGEND_ROW / 2;
  for (const [manner, words] of LEGEND) {
    if (manner !== undefined && !used.has(manner)) continue;
    const sample = manner === undefined ? 0 : SAMPLE + 8;
    const width = sample + widthOf(words, FONT.label) + 24;
    if (x > left && x + width > left + Math.min(room, LEGEND_WIDTH)) {
      x = left;
      y += LEGEND_ROW;
    }
    if (manner !== undefined) {
      const marker = manner === 'parks' || manner === 'loses' ? manner : 'synchronous';
      parts.push(`<g class="${manner}"><path class="arrow" d="M${round(x)} ${y}h${SAMPLE}" marker-end="url(#breakwater-${marker})"/></g>`);
    }
    parts.push(`<text class="legend" x="${round(x + sample)}" y="${y}" font-size="${FONT.label}">${xml(words)}</text>`);
    x += width;
  }
  return { text: parts.join('\n'), height: y - top + LEGEND_ROW / 2 };
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
