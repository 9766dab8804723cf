import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { costCommand } from '../../review/cost';
import { compareReports } from '../../review/cost/compare';
import { presentComparison } from '../../review/cost/presenters/comparison';
import { Prices } from '../../review/cost/price-list';
import { US_EAST_1 } from '../../review/cost/prices/us-east-1';
import { parseProfile } from '../../review/cost/profile-file';
import { costOf } from '../../review/cost/report';
import type { TrafficProfile } from '../../review/cost/traffic';
import { readTopology, type Topology } from '../../topology';
import { UsageError } from '../usage-error';
import { cloudWatchMetrics } from './metrics';
import { measureProfile, type PhysicalIds } from './profile';

const UNITS = { h: 3_600_000, d: 86_400_000 } as const;

/** Runs `breakwater cost --from-cloudwatch`: measures, saves, compares, and estimates with what was measured. */
export async function costFromCloudWatch(args: readonly string[]): Promise<number> {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: {
      'from-cloudwatch': { type: 'boolean' },
      since: { type: 'string', default: '30d' },
      stack: { type: 'string' },
      save: { type: 'string' },
      profile: { type: 'string' },
      load: { type: 'string', multiple: true },
      prices: { type: 'string' },
      'free-tier': { type: 'boolean' },
      crossover: { type: 'boolean' },
      plots: { type: 'string' },
      format: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
    tokens: true,
  });
  if (values.profile !== undefined) throw new UsageError('--from-cloudwatch measures the profile: leave --profile out');
  const since = /^(\d+)([hd])$/.exec(values.since);
  if (!since || Number(since[1]) === 0) throw new UsageError(`--since: a number of hours or days, for example 30d, given ${values.since}`);
  const topology = readTopology(positionals);
  const stack = values.stack ?? onlyStack(topology);
  const to = new Date();
  const span = { from: new Date(to.getTime() - Number(since[1]) * UNITS[since[2] as keyof typeof UNITS]), to };
  const { profile, withoutFigures } = await measureProfile(
    stack,
    topology,
    await physicalIds(stack),
    cloudWatchMetrics(new CloudWatchClient({})),
    span,
  );
  for (const name of withoutFigures) process.stderr.write(`no figures in CloudWatch: ${name}\n`);
  const before =
    values.save !== undefined && existsSync(values.save) ? parseProfile(values.save, readFileSync(values.save, 'utf8')) : undefined;
  const text = `${JSON.stringify(profile, undefined, 2)}\n`;
  if (values.save !== undefined) writeFileSync(values.save, text);
  if (before) process.stdout.write(`${tellChanges(topology, before, profile)}\n`);
  const rest = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value];
    if (token.kind !== 'option' || ['from-cloudwatch', 'since', 'stack', 'save'].includes(token.name)) return [];
    return token.value === undefined ? [`--${token.name}`] : [`--${token.name}`, token.value];
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-profile-'));
  try {
    const file = path.join(folder, 'traffic.json');
    writeFileSync(file, text);
    return await costCommand([...rest, '--profile', file], {
      out: (line) => process.stdout.write(line),
      error: (line) => process.stderr.write(line),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function onlyStack({ model }: Topology): string {
  const [stack, ...more] = model.stacks;
  if (!stack || more.length > 0)
    throw new UsageError(`--stack: give the name of the deployed stack; the templates hold ${model.stacks.length} stacks`);
  return stack.name;
}

async function physicalIds(stack: string): Promise<PhysicalIds> {
  const ids = new Map<string, string>();
  for await (const page of paginateListStackResources({ client: new CloudFormationClient({}) }, { StackName: stack }))
    for (const { LogicalResourceId: logical, PhysicalResourceId: physical } of page.StackResourceSummaries ?? [])
      if (logical !== undefined && physical !== undefined) ids.set(logical, physical);
  return ids;
}

/** What changed since the profile was saved, and what it costs at the prices of today. */
export function tellChanges(topology: Topology, before: TrafficProfile, after: TrafficProfile): string {
  const lines = (
    [
      ['ingress', before.ingress, after.ingress],
      ['resources', before.resources, after.resources],
    ] as const
  ).flatMap(([, old, now]) =>
    Object.entries(now ?? {}).flatMap(([name, traffic]) =>
      Object.entries(traffic).flatMap(([field, value]) => {
        const was = (old?.[name] as Readonly<Record<string, unknown>> | undefined)?.[field];
        return was === undefined || typeof value !== 'number' || was === value ? [] : [`  ${name} ${field}: ${was} -> ${value}`];
      }),
    ),
  );
  const report = (profile: TrafficProfile) =>
    costOf(topology, { profile, prices: new Prices(US_EAST_1, false), loads: [], crossover: false, charges: true }).report;
  const cost = presentComparison(compareReports(report(before), report(after)));
  return ['Since the saved profile', ...(lines.length > 0 ? lines : ['  nothing changed']), '', cost].join('\n');
}
