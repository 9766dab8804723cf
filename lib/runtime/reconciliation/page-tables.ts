import { xml } from '../../markup/xml';

/** A column of a table: its name, and whether it holds numbers. */
export type Heading = readonly [name: string, kind?: 'number'];

/** A table that shows one cell below the other on a narrow screen. @param rows cells as HTML */
export function table(headings: readonly Heading[], rows: ReadonlyArray<readonly string[]>): string {
  const kindOf = (index: number): string => (headings[index]![1] === undefined ? '' : ' class="number"');
  const head = headings.map(([name], index) => `<th scope="col"${kindOf(index)}>${xml(name)}</th>`).join('');
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, index) => `<td${kindOf(index)} data-label="${xml(headings[index]![0])}"><div>${cell}</div></td>`).join('')}</tr>`,
  );
  return `<div class="scroll"><table class="stacked"><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

export function section(id: string, heading: string, ...content: readonly string[]): string {
  return [
    `<section id="${id}" aria-labelledby="${id}-heading">`,
    `<h2 id="${id}-heading">${xml(heading)}</h2>`,
    ...content,
    '</section>',
  ].join('\n');
}

/** What a page has no room for is in the other files of the report. */
export function more(all: number, shown: number, what: string): string {
  return all <= shown ? '' : `<p class="muted">${whole(all - shown)} more ${what}: the JSON file has all.</p>`;
}

export function whole(count: number): string {
  return count.toLocaleString('en-US');
}

const LONGEST = 100;

/** A text of a source, of any length. */
export function told(text: string): string {
  return xml(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
}
