/** A member of a JSON object as its text stands there. */
export interface JsonMember {
  readonly json: string;
  /** The name occurs again; which of them is meant nobody knows. */
  readonly isRepeated: boolean;
}

/**
 * The members of a JSON object by name, each as its text: `JSON.parse` would make floating point of numbers.
 *
 * @param text an object that `JSON.parse` takes
 */
export function jsonMembers(text: string): ReadonlyMap<string, JsonMember> {
  const members = new Map<string, JsonMember>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    const nameFrom = text.indexOf('"', at);
    if (nameFrom === -1) return members;
    const nameTo = afterString(text, nameFrom);
    const quoted = text.slice(nameFrom, nameTo);
    const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
    const valueFrom = text.indexOf(':', nameTo) + 1;
    const valueTo = afterValue(text, valueFrom);
    members.set(name, { json: text.slice(valueFrom, valueTo).trim(), isRepeated: members.has(name) });
    if (text[valueTo] !== ',') return members;
    at = valueTo + 1;
  }
}

/** Position of the `,` or `}` that ends the value. */
function afterValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; at += 1) {
    const character = text[at];
    if (character === '"') at = afterString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (depth === 0 && (character === ',' || character === '}')) return at;
    else if (character === '}' || character === ']') depth -= 1;
  }
}

function afterString(text: string, from: number): number {
  for (let at = from + 1; ; at += 1) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}

/** What a JSON string says. */
export function stringOf(json: string): string {
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

/** No amount has more digits than that; a larger exponent stays as it stands and is judged as text. */
const LARGEST_EXPONENT = 40;

/** The number without an exponent, exactly: `1.5E7`, as Java writes a large double, is `15000000`. */
export function plainNumber(json: string): string {
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(json) ?? [];
  if (sign === undefined || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return json;
  const digits = `${whole}${fraction}`;
  const point = whole!.length + Number(exponent);
  const padded = point <= 0 ? `${'0'.repeat(1 - point)}${digits}` : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const decimals = padded.slice(at).replace(/0+$/, '');
  return `${sign}${padded.slice(0, at)}${decimals === '' ? '' : `.${decimals}`}`;
}
