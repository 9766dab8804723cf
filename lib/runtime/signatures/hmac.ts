import type { ProviderConfig, SignedRequest } from './contract';
import { contentId, headerId, parseJson, usableText } from './event-identity';
import { checkHmac, DIGEST_BYTES } from './hmac-signature';
import { resolveJsonPointer } from './json-pointer';
import type { Scheme } from './refusal';
import { readTextSecrets } from './secrets';
import { readSingleSignature } from './single-signature';

/** Any sender that signs the raw body with an HMAC in one header. */
export const verifyHmac: Scheme = ({ request, secrets, config }) => {
  const { algorithm = 'sha256', encoding = 'hex', signaturePrefix: prefix } = config;
  const keys = readTextSecrets(secrets);
  const signature = readSingleSignature(request, config.header!, { prefix, encoding, byteLength: DIGEST_BYTES[algorithm] });
  const idFromHeader = config.idHeader === undefined ? undefined : headerId(request, config.idHeader);
  checkHmac(algorithm, keys, [request.body], [signature]);
  return { dedupeId: idFromHeader ?? idFromBody(request, config) ?? contentId(request.body) };
};

function idFromBody(request: SignedRequest, { idJsonPointer }: ProviderConfig): string | undefined {
  if (idJsonPointer === undefined) return undefined;
  const value = resolveJsonPointer(parseJson(request.body), idJsonPointer);
  // Beyond the safe integers two different ids read as the same number.
  return Number.isSafeInteger(value) ? String(value) : usableText(value);
}
