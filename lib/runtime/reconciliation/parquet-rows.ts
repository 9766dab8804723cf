import { InputFault } from '../../reconciliation-rules/input-fault';
import { type Database, text } from './database';
import type { SourceFile, SourceRows } from './source-rows';

/** Types whose text says exactly what the value is. */
const EXACT = /^(VARCHAR|BOOLEAN|DATE|UUID|ENUM.*|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL.*|FLOAT|DOUBLE)$/;
const TIMESTAMP = /^TIMESTAMP(_NS|_MS|_S)?$/;

/**
 * Columns of a Parquet file by name, each as text. Decimals, whole numbers and dates are exact; a floating point number is the shortest text that means it; a time
 * stamp at midnight is its day.
 *
 * @throws InputFault when the file is none, or a column is missing, there twice, or of a type without an exact text
 */
export async function parquetRows({ file, named, columns }: SourceFile, database: Database): Promise<SourceRows> {
  const source = `read_parquet(${text(file)}, file_row_number = true)`;
  const unreadable = (error: unknown): never => {
    throw new InputFault(`${named}: is no Parquet file, or cut short: ${(error as Error).message.split('\n')[0]}`);
  };
  const described = await database
    .rows<{ readonly column_name: string; readonly column_type: string }>(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${source}`)
    .catch(unreadable);
  const types = new Map(described.map(({ column_name, column_type }) => [column_name, column_type]));
  const names = [...types.keys()];
  const texts = columns.map((name, index) => {
    const type = types.get(name);
    if (type === undefined) throw new InputFault(`${named}: has no column ${JSON.stringify(name)}; it has ${names.join(', ')}`);
    return `${textOf(`"${name.replaceAll('"', '""')}"`, type, `${named}: column ${JSON.stringify(name)}`)} AS c${index}`;
  });
  const [{ records }] = (await database.rows<{ readonly records: bigint }>(
    `SELECT sum(num_rows)::BIGINT AS records FROM parquet_file_metadata(${text(file)})`,
  )) as [{ readonly records: bigint }];
  return {
    relation: `(SELECT file_row_number + 1 AS n, ${texts.join(', ')} FROM ${source})`,
    isNumbered: true,
    typedDates: new Set(columns.filter((name) => types.get(name) === 'DATE' || TIMESTAMP.test(types.get(name)!))),
    records: Number(records),
    bad: [],
    lineOf: (record) => record,
  };
}

function textOf(column: string, type: string, named: string): string {
  if (TIMESTAMP.test(type))
    return `coalesce(CASE WHEN ${column} = date_trunc('day', ${column}) THEN ${column}::DATE::VARCHAR ELSE ${column}::VARCHAR END, '')`;
  if (!EXACT.test(type))
    throw new InputFault(`${named} is of type ${type}, which has no exact text; write it as text, a decimal, a whole number or a date`);
  return `coalesce(${column}::VARCHAR, '')`;
}
