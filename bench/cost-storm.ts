import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { storm as webhooks } from '../examples/webhook-ingestion/storm';
import { deploy, startEngine } from '../lib/operate/local';
import type { LocalEngine } from '../lib/operate/local/contract';
import { functionLogs } from '../lib/operate/local/function-logs';
import { ask, findDesks } from '../lib/operate/parked/desks';
import type { Burst, StandingEffect, Storm, StormPlan } from '../lib/operate/storm/contract';
import type { AskDesk } from '../lib/operate/storm/parking';
import { FaultProxy } from '../lib/operate/storm/proxy';
import type { StormResult } from '../lib/operate/storm/report';
import { runStorm } from '../lib/operate/storm/run';
import { readTopology, type Topology } from '../lib/topology';

/** So few that no request waits for a second, on a busy machine either: a time-out would be a retry that nobody planned. */
const SENDERS = 5;
const root = path.resolve(__dirname, '../..');

/** What the logs tell of one function. */
export interface FunctionLog {
  readonly runs: number;
  /** Runs that began in a new process. */
  readonly inits: number;
  readonly milliseconds: number;
  /** Batches which the engine handed over: messages, and how many of them it deleted afterwards. */
  readonly batches: ReadonlyArray<{ readonly messages: number; readonly deleted: number }>;
}

/** A storm on the local engine, and all that was counted of it. */
export interface CountedStorm {
  readonly topology: Topology;
  readonly plan: StormPlan;
  readonly result: StormResult;
  readonly effects: readonly StandingEffect[];
  /** By logical id. */
  readonly functions: ReadonlyMap<string, FunctionLog>;
  /** Logical ids by what a request may call the resource. */
  readonly logicalIds: ReadonlyMap<string, string>;
}

/**
 * Synthesises, deploys, storms and counts. Whatever it started is stopped.
 *
 * Nothing is killed, and copies come later than their events: the cost model knows senders that send again, no processes that die.
 */
export async function countStorm(options: { readonly events: number; readonly seed: number }): Promise<CountedStorm> {
  const progress = (line: string): void => console.error(line);
  const proxy = await FaultProxy.listen();
  let engine: LocalEngine | undefined;
  try {
    engine = await startEngine({ progress, environment: proxy.environment });
    proxy.forwardTo(engine.endpoint, engine.pid);
    const { stacks } = await deploy({
      engine,
      app: 'node dist/bin/app.js',
      workingDirectory: root,
      context: webhooks.context,
      progress,
    });
    const { clientConfig } = engine;
    const desks = (await findDesks(clientConfig)).map(
      (desk): AskDesk =>
        (request) =>
          ask(desk, request),
    );
    const watched = watch(webhooks);
    const result = await runStorm({
      storm: watched.storm,
      slot: { engine },
      disturbances: [],
      desks,
      deploy: () => Promise.reject(new Error('nobody operates in this storm')),
      outputs: stacks[0]!.outputs,
      seed: options.seed,
      tag: `s${options.seed}`,
      example: 'webhook-ingestion',
      events: options.events,
      concurrency: SENDERS,
      duplicates: 0.2,
      progress,
      proxy,
    });
    const logicalIds = await logicalIdsOf(engine, stacks[0]!.stackName);
    return {
      topology: synthesise(),
      plan: watched.plan(),
      result,
      effects: watched.effects(),
      functions: await functionsOf(engine, logicalIds),
      logicalIds,
    };
  } finally {
    await engine?.stop();
    await proxy.close();
  }
}

/** Nobody operates meanwhile: what a person puts back is no traffic of the month. */
function watch({ operate: _, ...storm }: Storm) {
  let plan: StormPlan | undefined;
  let effects: readonly StandingEffect[] = [];
  return {
    plan: () => plan!,
    effects: () => effects,
    storm: {
      ...storm,
      plan: (settings) => {
        const planned = storm.plan(settings);
        plan = { ...planned, bursts: copiesLater(planned.bursts), kills: () => [] };
        return plan;
      },
      readStores: async (target) => {
        const stores = await storm.readStores(target);
        effects = stores.effects;
        return stores;
      },
    } satisfies Storm,
  };
}

/** So many that an event has its end, by its last retry too, before a copy of it comes. */
const DELIVERIES_BETWEEN_COPIES = 150;

/** As a provider sends again: one by one and later, not in the burst and the batch of their event. */
function copiesLater(bursts: readonly Burst[]): readonly Burst[] {
  const last = new Map<string, number>();
  return bursts
    .flat()
    .map((delivery, index) => {
      const before = last.get(delivery.eventId);
      const at = before === undefined ? index : Math.max(index, before + DELIVERIES_BETWEEN_COPIES);
      last.set(delivery.eventId, at);
      return { at, delivery };
    })
    .sort((one, other) => one.at - other.at)
    .map(({ delivery }) => [delivery]);
}

async function logicalIdsOf(engine: LocalEngine, stackName: string): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient({ ...engine.clientConfig });
  const ids = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stackName }))
    for (const { PhysicalResourceId = '', LogicalResourceId = '' } of StackResourceSummaries)
      ids.set(PhysicalResourceId, LogicalResourceId);
  return ids;
}

async function functionsOf(engine: LocalEngine, logicalIds: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, FunctionLog>> {
  const lines = await functionLogs(engine, [], undefined).next();
  const log = readFileSync(engine.logFile!, 'utf8');
  const batches = [...log.matchAll(/ESM: Lambda (\S+) processed (\d+) SQS messages from \S+(?: \((\d+) partial failures\))?/g)];
  const spawned = [...log.matchAll(/Lambda worker spawned for (\S+) /g)];
  return new Map(
    [...new Set(lines.map(({ functionName }) => functionName))].map((name) => {
      const reports = lines.flatMap(({ functionName, message }) =>
        functionName === name ? (/^REPORT RequestId: \S+\s+Duration: ([\d.]+) ms/.exec(message)?.[1] ?? []) : [],
      );
      return [
        logicalIds.get(name) ?? name,
        {
          runs: reports.length,
          inits: spawned.filter(([, of]) => of === name).length,
          milliseconds: reports.reduce((sum, milliseconds) => sum + Number(milliseconds), 0),
          batches: batches.flatMap(([, of, done, failed = '0']) =>
            of === name ? [{ messages: Number(done) + Number(failed), deleted: Number(done) }] : [],
          ),
        },
      ];
    }),
  );
}

function synthesise(): Topology {
  const folder = mkdtempSync(path.join(tmpdir(), 'breakwater-cost-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, ['dist/bin/app.js'], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(webhooks.context) },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return readTopology([folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
