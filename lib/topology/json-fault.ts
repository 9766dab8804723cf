/**
 * Where a text stops being JSON. `JSON.parse` of Node 20 often tells no position, so that a person would have to search a file of 500 resources.
 * Only called when parsing has already failed. Iterative, because depth is the fault of some inputs.
 */
export function jsonFault(text: string): { readonly offset: number; readonly reason: string } {
  const open: Array<'{' | '['> = [];
  let expect: 'value' | 'first-key' | 'first-item' | 'key' | 'colon' | 'comma' | 'end' = 'value';
  let at = 0;
  for (;;) {
    at += /^[\t\n\r ]*/.exec(text.slice(at, at + 4096))![0].length;
    if (isSpace(text[at])) continue;
    const character = text[at];
    if (character === undefined) return { offset: at, reason: open.length > 0 ? `'${open.at(-1)}' is never closed` : 'the file is empty' };
    if (expect === 'end') return { offset: at, reason: `unexpected ${shown(character)} after the end` };
    if ((expect === 'first-key' && character === '}') || (expect === 'first-item' && character === ']')) {
      open.pop();
      expect = open.length > 0 ? 'comma' : 'end';
      at += 1;
      continue;
    }
    if (expect === 'comma') {
      if (character === ',') expect = open.at(-1) === '{' ? 'key' : 'value';
      else if (character === (open.at(-1) === '{' ? '}' : ']')) {
        open.pop();
        expect = open.length > 0 ? 'comma' : 'end';
      } else return { offset: at, reason: `expected ',' or '${open.at(-1) === '{' ? '}' : ']'}', found ${shown(character)}` };
      at += 1;
      continue;
    }
    if (expect === 'colon') {
      if (character !== ':') return { offset: at, reason: `expected ':', found ${shown(character)}` };
      expect = 'value';
      at += 1;
      continue;
    }
    if (expect === 'key' || expect === 'first-key') {
      if (character !== '"') return { offset: at, reason: `expected a key in double quotes, found ${shown(character)}` };
      const end = stringEnd(text, at);
      if (end === undefined) return { offset: at, reason: 'this string is never closed or holds a character that must be escaped' };
      at = end;
      expect = 'colon';
      continue;
    }
    if (character === '{' || character === '[') {
      open.push(character);
      expect = character === '{' ? 'first-key' : 'first-item';
      at += 1;
      continue;
    }
    if (character === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) return { offset: at, reason: 'this string is never closed or holds a character that must be escaped' };
      at = end;
    } else {
      const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(at, at + 400));
      if (!literal) return { offset: at, reason: `expected a value, found ${shown(character)}` };
      at += literal[0].length;
    }
    expect = open.length > 0 ? 'comma' : 'end';
  }
}

function isSpace(character: string | undefined) {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r';
}

function shown(character: string) {
  return JSON.stringify(character);
}

function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') return at + 1;
    if (character < ' ') return undefined;
    if (character === '\\') {
      at += 1;
      if (!/["\\/bfnrtu]/.test(text[at] ?? '')) return undefined;
    }
  }
  return undefined;
}

export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
