import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readTopology } from '../../topology';
import { TemplateError } from '../../topology/template-error';
import type { CommandOutput } from '../command';
import { isParseFault } from '../parse-fault';
import { CostInputError } from './input-error';
import { FORMATS, presenterOf } from './presenters';
import { parsePriceList } from './price-file';
import { type PriceList, Prices } from './price-list';
import { US_EAST_1 } from './prices/us-east-1';
import { parseLoad, parseProfile, TRAFFIC_SCHEMA } from './profile-file';
import { costOfEach, THREE_LOADS } from './report';

const USAGE = `usage: breakwater cost PATH... [options]
       breakwater cost diff OLD.json NEW.json

Estimates what the stacks in CloudFormation templates cost in a month, from the events that enter. Nothing is deployed; nothing is fetched but with --from-cloudwatch.

PATH is a folder that cdk synth has written (cdk.out), or a template in JSON or YAML. Several are read together.

  --load LOAD              events at each place where they enter, for example 1000000/month or 12/second; may be repeated
                           (default: 100 thousand, 10 million and 1 billion a month; with --profile, what the profile says)
  --profile FILE           payloads, durations, failures, duplicates, shares (JSON); what it doesn't say is assumed, and printed; may be repeated
  --prices FILE            another price list (default: ${US_EAST_1.region}, ${US_EAST_1.date})
  --free-tier              take off the units that AWS gives each month
  --crossover              also say when containers on Fargate would be cheaper than the functions
  --plots FOLDER           write each crossover as an SVG; implies --crossover
  --format FORMAT          ${FORMATS.join(', ')} (default: text)
  --schema                 print the JSON schema of a profile

From a deployed stack, with the credentials and Region of the environment:
  --from-cloudwatch        measure the profile from CloudWatch
  --since TIME             for how long back, for example 30d or 12h (default: 30d)
  --stack NAME             name of the deployed stack (default: that of the template)
  --save FILE              write the profile; when the file is there already, tell what changed and what it costs

diff tells from two reports in JSON what a change costs, and why.

exit code: 0 done; 2 a template, profile, price list, report or the command line could not be read
`;

/** Runs `breakwater cost`. @returns the exit code: 0 done, 2 could not be read */
export async function costCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  try {
    return args[0] === 'diff' ? difference(args.slice(1), output) : await cost(args, output);
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof CostInputError || isParseFault(error))) throw error;
    output.error(`breakwater cost: ${(error as Error).message}\n`);
    return 2;
  }
}

async function cost(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      load: { type: 'string', multiple: true },
      profile: { type: 'string', multiple: true },
      prices: { type: 'string' },
      'free-tier': { type: 'boolean', default: false },
      crossover: { type: 'boolean', default: false },
      plots: { type: 'string' },
      format: { type: 'string', default: 'text' },
      schema: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) return print(output, USAGE);
  if (values.schema) return print(output, `${JSON.stringify(TRAFFIC_SCHEMA, undefined, 2)}\n`);
  const present = presenterOf(values.format);
  if (!present) throw new CostInputError(`--format: one of ${FORMATS.join(', ')}, given ${JSON.stringify(values.format)}`);
  if (positionals.length === 0) throw new CostInputError('give a folder that cdk synth has written, or template files');
  const profiles = values.profile?.map((file) => parseProfile(file, read(file))) ?? [{ version: 1 as const }];
  const prices: PriceList = values.prices === undefined ? US_EAST_1 : parsePriceList(values.prices, read(values.prices));
  const loads = values.load?.map(parseLoad) ?? (values.profile === undefined ? THREE_LOADS : []);
  const result = costOfEach(readTopology(positionals), profiles, {
    prices: new Prices(prices, values['free-tier']),
    loads,
    crossover: values.crossover || values.plots !== undefined,
    charges: values.format === 'json' || values.format === 'csv',
  });
  if (values.plots !== undefined) {
    const { plotCrossover } = require('./plot') as typeof import('./plot');
    mkdirSync(values.plots, { recursive: true });
    for (const crossover of result.crossovers)
      writeFileSync(
        path.join(values.plots, `${crossover.name.replace(/[^A-Za-z0-9]+/g, '-')}.svg`),
        await plotCrossover(crossover, prices.date),
      );
  }
  return print(output, await present(result));
}

function difference(args: readonly string[], output: CommandOutput): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help) return print(output, USAGE);
  const [before, after, ...more] = positionals;
  if (before === undefined || after === undefined || more.length > 0)
    throw new CostInputError(`diff: give two reports in JSON, the old one first; given ${positionals.length}`);
  const { compareReports, parseReport } = require('./compare') as typeof import('./compare');
  const { presentComparison } = require('./presenters/comparison') as typeof import('./presenters/comparison');
  return print(output, presentComparison(compareReports(parseReport(before, read(before)), parseReport(after, read(after)))));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CostInputError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(output: CommandOutput, text: string): number {
  output.out(text);
  return 0;
}
