import { existsSync, statSync } from 'node:fs';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { Database } from './database';
import { decompressed } from './decompress';
import { csvRows, dynamoDbRows, jsonLinesRows } from './delimited-rows';
import { parquetRows } from './parquet-rows';
import { formatOf, type SourceContent } from './source-format';
import { noRows, type SourceFile, type SourceRows } from './source-rows';

const READ = { csv: csvRows, jsonLines: jsonLinesRows, parquet: parquetRows, dynamoDbJson: dynamoDbRows };

export interface SourceToOpen extends SourceFile {
  /** Instead of what the name's ending says. */
  readonly content?: SourceContent | undefined;
  /** Whether no rows, and not a byte, are no fault. */
  readonly mayBeEmpty: boolean;
}

/**
 * Opens a file for the database: CSV, JSON Lines or Parquet by its name, or as `content` says; compressed or not, by its name.
 *
 * @throws InputFault when the file is missing, empty, damaged, or lacks a column
 */
export async function openSource(database: Database, { content, mayBeEmpty, ...source }: SourceToOpen): Promise<SourceRows> {
  const { file, named, columns, folder } = source;
  if (!existsSync(file)) throw new InputFault(`${file}: no such file; a missing source is a failed run, not one without breaks`);
  const format = formatOf(named);
  if (mayBeEmpty && statSync(file).size === 0) return noRows(columns);
  const plain = format.compression === undefined ? file : await decompressed(file, format.compression, { folder, named });
  if (mayBeEmpty && statSync(plain).size === 0) return noRows(columns);
  const rows = await READ[content ?? format.content]({ ...source, file: plain }, database);
  if (rows.records === 0 && !mayBeEmpty)
    throw new InputFault(`${named}: holds no rows; an empty source is a failed run, not one without breaks`);
  return rows;
}
