/** What a reader must not be shown as it is: controls, invisible and direction characters, halves of pairs, private use, and what XML forbids. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\uFFFE\uFFFF]/gu;
const REPLACEMENT = '\uFFFD';

/** A text as one line that shows what it holds and nothing else. */
export function showable(text: string): string {
  return showableLine(text.replace(/\s+/gu, ' ')).trim();
}

/** One line of a text, with its spaces as they are. */
export function showableLine(text: string): string {
  return text.replace(UNSHOWABLE, REPLACEMENT);
}
