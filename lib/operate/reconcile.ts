import { accessSync, constants, createWriteStream, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { InputFault } from '../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../reconciliation-rules/rules';
import { parseRules } from '../reconciliation-rules/rules-file';
import { RULES_SCHEMA } from '../reconciliation-rules/rules-schema';
import { breaksCsv } from '../runtime/reconciliation/breaks-csv';
import { businessDayOf } from '../runtime/reconciliation/business-day';
import type { ReconciliationReport } from '../runtime/reconciliation/contract';
import { type ReconcileRequest, reconcile } from '../runtime/reconciliation/reconcile';
import { reportPage } from '../runtime/reconciliation/report-page';
import { rulesTrial } from '../runtime/reconciliation/rules-trial';
import { type Carried, carriedIn } from './reconcile-carried';
import { snapshotSources } from './reconcile-snapshot';
import { describe } from './reconcile-text';
import { describeTrial } from './reconcile-trial';
import { UsageError } from './usage-error';

const USAGE = `usage: breakwater reconcile --left FILE --right FILE --rules FILE --date YYYY-MM-DD [options]

Compares two files by rules, as the nightly reconciliation does, and tells every row that differs. Nothing leaves this machine.

  --left FILE, --right FILE  the two sides: .jsonl, .ndjson or .json, .parquet, anything else is CSV;
                             with .gz or .zst behind it, compressed; again for each further file of a side
  --snapshot FOLDER          instead of both: what a night's run compared, copied from its bucket with
                             aws s3 cp --recursive s3://BUCKET/runs/DATE/RUN/snapshot FOLDER
  --rules FILE               keys, compared columns, tolerances, grouping, timing; see docs/reconciliation.md
  --date YYYY-MM-DD          business date, from which the age of a row is counted
  --carried FOLDER           compare with the rows that the last earlier date left over there, and leave those of this
                             date; for rules with timing.carryForward
  --html FILE                write the report as one page for a browser, which fetches nothing
  --csv FILE                 write every break as CSV for a spreadsheet
  --against FILE             the rules in force: tells which matches --rules would win and lose, instead of a report
  --json                     the whole report as one JSON document
  --schema                   print the JSON schema of a rules file
  --memory MB                most memory the comparison may hold         default half of this machine's

Needs DuckDB: npm install --save-dev @duckdb/node-api

exit code: 0 everything agrees or is in transit; 1 there are breaks or bad rows; 2 a file or the rules can't be used
with --against: 0 each row ends as before; 1 some do not; 2 a file or one of the rules can't be used`;

type Sides = Pick<ReconcileRequest, 'left' | 'right'>;

const BYTES_A_MEGABYTE = 1024 * 1024;

/** Runs `breakwater reconcile`. @returns the exit code */
export async function reconcileCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      left: { type: 'string', multiple: true },
      right: { type: 'string', multiple: true },
      snapshot: { type: 'string' },
      rules: { type: 'string' },
      date: { type: 'string' },
      html: { type: 'string' },
      csv: { type: 'string' },
      against: { type: 'string' },
      carried: { type: 'string' },
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
  const { snapshot } = values;
  if (snapshot !== undefined && (values.left ?? values.right) !== undefined)
    throw new UsageError('reconcile: --snapshot holds both sides; leave out --left and --right');
  const given = snapshot === undefined && { left: required('left', values.left), right: required('right', values.right) };
  const [rulesFile, date] = [required('rules', values.rules), required('date', values.date)];
  if (values.against !== undefined && (values.html ?? values.csv) !== undefined)
    throw new UsageError('reconcile: --html and --csv write the report of one rules file; leave them out with --against');
  if (values.against !== undefined && values.carried !== undefined)
    throw new UsageError('reconcile: --carried leaves rows for the next date; leave it out with --against, which leaves nothing');
  const memory = memoryBytes(values.memory);
  const compare = (
    sides: Sides,
    rules: ReconciliationRules,
    named: string,
    eachRow: boolean,
    leftOver: Carried['leftOver'] = {},
  ): Promise<ReconciliationReport> =>
    reconcile({
      ...{ rules, ...sides, date, eachRow, leftOver },
      ...{ folder: tmpdir(), memoryBytes: memory, threads: availableParallelism() },
      progress: (line) => process.stderr.write(`${named}${line}\n`),
    });
  try {
    const sides = given || { left: snapshotSources(snapshot!, 'left'), right: snapshotSources(snapshot!, 'right') };
    const rules = parseRules(rulesFile, readRules('rules', rulesFile));
    if (values.against !== undefined) {
      const inForce = parseRules(values.against, readRules('against', values.against));
      const reportBy = (file: string, one: ReconciliationRules) => byRules(file, compare(sides, one, `${file}: `, true));
      const trial = rulesTrial(await reportBy(values.against, inForce), await reportBy(rulesFile, rules));
      const named = { rules: rulesFile, against: values.against };
      process.stdout.write(values.json ? `${JSON.stringify(trial)}\n` : `${describeTrial(trial, named)}\n`);
      return trial.won.length + trial.lost.length + trial.changed.length === 0 ? 0 : 1;
    }
    for (const name of ['html', 'csv'] as const) requireWritable(name, values[name]);
    const report =
      values.carried === undefined
        ? await compare(sides, rules, '', false)
        : await withCarried(await carriedIn(values.carried, businessDate(date), rules, rulesFile), sides, (all, leftOver) =>
            compare(all, rules, '', false, leftOver),
          );
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

/** What is left over is kept when the report is whole, and not before. */
async function withCarried(
  { taken, leftOver, keep, clear }: Carried,
  sides: Sides,
  compare: (sides: Sides, leftOver: Carried['leftOver']) => Promise<ReconciliationReport>,
): Promise<ReconciliationReport> {
  const all = (side: 'left' | 'right') => [...(typeof sides[side] === 'string' ? [sides[side]] : sides[side]), ...taken[side]];
  try {
    const report = await compare({ left: all('left'), right: all('right') }, leftOver);
    await keep();
    return report;
  } finally {
    await clear();
  }
}

/** @throws InputFault for anything but a day of the calendar: names of folders are compared with it */
function businessDate(date: string): string {
  businessDayOf(date);
  return date;
}

/** Says by which of two rules a source can't be compared. */
async function byRules(file: string, report: Promise<ReconciliationReport>): Promise<ReconciliationReport> {
  try {
    return await report;
  } catch (error) {
    throw error instanceof InputFault ? new InputFault(`by ${file}: ${error.message}`) : error;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function readRules(option: 'rules' | 'against', file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputFault(`--${option}: ${error instanceof Error ? error.message : String(error)}`);
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
