import { existsSync } from 'node:fs';
import { InputFault } from '../../reconciliation-rules/input-fault';
import type { Database } from './database';
import { decompressed } from './decompress';
import { csvRows, jsonLinesRows } from './delimited-rows';
import { parquetRows } from './parquet-rows';
import { formatOf } from './source-format';
import type { SourceRows } from './source-rows';

const READ = { csv: csvRows, jsonLines: jsonLinesRows, parquet: parquetRows };

/**
 * Opens a file for the database: CSV, JSON Lines or Parquet by its name, compressed or not.
 *
 * @param columns names of the columns to read
 * @param folder for copies
 * @throws InputFault when the file is missing, empty, damaged, or lacks a column
 */
export async function openSource(database: Database, file: string, columns: readonly string[], folder: string): Promise<SourceRows> {
  if (!existsSync(file)) throw new InputFault(`${file}: no such file; a missing source is a failed run, not one without breaks`);
  const { content, compression } = formatOf(file);
  const plain = compression === undefined ? file : await decompressed(file, compression, folder);
  const rows = await READ[content](database, { file: plain, named: file, columns, folder });
  if (rows.records === 0) throw new InputFault(`${file}: holds no rows; an empty source is a failed run, not one without breaks`);
  return rows;
}
