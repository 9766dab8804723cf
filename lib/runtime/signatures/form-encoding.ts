/**
 * Reads `application/x-www-form-urlencoded` strictly, as every serialiser writes it: each pair with an equals sign, escapes in
 * upper-case hex, the rest printable ASCII, all of it UTF-8. One text has then one reading, and no changed byte reads the same.
 * `undefined` when the body is anything else.
 */
export function parseForm(body: Uint8Array): [name: string, value: string][] | undefined {
  const text = Buffer.from(body).toString('latin1');
  if (text === '') return [];
  if (!/^(?:[\x21-\x24\x26-\x7e]|%[0-9A-F]{2})*$/.test(text)) return undefined;
  const pairs: [string, string][] = [];
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    if (equals === -1) return undefined;
    const name = decode(pair.slice(0, equals));
    const value = decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
