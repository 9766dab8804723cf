import { RejectionReason, type SignedRequest } from './contract';
import { decodeBase64, decodeHex } from './formats';
import { Refusal } from './refusal';
import { requiredHeader } from './request-headers';

export type SignatureEncoding = 'hex' | 'base64';

/** Reads a header that holds nothing but one signature behind an exact prefix. */
export function readSingleSignature(
  request: SignedRequest,
  header: string,
  format: { readonly prefix?: string; readonly encoding: SignatureEncoding; readonly byteLength: number },
): Buffer {
  const { prefix = '', encoding, byteLength } = format;
  const value = requiredHeader(request, header, RejectionReason.MISSING_SIGNATURE);
  const text = value.startsWith(prefix) ? value.slice(prefix.length) : undefined;
  const decode = encoding === 'hex' ? decodeHex : decodeBase64;
  const signature = text === undefined ? undefined : decode(text, byteLength);
  if (!signature) {
    const spelling = encoding === 'hex' ? 'lower-case hex' : 'padded base64';
    throw new Refusal(
      RejectionReason.MALFORMED_SIGNATURE,
      `header ${header} must be ${prefix === '' ? '' : `'${prefix}' and `}${byteLength} bytes in ${spelling}, and nothing else`,
    );
  }
  return signature;
}
