import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deploy, startEngine } from '../local';
import type { Deployment, LocalEngine, LocalEngineOptions, Progress } from '../local/contract';
import { ask, findDesks } from '../parked/desks';
import type { Storm } from './contract';
import { type Disturbance, type EngineSlot, soakDisturbances } from './disturbances';
import { eventsOf, type StormOptions } from './options';
import type { AskDesk } from './parking';
import { FaultProxy } from './proxy';
import type { StormResult } from './report';
import { runStorm, STORM_VISIBILITY_SECONDS } from './run';

export interface StormSession {
  readonly options: StormOptions;
  readonly storm: Storm;
  /** Command that synthesises the app. @default `app` of cdk.json */
  readonly app?: string;
  readonly workingDirectory: string;
  readonly progress: Progress;
  /** Ends the session; everything it started is stopped before it rejects. */
  readonly signal?: AbortSignal;
  /** Called after each storm. */
  readonly onResult?: (result: StormResult) => void;
}

/** Engine, deployment and one storm for each seed. Whatever happens, what it started is stopped. */
export async function runSession(session: StormSession): Promise<readonly StormResult[]> {
  const { options, progress, signal } = session;
  // Each sender listens to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  const proxy = await FaultProxy.listen();
  // Only an engine that is to be kept or restarted saves what stands in it: that takes the storm's time.
  const stateDirectory = options.keep || options.soak ? await mkdtemp(path.join(tmpdir(), 'breakwater-kept-')) : undefined;
  const engineOptions: LocalEngineOptions = {
    progress,
    environment: proxy.environment,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(stateDirectory === undefined ? {} : { stateDirectory }),
  };
  let slot: EngineSlot | undefined;
  let isKept = false;
  try {
    signal?.throwIfAborted();
    slot = { engine: await startEngine(engineOptions) };
    signal?.throwIfAborted();
    const { endpoint, pid } = slot.engine;
    if (options.soak && pid === undefined) {
      throw new Error(
        `--soak: stops and restarts its own engine, and the one at ${endpoint} was started elsewhere: unset BREAKWATER_ENDPOINT`,
      );
    }
    proxy.forwardTo(endpoint, pid);
    const disturbances = options.soak ? soakDisturbances(slot, proxy, engineOptions) : [];
    // An engine that was started elsewhere does not send its functions this way.
    const results = await untilAborted(runAll(session, slot, disturbances, pid === undefined ? undefined : proxy), signal);
    isKept = options.keep && pid !== undefined;
    return results;
  } finally {
    await slot?.engine.stop();
    await proxy.close();
    if (isKept && slot !== undefined) await keep(slot.engine, stateDirectory!, progress);
    else if (stateDirectory !== undefined) await rm(stateDirectory, { recursive: true, force: true });
  }
}

/** Starts the engine again with all that stood in it, at the same place, to outlive this process: its functions must not look for the proxy any more. */
async function keep(engine: LocalEngine, stateDirectory: string, progress: Progress): Promise<void> {
  const kept = await startEngine({ progress, port: engine.port, stateDirectory, background: true });
  progress(`the engine keeps running at ${kept.endpoint} (process ${kept.pid}); to stop it: kill ${kept.pid}`);
}

async function runAll(
  session: StormSession,
  slot: EngineSlot,
  disturbances: readonly Disturbance[],
  proxy: FaultProxy | undefined,
): Promise<readonly StormResult[]> {
  const { options, storm, progress, signal } = session;
  const deployWith = (context: Readonly<Record<string, string>>): Promise<Deployment> =>
    deploy({
      engine: slot.engine,
      workingDirectory: session.workingDirectory,
      context: { ...storm.context, ...context },
      progress,
      ...(session.app === undefined ? {} : { app: session.app }),
    });
  const deployment = await deployWith({});
  progress(
    `messages of a killed process come back after ${STORM_VISIBILITY_SECONDS} s on this engine, not after six times the worker's timeout`,
  );
  const outputs = Object.assign({}, ...deployment.stacks.map((stack) => stack.outputs)) as Record<string, string>;
  const desks = await desksOf(slot.engine, outputs);
  const results: StormResult[] = [];
  for (const seed of options.seeds) {
    const result = await runStorm({
      storm,
      slot,
      disturbances,
      outputs,
      desks,
      deploy: async (context) => {
        await deployWith(context);
      },
      seed,
      // An engine that ran before knows the ids of an earlier storm of this seed: to it they would all be duplicates.
      tag: proxy !== undefined ? `s${seed}` : `s${seed}t${Date.now().toString(36)}`,
      example: options.example,
      events: eventsOf(options, storm),
      concurrency: options.concurrency,
      duplicates: options.duplicates,
      progress,
      ...(proxy === undefined ? {} : { proxy }),
      ...(signal === undefined ? {} : { signal }),
    });
    results.push(result);
    session.onResult?.(result);
  }
  return results;
}

/** Of all desks on the engine those that this deployment made: their functions are among its outputs. */
async function desksOf({ clientConfig }: LocalEngine, outputs: Readonly<Record<string, string>>): Promise<readonly AskDesk[]> {
  const functions = new Set(Object.values(outputs));
  const desks = (await findDesks(clientConfig)).filter(({ functionName }) => functions.has(functionName));
  return desks.map((desk) => (request) => ask(desk, request));
}

/** Does not wait for work that can't be told to stop: a deployment ends when its engine does. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}
