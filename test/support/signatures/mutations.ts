import type { VerificationInput } from '../../../lib/runtime/signatures';
import { headerOf, withBody, withHeader, withHeaders } from './signed-requests';

/** A request changed in one way, and the name of the change. */
export type Mutant = readonly [name: string, input: VerificationInput];

/** Texts that show nothing, and can't be a secret. */
export const BLANK = ['', ' ', '\t', '\n', '\u00a0', '\u3000', '\u200b', '\ufeff', '\0'];

export function bodyBits(input: VerificationInput, signedText?: readonly string[]): Mutant[] {
  const body = Buffer.from(input.request.body);
  const ranges = signedText
    ? [
        ...signedText.map((part) => [body.indexOf(part), part.length] as const),
        [body.indexOf('hmacSignature') + 'hmacSignature":"'.length, 44] as const,
      ]
    : [[0, body.length] as const];
  return ranges.flatMap(([start, length]) =>
    Array.from({ length: length * 8 }, (_, bit): Mutant => {
      const changed = Buffer.from(body);
      changed[start + (bit >> 3)] ^= 1 << (bit & 7);
      return [`bit ${bit} from ${start}`, withBody(input, changed)];
    }),
  );
}

export function textBits(text: string): string[] {
  return Array.from({ length: text.length * 8 }, (_, bit) => {
    const changed = Buffer.from(text, 'latin1');
    changed[bit >> 3] ^= 1 << (bit & 7);
    return changed.toString('latin1');
  });
}

/** Other texts for the same or nearly the same signature: case, alphabet, padding, encoding, cuts and what comes after. */
export function spellings(header: string): string[] {
  const [, front, signature] = /^(.*?(?:mac=|sha256=|v0=|v1=|v1,|v1a,|^))([A-Za-z0-9+/]+=*)$/.exec(header) ?? [];
  const isHex = /^[0-9a-f]+$/.test(signature);
  const bytes = Buffer.from(signature, isHex ? 'hex' : 'base64');
  const base64 = bytes.toString('base64');
  const texts = [
    ...[
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      base64,
      base64.replace(/=+$/, ''),
      bytes.toString('base64url'),
      `${base64}=`,
      bytes.toString('latin1'),
    ],
    ...[' ', '\t', '\n', '\0', '=', '0', ';', ',', ' x', '&', '%00', '\u200b'].flatMap((more) => [
      `${signature}${more}`,
      `${more}${signature}`,
    ]),
    ...Array.from({ length: signature.length }, (_, length) => signature.slice(0, length)),
    ...[
      `0x${signature}`,
      signature.slice(2),
      `${signature}${signature}`,
      signature.toUpperCase(),
      signature.toLowerCase(),
      swapCase(signature),
      `"${signature}"`,
    ],
    ...['', 'null', 'undefined', '0'.repeat(signature.length), 'A'.repeat(signature.length)],
  ];
  return texts.map((text) => `${front}${text}`).filter((text) => text !== header);
}

export function adyenSpellings(input: VerificationInput): Mutant[] {
  const text = Buffer.from(input.request.body).toString();
  const signature = JSON.parse(text).notificationItems[0].NotificationRequestItem.additionalData.hmacSignature as string;
  const replaced = spellings(signature).map((other) => text.replace(JSON.stringify(signature), JSON.stringify(other)));
  const removed = [
    text.replace('hmacSignature', 'hmacsignature'),
    text.replace('additionalData', 'AdditionalData'),
    text.replace(JSON.stringify(signature), `[${JSON.stringify(signature)}]`),
  ];
  return [...replaced, ...removed].map((body) => [body, withBody(input, Buffer.from(body))]);
}

export function repetitions(input: VerificationInput, name: string): Mutant[] {
  const { headers } = input.request;
  const value = headerOf(input, name);
  const other = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
  return [value, other, ''].flatMap((second): Mutant[] => [
    [`${name} twice`, withHeaders(input, [...headers, [name, second]])],
    [`${name} twice, other first`, withHeaders(input, [[name, second], ...headers])],
    [`${name} twice in another case`, withHeaders(input, [...headers, [swapCase(name), second]])],
    ...[`${value},${second}`, `${value}, ${second}`, `${second},${value}`, `${second}, ${value}`].map(
      (joined): Mutant => [`${name}: ${joined}`, withHeader(input, name, joined)],
    ),
  ]);
}

export function renamed(input: VerificationInput, name: string): VerificationInput {
  return withHeaders(
    input,
    input.request.headers.map(([given, value]) => [given === name ? `${name}-` : given, value] as const),
  );
}

export function swapCase(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()));
}
