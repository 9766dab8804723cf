import { setMaxListeners } from 'node:events';
import type { LocalEngine } from '../local/contract';
import { ask, findDesks } from '../parked/desks';
import type { Storm } from './contract';
import { soakDisturbances } from './disturbances';
import { eventsOf } from './options';
import type { AskDesk } from './parking';
import type { StormResult } from './report';
import { runStorm, STORM_VISIBILITY_SECONDS } from './run';
import { onStage, type Stage, type StageSettings } from './stage';

export interface StormSession extends StageSettings {
  readonly storm: Storm;
  /** Called after each storm. */
  readonly onResult?: (result: StormResult) => void;
}

/** Engine, deployment and one storm for each seed. Whatever happens, what it started is stopped. */
export async function runSession(session: StormSession): Promise<readonly StormResult[]> {
  // Each sender listens to it.
  if (session.signal !== undefined) setMaxListeners(0, session.signal);
  return onStage(session, session.storm.context, (stage) => runAll(session, stage));
}

async function runAll(session: StormSession, stage: Stage): Promise<readonly StormResult[]> {
  const { options, storm, progress, signal } = session;
  const { slot, proxy, outputs, engineOptions, deploy } = stage;
  // Without a proxy the engine was started elsewhere, and a soak has not come as far as this.
  const disturbances = options.soak && proxy !== undefined ? soakDisturbances(slot, proxy, engineOptions) : [];
  progress(
    `messages of a killed process come back after ${STORM_VISIBILITY_SECONDS} s on this engine, not after six times the worker's timeout`,
  );
  const desks = await desksOf(slot.engine, outputs);
  const results: StormResult[] = [];
  for (const seed of options.seeds) {
    const result = await runStorm({
      storm,
      slot,
      disturbances,
      outputs,
      desks,
      deploy,
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
