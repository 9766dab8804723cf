import type { JSONValue } from '@aws-lambda-powertools/commons/types';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { itemBytes, MOST_ITEM_BYTES } from '../transaction/limits';

/** Room for the other attributes of a record. */
const RESERVED_BYTES = 4096;

/** A result as a record keeps it: as JSON would carry it. */
export type Storable =
  | { readonly kept: true; readonly value: JSONValue | undefined; readonly attribute: AttributeValue | undefined }
  /** JSON can't carry it, or it is too large. */
  | { readonly kept: false };

/**
 * After the effect nothing may fail for want of a place to keep its result: dates become texts, undefined fields go, and what can't be kept at all is
 * left out, so that a repetition is told that the effect stands and its result does not.
 */
export function storable(result: unknown): Storable {
  try {
    const text = JSON.stringify(result);
    if (text === undefined) return { kept: true, value: undefined, attribute: undefined };
    const value = JSON.parse(text) as JSONValue;
    const { attribute } = marshall({ attribute: value }, { removeUndefinedValues: true }) as { readonly attribute: AttributeValue };
    return itemBytes({ attribute }) > MOST_ITEM_BYTES - RESERVED_BYTES ? { kept: false } : { kept: true, value, attribute };
  } catch {
    return { kept: false };
  }
}
