import { MalformedMessageError } from '../failures';

/** What a body of each content type becomes for the handler: JSON its value, a form its fields, text a string, anything else its bytes. */
export function decodeBody(bytes: Uint8Array, contentType: string | undefined): unknown {
  const type = (contentType ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'application/json' || type.endsWith('+json')) return json(utf8(bytes));
  if (type === 'application/x-www-form-urlencoded') return fields(utf8(bytes));
  if (type.startsWith('text/') || type === 'application/xml' || type.endsWith('+xml')) return utf8(bytes);
  return bytes;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new MalformedMessageError('the body is not UTF-8', { cause: error });
  }
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message quotes the body.
    throw new MalformedMessageError('the body is not JSON');
  }
}

/** A field that comes once is a string, one that repeats an array of them. */
function fields(body: string): Record<string, string | string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body)) {
    const values = all.get(name);
    if (values === undefined) all.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries([...all].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}
