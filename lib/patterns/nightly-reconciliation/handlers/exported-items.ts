import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, AttributeValue>>;

/** A line of an export in the format DYNAMODB_JSON. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html */
export function exportedLine(item: Item): string {
  return `${jsonOf({ Item: item })}\n`;
}

/** Bytes become base64, as in the exports. */
export function jsonOf(value: object): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name, given: unknown) {
    const bytes = this[name];
    return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : given;
  });
}

/** The key of an item as {@link jsonOf} wrote it: a text, a number or bytes each. */
export function keyFrom(json: Readonly<Record<string, { readonly S?: string; readonly N?: string; readonly B?: string }>>): Item {
  return Object.fromEntries(
    Object.entries(json).map(([name, { S, N, B }]) => {
      if (B !== undefined) return [name, { B: Buffer.from(B, 'base64') }];
      return [name, S === undefined ? { N: N! } : { S }];
    }),
  );
}
