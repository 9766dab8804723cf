import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { US_EAST_1 } from '../../review/cost/prices/us-east-1';
import { UsageError, unknownCommand } from '../usage-error';
import { PRICE_FILES, updatePrices } from './update';

const USAGE = `usage: breakwater prices update --region REGION [--region REGION ...] [--output FILE]

Writes price lists for breakwater cost --prices from AWS's public bulk price files. Needs the network, no credentials.

  --region REGION    for example eu-central-1; may be repeated
  --output FILE      default: prices-REGION.json; only with one Region
  --files URL        where the price files lie (default: ${PRICE_FILES})

exit code: 0 written; 1 a file could not be fetched or read; 2 the command line was not understood
`;

export async function prices(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      region: { type: 'string', multiple: true },
      output: { type: 'string' },
      files: { type: 'string', default: PRICE_FILES },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [subcommand, ...more] = positionals;
  if (subcommand !== 'update') throw unknownCommand('breakwater prices', subcommand ?? '', ['update']);
  if (more.length > 0) throw new UsageError(`prices update: takes no path, given ${more[0]}`);
  const regions = values.region ?? [];
  if (regions.length === 0) throw new UsageError('prices update: give at least one --region');
  const odd = regions.find((region) => !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region));
  if (odd !== undefined) throw new UsageError(`--region: a Region such as eu-central-1, given ${odd}`);
  if (values.output !== undefined && regions.length > 1) throw new UsageError('--output: only with one --region');
  for (const region of new Set(regions)) {
    const { list, notFound } = await updatePrices(US_EAST_1, region, fetchJson, values.files);
    const output = values.output ?? `prices-${region}.json`;
    writeFileSync(output, `${JSON.stringify(list, undefined, 2)}\n`);
    process.stdout.write(`${output}: ${list.lines.length} prices of ${region}, ${list.date}\n`);
    for (const { line, reason } of notFound) process.stdout.write(`  ${line}: ${reason}\n`);
  }
  return 0;
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
  // The bucket behind the address answers 403 for what isn't there.
  if (response.status === 404 || response.status === 403) return undefined;
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.json();
}
