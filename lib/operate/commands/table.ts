import { showable } from '../../markup/showable';
import { type Colour, paint, type Terminal } from './terminal';

/**
 * `id` is never cut and stays in the first line. `fact` is not cut either, and moves to a second line when the terminal is narrow. `text` gives way: it is cut to what
 * is left.
 */
export interface Column {
  readonly head: string;
  readonly kind: 'id' | 'fact' | 'text';
}

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

const GAP = '  ';
/** A text of which less is seen says nothing. */
const LEAST_TEXT = 16;

/** Rows as columns that fit the terminal. What the cells hold is made harmless here. */
export function table(terminal: Terminal, columns: readonly Column[], given: ReadonlyArray<ReadonlyArray<string | Cell>>): string {
  const rows = given.map((row) =>
    row.map((cell): Cell => (typeof cell === 'string' ? { text: showable(cell) } : { ...cell, text: showable(cell.text) })),
  );
  const widths = columns.map(({ head }, index) => Math.max(widthOf(head), ...rows.map((row) => widthOf(row[index]!.text))));
  const isText = columns.map(({ kind }) => kind === 'text');
  const fixed = widths.reduce((sum, width, index) => sum + (isText[index] ? 0 : width), (columns.length - 1) * GAP.length);
  const room = terminal.columns - fixed;
  const texts = isText.filter(Boolean).length;
  if (room < texts * LEAST_TEXT && terminal.columns < Number.POSITIVE_INFINITY) return folded(terminal, columns, rows, widths);
  const shares = share(
    room,
    widths.filter((_, index) => isText[index]),
  );
  const fitted = widths.map((width, index) => (isText[index] ? shares.shift()! : width));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, index) =>
        paint(terminal, cell.colour, padded(cut(cell.text, fitted[index]!), index === cells.length - 1 ? 0 : fitted[index]!)),
      )
      .join(GAP)
      .trimEnd();
  return [columns.map(({ head }): Cell => ({ text: head, colour: 'dim' })), ...rows].map((cells) => `${line(cells)}\n`).join('');
}

/** Each gets what it asks for as long as it lasts, the smallest wish first. */
function share(room: number, wishes: readonly number[]): number[] {
  let left = room;
  const given = new Map<number, number>();
  const order = wishes.map((wish, index) => ({ wish, index })).sort((a, b) => a.wish - b.wish);
  for (const [position, { wish, index }] of order.entries()) {
    const most = Math.floor(left / (order.length - position));
    given.set(index, Math.min(wish, most));
    left -= given.get(index)!;
  }
  return wishes.map((_, index) => given.get(index)!);
}

/** Ids in one line, all else below it, the longest text last: it alone is cut. */
function folded(terminal: Terminal, columns: readonly Column[], rows: readonly Cell[][], widths: readonly number[]): string {
  const ids = (cells: readonly Cell[]): string =>
    cells
      .flatMap((cell, index) => (columns[index]!.kind === 'id' ? [paint(terminal, cell.colour, padded(cell.text, widths[index]!))] : []))
      .join(GAP)
      .trimEnd();
  const rest = (cells: readonly Cell[]): string =>
    cells
      .flatMap(({ text }, index) => {
        const { head, kind } = columns[index]!;
        return kind === 'id' || text === '' ? [] : [{ order: kind === 'text' ? text.length : 0, text: `${head} ${text}` }];
      })
      .sort((a, b) => a.order - b.order)
      .map(({ text }) => text)
      .join(', ');
  const head = ids(columns.map((column) => ({ text: column.head, colour: 'dim' })));
  return [head, ...rows.flatMap((row) => [ids(row), `${GAP}${cut(rest(row), terminal.columns - GAP.length)}`])]
    .map((line) => `${line}\n`)
    .join('');
}

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;

/** Columns that a text takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** At most so many columns of a text, with a mark where something is left out. */
export function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = '';
  let width = 1;
  for (const character of text) {
    width += widthOf(character);
    if (width > most) break;
    kept += character;
  }
  return `${kept}…`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
