/** Strict readers: each accepts exactly one spelling of a value, so that no changed request reads as the one that was signed. */

/** Plain decimal seconds: no sign, space, fraction, exponent or leading zero; at most 15 digits, which a number holds exactly. */
export function parseSeconds(text: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}

/** Lower-case hex of exactly `byteLength` bytes. */
export function decodeHex(text: string, byteLength: number): Buffer | undefined {
  return text.length === byteLength * 2 && /^[0-9a-f]+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Padded base64 in the standard alphabet with zero spare bits; of exactly `byteLength` bytes when that is given. */
export function decodeBase64(text: string, byteLength?: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (byteLength !== undefined && bytes.length !== byteLength) return undefined;
  return bytes.toString('base64') === text ? bytes : undefined;
}
