import { RejectionReason, type SignedRequest } from './contract';
import { Refusal } from './refusal';

/**
 * Which of the prefixes this request's headers carry, for schemes that are sent under two families of names. The first when none is there.
 * @throws Refusal when both are there: which one a later reader would take is anyone's guess
 */
export function headerFamily<Prefix extends string>(
  request: SignedRequest,
  prefixes: readonly [Prefix, Prefix],
  names: readonly string[],
): Prefix {
  const given = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const [first, second] = prefixes;
  const carries = (prefix: Prefix) => names.some((name) => given.has(`${prefix}${name}`.toLowerCase()));
  if (!carries(second)) return first;
  if (carries(first)) {
    throw new Refusal(RejectionReason.DUPLICATED_HEADER, `headers came as ${first}… and as ${second}…, allowed one family`);
  }
  return second;
}
