/** How much room a text takes. An SVG can't measure, and fonts differ: widths are those of the widest common sans serif fonts, so that nothing is cut. */

/** In thousandths of the font size: DejaVu Sans and Verdana, whichever is wider. */
const WIDTHS: ReadonlyArray<readonly [RegExp, number]> = [
  [/[ilI|!'.,:;jJ()[\]\\/\- ]/, 455],
  [/[frt"`*_]/, 500],
  [/[W@%mM]/, 1000],
  [/[w#<>=+~^&]/, 840],
  [/[a-z0-9$?{}]/, 660],
  [/[A-Z]/, 800],
  // Latin letters with accents.
  [/[\u00A1-\u024F]/, 1000],
];
const BEYOND_LATIN = 1100;
const BEYOND_BASIC_PLANE = 1500;

const thousandths = new Map<string, number>();

/** Width in pixels that a text needs at most. */
export function widthOf(text: string, fontSize: number): number {
  let sum = 0;
  for (const character of text) {
    let width = thousandths.get(character);
    if (width === undefined) {
      width = widthOfCharacter(character);
      thousandths.set(character, width);
    }
    sum += width;
  }
  return (sum * fontSize) / 1000;
}

function widthOfCharacter(character: string): number {
  const known = WIDTHS.find(([pattern]) => pattern.test(character));
  if (known) return known[1];
  return character.length > 1 ? BEYOND_BASIC_PLANE : BEYOND_LATIN;
}

/** Whether the width is sure in every font; where not, the drawing has to force it. */
export function isWidthSure(text: string): boolean {
  return /^[\u0020-\u024F]*$/.test(text);
}

/** Lines of at most `width`, broken where words meet. What is left over is cut at the front of the last line: the end of a name says most. */
export function wrap(text: string, fontSize: number, width: number, mostLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text, fontSize, width)) {
    if (line !== '' && widthOf(line + piece, fontSize) > width) {
      lines.push(line.trim());
      line = '';
    }
    line += piece;
  }
  lines.push(line.trim());
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), tail(text, fontSize, width)];
}

function pieces(text: string, fontSize: number, width: number): string[] {
  const words = text.split(/(?<=[/\-_.,: ])(?![/\-_.,: ])|(?<=\p{Ll}|\d)(?=\p{Lu})/u);
  return words.flatMap((word) => (widthOf(word, fontSize) <= width ? [word] : split(word, fontSize, width)));
}

function split(word: string, fontSize: number, width: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (part !== '' && widthOf(part + character, fontSize) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}

function tail(text: string, fontSize: number, width: number): string {
  const room = width - widthOf('…', fontSize);
  let kept = '';
  let used = 0;
  for (const character of [...text].reverse()) {
    used += widthOf(character, fontSize);
    if (used > room) break;
    kept = character + kept;
  }
  return `…${kept}`;
}
