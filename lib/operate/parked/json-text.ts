/** Strings, punctuation, and what stands between: numbers keep every digit they came with, which reading and writing them would not. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function tokens(text: string): string[] | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.match(TOKEN) ?? [];
}

/** JSON with a line for each member. @returns undefined for what is no JSON */
export function indented(text: string): string | undefined {
  const all = tokens(text);
  if (all === undefined) return undefined;
  let depth = 0;
  let out = '';
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [index, token] of all.entries()) {
    const before = all[index - 1];
    if (token === '}' || token === ']') {
      depth -= 1;
      if (before !== '{' && before !== '[') out += newLine();
    } else if (before === '{' || before === '[') out += newLine();
    out += token;
    if (token === '{' || token === '[') depth += 1;
    else if (token === ',') out += newLine();
    else if (token === ':') out += ' ';
  }
  return out;
}

/** JSON without white space between its parts: two texts that differ in nothing else are the same. Any other text stays as it is. */
export function compacted(text: string): string {
  return tokens(text)?.join('') ?? text;
}
