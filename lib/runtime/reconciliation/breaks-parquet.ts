import type { Break, ReconciliationReport, ReportedRow } from './contract';
import { minorUnitsOf } from './currencies';
import { type AppendedValue, Database, type DatabaseOptions, text } from './database';

export interface BreaksParquetRequest extends Omit<DatabaseOptions, 'threads'> {
  /** Where it is written. */
  readonly file: string;
  /** Decimals of currencies that the rules add or change. */
  readonly minorUnits?: Readonly<Record<string, number>>;
}

interface Column {
  readonly name: string;
  readonly type: 'VARCHAR' | 'VARCHAR[]' | 'BIGINT' | 'INTEGER' | 'DATE' | 'DECIMAL(38, 0)';
  readonly of: (one: Break) => AppendedValue;
}

/**
 * Writes the breaks of a report as Parquet, one row a break, in the order of the report. Columns and types are always the same, so that files of many dates are one table;
 * the same report is the same bytes. docs/reconciliation.md lists the columns.
 */
export async function writeBreaksParquet(
  { name, date, breaks }: Pick<ReconciliationReport, 'name' | 'date' | 'breaks'>,
  { file, minorUnits, ...options }: BreaksParquetRequest,
): Promise<void> {
  const columns = columnsOf(name, date, minorUnitsOf(minorUnits));
  // Several threads would write the rows in another order now and then.
  const database = await Database.open({ ...options, threads: 1 });
  try {
    await database.run(`CREATE TABLE breaks (${columns.map((column) => `"${column.name}" ${column.type}`).join(', ')})`);
    await database.append('breaks', rowsOf(breaks, columns));
    await database.run(`COPY breaks TO ${text(file)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    database.close();
  }
}

function* rowsOf(breaks: readonly Break[], columns: readonly Column[]): Generator<readonly AppendedValue[]> {
  for (const one of breaks) yield columns.map(({ of }) => of(one));
}

function columnsOf(reconciliation: string, date: string, digits: ReadonlyMap<string, number>): readonly Column[] {
  const side = (name: 'left' | 'right'): readonly Column[] => {
    const of = (value: (row: ReportedRow) => AppendedValue) => (one: Break) => one[name] && value(one[name]);
    return [
      { name: `${name}_file`, type: 'VARCHAR', of: of((row) => row.file) },
      { name: `${name}_record`, type: 'BIGINT', of: of(({ record }) => record) },
      { name: `${name}_rows`, type: 'BIGINT', of: of(({ rows = 1 }) => rows) },
      { name: `${name}_amount_minor`, type: 'DECIMAL(38, 0)', of: of(({ amountMinor }) => amountMinor) },
      { name: `${name}_currency`, type: 'VARCHAR', of: of(({ currency }) => currency) },
      { name: `${name}_digits`, type: 'INTEGER', of: of(({ currency }) => digits.get(currency)) },
      { name: `${name}_date`, type: 'DATE', of: of((row) => row.date) },
    ];
  };
  return [
    { name: 'reconciliation', type: 'VARCHAR', of: () => reconciliation },
    { name: 'business_date', type: 'DATE', of: () => date },
    { name: 'id', type: 'VARCHAR', of: ({ id }) => id },
    { name: 'class', type: 'VARCHAR', of: (one) => one.class },
    { name: 'key', type: 'VARCHAR[]', of: ({ key }) => key },
    { name: 'count', type: 'BIGINT', of: ({ count }) => count },
    ...side('left'),
    ...side('right'),
    { name: 'difference_minor', type: 'DECIMAL(38, 0)', of: ({ differenceMinor }) => differenceMinor },
    { name: 'days', type: 'INTEGER', of: ({ days }) => days },
    { name: 'also', type: 'VARCHAR[]', of: ({ also = [] }) => also },
    { name: 'fields', type: 'VARCHAR[]', of: ({ fields = [] }) => fields },
  ];
}
