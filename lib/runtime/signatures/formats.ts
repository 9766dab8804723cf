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

/** Whole seconds since 1970 of a date and time of RFC 3339: `T` and `Z` in upper case, or a numeric offset; a date and a time of day that exist. */
export function parseInstant(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!match) return undefined;
  const [, local, sign, hours = '0', minutes = '0'] = match;
  const milliseconds = Date.parse(`${local}Z`);
  // Date.parse rolls the 30th of February over into March.
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(local)) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return milliseconds / 1000 - (sign === '-' ? -offset : offset);
}
