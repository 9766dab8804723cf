import type { DuckDBConnection } from '@duckdb/node-api';

export interface DatabaseOptions {
  /** Bytes the engine may hold; what is more goes to `temporaryDirectory`. */
  readonly memoryBytes: number;
  readonly threads: number;
  readonly temporaryDirectory: string;
}

/** Undefined for NULL. */
export type AppendedValue = string | number | readonly string[] | undefined;

/** One embedded DuckDB, in memory. */
export class Database {
  readonly #connection: DuckDBConnection;
  readonly #close: () => void;

  private constructor(connection: DuckDBConnection, close: () => void) {
    this.#connection = connection;
    this.#close = close;
  }

  /** @throws Error that says what to install when DuckDB is missing */
  static async open({ memoryBytes, threads, temporaryDirectory }: DatabaseOptions): Promise<Database> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
      threads: String(threads),
      temp_directory: temporaryDirectory,
      // Nothing is fetched at run time.
      autoinstall_known_extensions: 'false',
      preserve_insertion_order: 'true',
    });
    const connection = await instance.connect();
    return new Database(connection, () => {
      connection.closeSync();
      instance.closeSync();
    });
  }

  /** Version of DuckDB, for example `v1.5.5`. Another one may hash otherwise. */
  async engine(): Promise<string> {
    const [found] = await this.rows<{ readonly version: string }>('SELECT version() AS version');
    return found!.version;
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** Rows as plain values: numbers of more than 53 bits have to be cast to text in the query. */
  async rows<T>(sql: string): Promise<readonly T[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS() as unknown as T[];
  }

  /** Rows in portions, for results that need not fit into memory. */
  async *stream<T>(sql: string): AsyncGenerator<readonly T[]> {
    const result = await this.#connection.stream(sql);
    const names = result.deduplicatedColumnNames();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as T);
    }
  }

  /** Appends rows to a table: texts and numbers become what their columns are. */
  async append(table: string, rows: Iterable<readonly AppendedValue[]>): Promise<void> {
    const { LIST, VARCHAR } = await loadDuckDb();
    const texts = LIST(VARCHAR);
    const appender = await this.#connection.createAppender(table);
    for (const row of rows) {
      for (const value of row) {
        if (value === undefined) appender.appendNull();
        else if (typeof value === 'object') appender.appendList([...value], texts);
        else appender.appendVarchar(String(value));
      }
      appender.endRow();
    }
    appender.closeSync();
  }

  close(): void {
    this.#close();
  }
}

async function loadDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' && (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND')
      throw error;
    throw new Error("reconciliation compares with DuckDB, which is not installed: npm install --save-dev '@duckdb/node-api@^1.5.5-r.5'", {
      cause: error,
    });
  }
}

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
