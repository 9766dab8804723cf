import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The last release, with DuckDB as ours is; what it asks for beside (dbt) can't be installed everywhere and is not used here. */
const PACKAGES = ['data-diff==0.11.2', 'duckdb==1.5.5'];
/** What it imports. */
const NEEDED =
  'runtype dsnparse==0.1.15 click rich toml tabulate attrs cattrs pydantic typing-extensions urllib3 requests keyring mashumaro packaging'.split(
    ' ',
  );
const INSTALL_MILLISECONDS = 180_000;
const RUN_MILLISECONDS = 600_000;

export interface CsvFiles {
  /** CSV file with the columns reference, amount, currency and date. */
  readonly left: string;
  readonly right: string;
}

export interface DataDiffTimes {
  /** Two databases, as two sources are: checksums of segments, which are cut smaller where they differ. */
  readonly hashSeconds: number;
  readonly hashProcessorSeconds: number;
  /** Both tables in one database: an outer join there. */
  readonly joinSeconds: number;
  /** Rows it lists; one that differs is two. */
  readonly rows: number;
}

const SCRIPT = `
import json, sys, time, resource
import duckdb
from data_diff import connect_to_table, diff_tables, Algorithm
folder, left, right = sys.argv[1:4]
def load(database, name, file):
    connection = duckdb.connect(f'{folder}/{database}.duckdb')
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{file}', columns={{'reference':'VARCHAR','amount':'DECIMAL(18,2)','currency':'VARCHAR','date':'DATE'}})")
    connection.close()
for database, name, file in [('l', 'left_side', left), ('r', 'right_side', right), ('one', 'left_side', left), ('one', 'right_side', right)]:
    load(database, name, file)
def run(algorithm, first, second):
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.time()
    a = connect_to_table({'driver': 'duckdb', 'filepath': f'{folder}/{first}.duckdb'}, 'left_side', 'reference', thread_count=2)
    b = connect_to_table({'driver': 'duckdb', 'filepath': f'{folder}/{second}.duckdb'}, 'right_side', 'reference', thread_count=2)
    rows = sum(1 for _ in diff_tables(a, b, extra_columns=('amount', 'currency', 'date'), algorithm=algorithm))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return rows, time.time() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
hashed, joined = run(Algorithm.HASHDIFF, 'l', 'r'), run(Algorithm.JOINDIFF, 'one', 'one')
print(json.dumps({'rows': hashed[0], 'hashSeconds': hashed[1], 'hashProcessorSeconds': hashed[2], 'joinSeconds': joined[1]}))
`;

/**
 * Runs `data-diff` (PyPI) over two CSV files that were loaded into DuckDB before; loading is not counted.
 *
 * @param cache folder in which its Python environment stays
 * @returns why not, as a text, where there is no Python or no network
 */
export function dataDiff(sides: CsvFiles, folder: string, cache: string): DataDiffTimes | string {
  const python = path.join(cache, 'bin/python');
  const works = () => spawnSync(python, ['-c', 'import duckdb; from data_diff import diff_tables'], { stdio: 'ignore' }).status === 0;
  if (!existsSync(python) || !works()) {
    const fault = install(cache, python);
    if (fault !== undefined) return fault;
    if (!works()) return 'data-diff does not import in its Python environment';
  }
  mkdirSync(folder, { recursive: true });
  const script = path.join(folder, 'data-diff.py');
  writeFileSync(script, SCRIPT);
  const { status, stdout, stderr } = spawnSync(python, [script, folder, sides.left, sides.right], {
    encoding: 'utf8',
    timeout: RUN_MILLISECONDS,
  });
  if (status !== 0) return `data-diff failed or took more than ${RUN_MILLISECONDS / 1000} s: ${stderr.trim().split('\n').at(-1)}`;
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as DataDiffTimes;
}

/** @returns why it could not be installed */
function install(cache: string, python: string): string | undefined {
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, [...args], { stdio: 'pipe', timeout: INSTALL_MILLISECONDS });
  try {
    run('python3', ['-m', 'venv', cache]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', ...PACKAGES]);
    run(python, ['-m', 'pip', 'install', '--quiet', ...NEEDED]);
    return undefined;
  } catch (error) {
    return `data-diff could not be installed: ${(error as Error).message.split('\n')[0]}`;
  }
}
