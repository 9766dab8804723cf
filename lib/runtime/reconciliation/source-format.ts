/** What a file holds. `dynamoDbJson`: items as an export of DynamoDB to S3 writes them; no name says so. */
export type SourceContent = 'csv' | 'jsonLines' | 'parquet' | 'dynamoDbJson';

/** What a source is, by the name of its file. */
export interface SourceFormat {
  readonly content: SourceContent;
  readonly compression?: 'gzip' | 'zstd';
}

const COMPRESSIONS = { '.gz': 'gzip', '.gzip': 'gzip', '.zst': 'zstd', '.zstd': 'zstd' } as const;
const CONTENTS = { '.jsonl': 'jsonLines', '.ndjson': 'jsonLines', '.json': 'jsonLines', '.parquet': 'parquet' } as const;

/** Any other name is that of a CSV file: banks send them as `.txt`, `.dat`, or without an ending. */
export function formatOf(file: string): SourceFormat {
  const name = file.toLowerCase();
  const compression = ending(COMPRESSIONS, name);
  const content = ending(CONTENTS, compression === undefined ? name : name.slice(0, -compression[0].length));
  return { content: content?.[1] ?? 'csv', ...(compression !== undefined && { compression: compression[1] }) };
}

function ending<T extends string>(endings: Readonly<Record<string, T>>, name: string): readonly [ending: string, value: T] | undefined {
  return (Object.entries(endings) as [string, T][]).find(([one]) => name.endsWith(one));
}
