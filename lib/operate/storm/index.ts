import path from 'node:path';
import { type AnyStorm, isScripted, loadStorm, stormedExamples } from './examples';
import { checkOperated, checkScripted, OptionError, parseStormOptions, type StormOptions, wordsOf } from './options';
import { describe, failures } from './report';
import { describeScripted, recordOf, runScripted, scriptedFailures } from './scripted';
import { runSession } from './session';
import type { StageSettings } from './stage';
import { usage } from './usage';

/**
 * `breakwater storm`: see {@link usage}. The account goes to standard output, everything else to standard error.
 *
 * @returns the exit code: 0 when every event of every storm has exactly one end, 1 when not or when a storm could not run, 2 for bad options, 130 after Ctrl-C.
 */
export async function storm(args: readonly string[]): Promise<number> {
  try {
    const named = wordsOf(args).find((word) => stormedExamples().includes(word));
    const scripted = named === undefined ? undefined : loadStorm(named);
    const options = parseStormOptions(args, scripted !== undefined && isScripted(scripted) ? scripted : undefined);
    if (options === 'help') {
      process.stdout.write(`${stormUsage()}\n`);
      return 0;
    }
    const loaded = loadStorm(options.example);
    if (isScripted(loaded)) checkScripted(options);
    else checkOperated(options, loaded);
    return await runAndReport(options, loaded);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`storm: ${error.message}\n\n${stormUsage()}\n`);
    return 2;
  }
}

function stormUsage(): string {
  return usage(new Map(stormedExamples().map((example) => [example, loadStorm(example)])));
}

async function runAndReport(options: StormOptions, loaded: AnyStorm): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => interruption.abort(new Error(`stopped by ${signal}`));
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, interrupt);
  try {
    const accounts = await runAll(loaded, {
      options,
      app: APP,
      workingDirectory: packageRoot,
      progress: (line) => process.stderr.write(`${line}\n`),
      signal: interruption.signal,
    });
    if (options.json) {
      const records = accounts.map(({ record }) => record);
      process.stdout.write(`${JSON.stringify(records.length === 1 ? records[0] : records)}\n`);
    }
    return accounts.every(({ clean }) => clean) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`storm: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!interruption.signal.aborted) return 1;
    // A deployment under way asks the engine that is gone for a minute more; nobody who pressed Ctrl-C waits for that.
    setTimeout(() => process.exit(INTERRUPTED), 500).unref();
    return INTERRUPTED;
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}

/** What a storm of either kind came to, as far as it is printed. */
interface PrintedAccount {
  readonly record: object;
  readonly clean: boolean;
}

async function runAll(loaded: AnyStorm, settings: StageSettings): Promise<readonly PrintedAccount[]> {
  const { json } = settings.options;
  const report = (text: () => string, failed: readonly string[]): void => {
    if (!json) process.stdout.write(`\n${text()}\n`);
    else for (const failure of failed) process.stderr.write(`FAILED  ${failure}\n`);
  };
  if (isScripted(loaded)) {
    const onResult = (result: Parameters<typeof describeScripted>[0]): void =>
      report(() => describeScripted(result), scriptedFailures(result));
    const results = await runScripted({ ...settings, storm: loaded, onResult });
    return results.map((result) => ({ record: recordOf(result), clean: result.clean }));
  }
  const results = await runSession({ ...settings, storm: loaded, onResult: (result) => report(() => describe(result), failures(result)) });
  return results.map((result) => ({ record: result, clean: result.clean }));
}

/** As shells say it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** As in cdk.json, without its build: whoever runs a storm has just built. */
const APP = 'node dist/bin/app.js';

/** Where its package.json is. */
const packageRoot = path.resolve(__dirname, path.basename(path.resolve(__dirname, '../../..')) === 'dist' ? '../../../..' : '../../..');
