import { accessSync, constants, createWriteStream, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { InputFault } from '../reconciliation-rules/input-fault';
import { parseRules } from '../reconciliation-rules/rules-file';
import { RULES_SCHEMA } from '../reconciliation-rules/rules-schema';
import { breaksCsv } from '../runtime/reconciliation/breaks-csv';
import type { Break, ReconciliationReport } from '../runtime/reconciliation/contract';
import { reconcile } from '../runtime/reconciliation/reconcile';
import { reportPage } from '../runtime/reconciliation/report-page';
import { UsageError } from './usage-error';

const USAGE = `usage: breakwater reconcile --left FILE --right FILE --rules FILE --date YYYY-MM-DD [options]

Compares two files by rules, as the nightly reconciliation does, and tells every row that differs. Nothing leaves this machine.

  --left FILE, --right FILE  the two sides: .jsonl, .ndjson or .json, .parquet, anything else is CSV;
                             with .gz or .zst behind it, compressed; again for each further file of a side
  --rules FILE               keys, compared columns, tolerances, grouping, timing; see docs/reconciliation.md
  --date YYYY-MM-DD          business date, from which the age of a row is counted
  --html FILE                write the report as one page for a browser, which fetches nothing
  --csv FILE                 write every break as CSV for a spreadsheet
  --json                     the whole report as one JSON document
  --schema                   print the JSON schema of a rules file
  --memory MB                most memory the comparison may hold         default half of this machine's

Needs DuckDB: npm install --save-dev @duckdb/node-api

exit code: 0 everything agrees or is in transit; 1 there are breaks or bad rows; 2 a file or the rules can't be used`;

const BYTES_A_MEGABYTE = 1024 * 1024;

/** Runs `breakwater reconcile`. @returns the exit code */
export async function reconcileCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      left: { type: 'string', multiple: true },
      right: { type: 'string', multiple: true },
      rules: { type: 'string' },
      date: { type: 'string' },
      html: { type: 'string' },
      csv: { type: 'string' },
      json: { type: 'boolean', default: false },
      schema: { type: 'boolean', default: false },
      memory: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return print(`${USAGE}\n`);
  if (values.schema) return print(`${JSON.stringify(RULES_SCHEMA, undefined, 2)}\n`);
  const required = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw new UsageError(`reconcile: --${name} is missing`);
    return value;
  };
  const [left, right] = [required('left', values.left), required('right', values.right)];
  const [rulesFile, date] = [required('rules', values.rules), required('date', values.date)];
  try {
    const rules = parseRules(rulesFile, readRules(rulesFile));
    for (const name of ['html', 'csv'] as const) requireWritable(name, values[name]);
    const report = await reconcile({
      rules,
      left,
      right,
      date,
      folder: tmpdir(),
      memoryBytes: memoryBytes(values.memory),
      threads: availableParallelism(),
      progress: (line) => process.stderr.write(`${line}\n`),
    });
    const { minorUnits } = rules;
    if (values.html !== undefined) await write(values.html, [await reportPage(report, { minorUnits })]);
    if (values.csv !== undefined) await write(values.csv, breaksCsv(report, minorUnits));
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${describe(report)}\n`);
    return report.breaks.length + report.badRows.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    process.stderr.write(`reconcile: ${error.message}\n`);
    return 2;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function readRules(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputFault(`--rules: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Before anything is compared: that may take long. */
function requireWritable(name: 'html' | 'csv', file: string | undefined): void {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new InputFault(`--${name}: nothing can be written into ${folder}; create it first, or name another file`);
  }
}

function write(file: string, parts: Iterable<string>): Promise<void> {
  return pipeline(Readable.from(parts), createWriteStream(file));
}

function memoryBytes(given: string | undefined): number {
  if (given === undefined) return Math.floor(totalmem() / 2);
  const megabytes = /^\d{1,7}$/.test(given) ? Number(given) : 0;
  if (megabytes < 128) throw new UsageError(`--memory: a whole number of megabytes, 128 or more; given ${given}`);
  return megabytes * BYTES_A_MEGABYTE;
}

const SHOWN = 20;

/** The report for a person; every row of it is in `--json`. */
export function describe(report: ReconciliationReport): string {
  const { matched, breaks, inTransit, badRows, totals } = report;
  const classes = new Map<string, number>();
  for (const one of breaks) classes.set(one.class, (classes.get(one.class) ?? 0) + 1);
  const sums = (side: 'left' | 'right'): string =>
    Object.entries(totals[side].byCurrency)
      .map(([currency, minor]) => `${currency} ${minor}`)
      .join(', ');
  return [
    `${report.name}, ${report.date}`,
    ...(['left', 'right'] as const).map(
      (side) => `  ${side.padEnd(10)} ${totals[side].rows} rows, ${totals[side].badRows} bad; minor units ${sums(side) || 'none'}`,
    ),
    `  matched    ${matched.pairs} pairs, ${matched.oneToMany} one to many, ${matched.manyToOne} many to one`,
    `  in transit ${inTransit.length}`,
    `  breaks     ${breaks.length}${breaks.length > 0 ? `: ${[...classes].map(([name, count]) => `${name} ${count}`).join(', ')}` : ''}`,
    ...some(breaks.map(line), 'breaks'),
    ...some(
      badRows.map((bad) => `bad row    ${bad.side} ${placeOf(bad)}, line ${bad.line}: ${bad.reason}`),
      'bad rows',
    ),
  ].join('\n');
}

function line({ id, class: name, key, count, left, right, differenceMinor, days }: Break): string {
  const amounts = [left, right]
    .map((row) => (row === undefined ? '-' : `${row.currency} ${row.amountMinor} (${placeOf(row)})`))
    .join(' | ');
  const more = [
    differenceMinor !== undefined && left !== undefined && right !== undefined && `difference ${differenceMinor}`,
    days !== undefined && days !== 0 && `${days} days`,
    count > 1 && `${count} rows`,
  ].filter((part) => part !== false);
  return `${id} ${name.padEnd(15)} ${key.join(' / ')}: ${amounts}${more.length > 0 ? `; ${more.join(', ')}` : ''}`;
}

const placeOf = ({ file, record }: { readonly file?: string; readonly record: number }): string =>
  `${file === undefined ? '' : `${file} `}record ${record}`;

function some(lines: readonly string[], name: string): string[] {
  if (lines.length === 0) return [];
  return ['', ...lines.slice(0, SHOWN), ...(lines.length > SHOWN ? [`... and ${lines.length - SHOWN} more ${name}; --json has all`] : [])];
}
