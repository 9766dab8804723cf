import type { Arrow, Figure, Flow, Manner, Shape } from './flow';
import { wrap } from './text-width';

/** Names are broken and cut as in the SVG; a little wider, because Mermaid's font is narrower than the estimate. */
const NAME_WIDTH = 260;

/** What every version of Mermaid's flowcharts reads: shapes by brackets, quoted texts, four kinds of lines. */
const BRACKETS: Readonly<Record<Shape, readonly [open: string, close: string]>> = {
  source: ['([', '])'],
  caller: ['([', '])'],
  queue: ['[[', ']]'],
  function: ['[', ']'],
  store: ['[(', ')]'],
  'parking-lot': ['{{', '}}'],
  outside: ['>', ']'],
  drop: ['([', '])'],
  blocks: ['([', '])'],
  unknown: ['(', ')'],
};

const LINE: Readonly<Record<Manner, string>> = {
  synchronous: '-->',
  asynchronous: '-.->',
  parks: '==>',
  loses: '--x',
  unknown: '-.-o',
};

const CLASSES = [
  'classDef parkingLot fill:#fff4d6,stroke:#9a6700,color:#1f2328',
  'classDef lost fill:#ffe4e1,stroke:#cf222e,color:#1f2328',
  'classDef unknown fill:#f6f8fa,stroke:#6e7781,color:#1f2328,stroke-dasharray:4 3',
];
const CLASS_OF: Readonly<Partial<Record<Shape, string>>> = {
  'parking-lot': 'parkingLot',
  drop: 'lost',
  blocks: 'lost',
  unknown: 'unknown',
  outside: 'unknown',
};

/** The flow as Mermaid text, for Markdown. The same flow gives the same bytes. */
export function mermaidOf(flow: Flow): string {
  const ids = new Map(flow.figures.map((figure, index) => [figure.id, `n${index}`]));
  return [
    'flowchart TB',
    '  %% solid - the giver waits, dotted - it does not, thick - parked after the last attempt, crossed - lost, 5x - handler runs of one event at worst',
    ...(flow.figures.length === 0 ? ['  n0["no events flow here"]'] : []),
    ...flow.figures.map((figure) => `  ${ids.get(figure.id)}${figureText(figure)}`),
    ...flow.arrows.map((arrow) => `  ${ids.get(arrow.from)} ${LINE[arrow.manner]}${labelText(arrow)} ${ids.get(arrow.to)}`),
    ...CLASSES.map((line) => `  ${line}`),
    ...classes(flow.figures, ids),
    '',
  ].join('\n');
}

function figureText(figure: Figure): string {
  const [open, close] = BRACKETS[figure.shape];
  const lines = [...(figure.caption === '' ? [] : [figure.caption]), ...wrap(figure.name, 13, NAME_WIDTH, 2), ...figure.notes];
  return `${open}"${lines.map(escaped).join('<br/>')}"${close}`;
}

function labelText({ labels }: Arrow): string {
  return labels.length === 0 ? '' : `|"${labels.map(escaped).join('<br/>')}"|`;
}

function classes(figures: readonly Figure[], ids: ReadonlyMap<string, string>): string[] {
  return [...new Set(Object.values(CLASS_OF))].flatMap((name) => {
    const members = figures.filter((figure) => CLASS_OF[figure.shape] === name).map((figure) => ids.get(figure.id));
    return members.length === 0 ? [] : [`  class ${members.join(',')} ${name}`];
  });
}

/** Letters, digits and what is plain in every place stay; all else is written by its number, which Mermaid reads back as text and never as markup. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,?:/_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
