import { RejectionReason, type SignedRequest } from './contract';
import { Refusal } from './refusal';

/**
 * The only value of a header whose own grammar has commas; `undefined` when it is missing.
 * @throws Refusal when the header came more than once
 */
export function optionalHeaderWithCommas(request: SignedRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const values = request.headers.filter(([given]) => given.toLowerCase() === wanted).map(([, value]) => value);
  if (values.length > 1) throw new Refusal(RejectionReason.DUPLICATED_HEADER, `header ${name} came ${values.length} times, allowed once`);
  return values[0];
}

/**
 * The only value of a header; `undefined` when it is missing. A comma counts as a repetition, because an HTTP API hands
 * repeated headers over as one value joined by commas.
 * @throws Refusal when the header came more than once
 */
export function optionalHeader(request: SignedRequest, name: string): string | undefined {
  const value = optionalHeaderWithCommas(request, name);
  if (value?.includes(',')) {
    throw new Refusal(
      RejectionReason.DUPLICATED_HEADER,
      `header ${name} holds a comma, which is how a repeated header arrives; allowed once`,
    );
  }
  return value;
}

/** As `optionalHeader`, and refuses with `missing` when the header is not there. */
export function requiredHeader(request: SignedRequest, name: string, missing: RejectionReason): string {
  return present(optionalHeader(request, name), name, missing);
}

/** As `optionalHeaderWithCommas`, and refuses with `missing` when the header is not there. */
export function requiredHeaderWithCommas(request: SignedRequest, name: string, missing: RejectionReason): string {
  return present(optionalHeaderWithCommas(request, name), name, missing);
}

function present(value: string | undefined, name: string, missing: RejectionReason): string {
  if (value === undefined) throw new Refusal(missing, `header ${name} is missing`);
  return value;
}
