import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Storm } from './contract';
import { checkOperated, OptionError, parseStormOptions, STORM_USAGE, type StormOptions } from './options';
import { describe, failures, type StormResult } from './report';
import { runSession } from './session';

/**
 * `breakwater storm`: see {@link STORM_USAGE}. The account goes to standard output, everything else to standard error.
 *
 * @returns the exit code: 0 when every event of every storm has exactly one end, 1 when not or when a storm could not run, 2 for bad options, 130 after Ctrl-C.
 */
export async function storm(args: readonly string[]): Promise<number> {
  let options: StormOptions | 'help';
  let loaded: Storm;
  try {
    options = parseStormOptions(args);
    if (options === 'help') {
      process.stdout.write(`${STORM_USAGE}\n`);
      return 0;
    }
    loaded = loadStorm(options.example);
    checkOperated(options, loaded);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`storm: ${error.message}\n\n${STORM_USAGE}\n`);
    return 2;
  }
  return runAndReport(options, loaded);
}

async function runAndReport(options: StormOptions, loaded: Storm): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => interruption.abort(new Error(`stopped by ${signal}`));
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, interrupt);
  try {
    const results = await runSession({
      options,
      storm: loaded,
      app: APP,
      workingDirectory: packageRoot,
      progress: (line) => process.stderr.write(`${line}\n`),
      signal: interruption.signal,
      onResult: (result) => report(result, options),
    });
    if (options.json) {
      const printed = results.length === 1 ? results[0] : results;
      process.stdout.write(`${JSON.stringify(printed)}\n`);
    }
    return results.every(({ clean }) => clean) ? 0 : 1;
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

function report(result: StormResult, options: StormOptions): void {
  if (!options.json) process.stdout.write(`\n${describe(result)}\n`);
  else for (const failure of failures(result)) process.stderr.write(`FAILED  ${failure}\n`);
}

/** As shells say it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** As in cdk.json, without its build: whoever runs a storm has just built. */
const APP = 'node dist/bin/app.js';

/** From `dist/lib/operate/storm` and from the sources alike, examples are three folders up; the package's root is where its package.json is. */
const examplesFolder = path.resolve(__dirname, '../../../examples');
const packageRoot = path.resolve(__dirname, path.basename(path.resolve(__dirname, '../../..')) === 'dist' ? '../../../..' : '../../..');

function loadStorm(example: string): Storm {
  const file = path.join(examplesFolder, example, 'storm');
  if (!existsSync(`${file}.js`) && !existsSync(`${file}.ts`)) {
    throw new OptionError(`no storm of an example '${example}': storms run in a clone of the repository, after npm run build`);
  }
  return (require(file) as { readonly storm: Storm }).storm;
}
