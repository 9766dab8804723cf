import { graphlib, layout as place } from '@dagrejs/dagre';
import type { Arrow, Figure, Flow } from './flow';
import { widthOf, wrap } from './text-width';

export const FONT = { caption: 10.5, name: 13, note: 10.5, label: 11 } as const;
const LINE_HEIGHT = 1.3;
const NAME_WIDTH = 200;
const LABEL_WIDTH = 200;
const PADDING = { x: 14, y: 9 } as const;
const LEAST_WIDTH = 84;
/** Names are drawn semibold. */
const SEMIBOLD = 1.13;
const GAP = 36;
const ROW_WIDTH = 1180;
/** From here on the finest order of figures takes longer than anybody waits, and grows wider than any page from top to bottom. */
const LARGE = 100;

export interface TextLine {
  readonly text: string;
  readonly role: 'caption' | 'name' | 'note' | 'label';
  /** Middle of the line. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Room it was given. */
  readonly width: number;
}

export interface PlacedFigure {
  readonly figure: Figure;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly TextLine[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedArrow {
  readonly arrow: Arrow;
  readonly points: readonly Point[];
  readonly lines: readonly TextLine[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly figures: readonly PlacedFigure[];
  readonly arrows: readonly PlacedArrow[];
}

/** Places a flow from top to bottom; flows that have nothing to do with each other stand beside each other as long as there is room. */
export function layOut(flow: Flow): Layout {
  const parts = partsOf(flow).map(layOutPart);
  const figures: PlacedFigure[] = [];
  const arrows: PlacedArrow[] = [];
  let left = 0;
  let top = 0;
  let rowHeight = 0;
  let width = 0;
  for (const part of parts) {
    if (left > 0 && left + part.width > ROW_WIDTH) {
      left = 0;
      top += rowHeight + GAP;
      rowHeight = 0;
    }
    figures.push(...part.figures.map((figure) => movedFigure(figure, left, top)));
    arrows.push(...part.arrows.map((arrow) => movedArrow(arrow, left, top)));
    left += part.width + GAP;
    rowHeight = Math.max(rowHeight, part.height);
    width = Math.max(width, left - GAP);
  }
  return { width, height: top + rowHeight, figures, arrows };
}

/** Figures that some arrow connects, in the order of their first figures. */
function partsOf(flow: Flow): Flow[] {
  const leader = new Map(flow.figures.map((figure) => [figure.id, figure.id]));
  const find = (id: string): string => {
    let at = id;
    while (leader.get(at) !== at) {
      leader.set(at, leader.get(leader.get(at)!)!);
      at = leader.get(at)!;
    }
    return at;
  };
  for (const { from, to } of flow.arrows) leader.set(find(to), find(from));
  const parts = new Map<string, { readonly figures: Figure[]; readonly arrows: Arrow[] }>();
  for (const figure of flow.figures) {
    const part = parts.get(find(figure.id)) ?? { figures: [], arrows: [] };
    parts.set(find(figure.id), part);
    part.figures.push(figure);
  }
  for (const arrow of flow.arrows) parts.get(find(arrow.from))!.arrows.push(arrow);
  return [...parts.values()];
}

interface Box {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Omit<TextLine, 'x' | 'y'>[];
}

/** From top to bottom, as pages are read; from left to right where that is narrower than too wide. */
function layOutPart(part: Flow): Layout {
  if (part.figures.length > LARGE) return layOutTowards('LR', part);
  const down = layOutTowards('TB', part);
  if (down.width <= ROW_WIDTH) return down;
  const across = layOutTowards('LR', part);
  return across.width < down.width ? across : down;
}

function layOutTowards(rankdir: 'TB' | 'LR', part: Flow): Layout {
  const large = part.figures.length > LARGE;
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir,
    nodesep: rankdir === 'TB' ? 34 : 22,
    edgesep: 18,
    ranksep: 44,
    ...(large ? { acyclicer: 'greedy', ranker: 'tight-tree' } : {}),
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map(part.figures.map((figure) => [figure.id, boxOf(figure)]));
  for (const id of sourcesFirst(part)) graph.setNode(id, { width: boxes.get(id)!.width, height: boxes.get(id)!.height });
  const labels = part.arrows.map(labelBox);
  part.arrows.forEach((arrow, index) => {
    const { width, height } = labels[index]!;
    graph.setEdge(arrow.from, arrow.to, { width, height, labelpos: 'c', weight: arrow.manner === 'loses' ? 1 : 2 }, String(index));
  });
  place(graph, { disableOptimalOrderHeuristic: large });
  const figures = part.figures.map((figure): PlacedFigure => {
    const { x, y } = graph.node(figure.id) as Point;
    const box = boxes.get(figure.id)!;
    const [left, top] = [x - box.width / 2, y - box.height / 2];
    return { figure, left, top, width: box.width, height: box.height, lines: placeLines(box, x, y + lidOf(figure) / 2) };
  });
  const arrows = part.arrows.map((arrow, index): PlacedArrow => {
    const edge = graph.edge(arrow.from, arrow.to, String(index)) as { points: Point[] } & Partial<Point>;
    const label = labels[index]!;
    const lines = label.lines.length > 0 && edge.x !== undefined && edge.y !== undefined ? placeLines(label, edge.x, edge.y) : [];
    return { arrow, points: edge.points, lines };
  });
  return fitted(figures, arrows);
}

/** Loops are broken where they close, seen from where events enter. */
function sourcesFirst(part: Flow): string[] {
  const fed = new Set(part.arrows.map((arrow) => arrow.to));
  const onward = new Map<string, string[]>();
  for (const { from, to } of part.arrows) onward.set(from, [...(onward.get(from) ?? []), to]);
  const order = new Set<string>();
  for (const { id } of [...part.figures.filter((figure) => !fed.has(figure.id)), ...part.figures]) {
    order.add(id);
    const reached = [id];
    for (let next = reached.shift(); next !== undefined; next = reached.shift())
      for (const to of onward.get(next) ?? [])
        if (!order.has(to)) {
          order.add(to);
          reached.push(to);
        }
  }
  return [...order];
}

/** Moves everything so that it begins at the origin, whatever the layout's own idea of its bounds. */
function fitted(figures: readonly PlacedFigure[], arrows: readonly PlacedArrow[]): Layout {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const one of figures) {
    xs.push(one.left, one.left + one.width);
    ys.push(one.top, one.top + one.height);
  }
  for (const { points, lines } of arrows) {
    for (const point of points) {
      xs.push(point.x);
      ys.push(point.y);
    }
    for (const line of lines) {
      xs.push(line.x - line.width / 2, line.x + line.width / 2);
      ys.push(line.y - line.size, line.y + line.size);
    }
  }
  const [left, top] = [least(xs), least(ys)];
  return {
    width: -least(xs.map((x) => -x)) - left,
    height: -least(ys.map((y) => -y)) - top,
    figures: figures.map((figure) => movedFigure(figure, -left, -top)),
    arrows: arrows.map((arrow) => movedArrow(arrow, -left, -top)),
  };
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
}

function boxOf(figure: Figure): Box {
  const lines = [
    ...(figure.caption === '' ? [] : [lineOf(figure.caption, 'caption')]),
    ...wrap(figure.name, FONT.name * SEMIBOLD, NAME_WIDTH, 2).map((text) => lineOf(text, 'name')),
    ...figure.notes.map((note) => lineOf(note, 'note')),
  ];
  const width = Math.max(LEAST_WIDTH, ...lines.map((line) => line.width)) + 2 * PADDING.x;
  return { width: Math.ceil(width), height: Math.ceil(heightOf(lines) + 2 * PADDING.y + lidOf(figure)), lines };
}

/** The lid of a store takes room above its text. */
function lidOf(figure: Figure): number {
  return figure.shape === 'store' ? 10 : 0;
}

function labelBox(arrow: Arrow): Box {
  const lines = arrow.labels.flatMap((label) => wrap(label, FONT.label, LABEL_WIDTH, 2)).map((text) => lineOf(text, 'label'));
  if (lines.length === 0) return { width: 0, height: 0, lines };
  return { width: Math.ceil(Math.max(...lines.map((line) => line.width)) + 8), height: Math.ceil(heightOf(lines) + 4), lines };
}

function lineOf(text: string, role: TextLine['role']): Omit<TextLine, 'x' | 'y'> {
  const size = FONT[role];
  return { text, role, size, width: widthOf(text, size * (role === 'name' ? SEMIBOLD : 1)) };
}

function heightOf(lines: ReadonlyArray<{ readonly size: number }>): number {
  return lines.reduce((sum, line) => sum + line.size * LINE_HEIGHT, 0);
}

function placeLines(box: Box, x: number, y: number): TextLine[] {
  let top = y - heightOf(box.lines) / 2;
  return box.lines.map((line) => {
    const middle = top + (line.size * LINE_HEIGHT) / 2;
    top += line.size * LINE_HEIGHT;
    return { ...line, x, y: middle };
  });
}

function movedFigure(figure: PlacedFigure, x: number, y: number): PlacedFigure {
  return { ...figure, left: figure.left + x, top: figure.top + y, lines: figure.lines.map((line) => movedLine(line, x, y)) };
}

function movedArrow(arrow: PlacedArrow, x: number, y: number): PlacedArrow {
  return {
    arrow: arrow.arrow,
    points: arrow.points.map((point) => ({ x: point.x + x, y: point.y + y })),
    lines: arrow.lines.map((line) => movedLine(line, x, y)),
  };
}

function movedLine(line: TextLine, x: number, y: number): TextLine {
  return { ...line, x: line.x + x, y: line.y + y };
}
