import { setMaxListeners } from 'node:events';
import { localUrl } from '../local';
import type { Burst, StormTarget } from './contract';
import { DisturbanceSchedule, type PastDisturbance, SOAK_ANSWER_TIMEOUT_MILLISECONDS } from './disturbances';
import type { KillList } from './kills';
import { sum } from './report';
import { type Resources, ResourceWatch } from './resources';
import type { StormRun } from './run';
import { type Attempt, sendAll } from './sender';

const LOOK_MILLISECONDS = 15_000;

export interface SentStorm {
  readonly attempts: readonly Attempt[];
  readonly past: readonly PastDisturbance[];
  readonly resources: Resources;
}

/** Sends all bursts, lets happen to the engine meanwhile what is to happen, and tells of a soak how it goes. */
export async function sendStorm(
  run: StormRun,
  bursts: readonly Burst[],
  { target, kills }: { readonly target: StormTarget; readonly kills: KillList | undefined },
): Promise<SentStorm> {
  const { slot, progress, signal } = run;
  const soak = run.disturbances.length > 0;
  const deliveries = bursts.reduce((total, burst) => total + burst.length, 0);
  progress(`sending ${run.events} events in ${deliveries} deliveries`);
  const started = performance.now();
  let taken = 0;
  const tell = ({ stormMegabytes, engineMegabytes, functions }: Resources): void => {
    const seconds = Math.floor((performance.now() - started) / 1000);
    const killed = sum(kills?.struck ?? {});
    progress(
      `${seconds} s: ${Math.floor((100 * taken) / bursts.length)} % sent, ${killed} processes killed; ${stormMegabytes} MB here, ${engineMegabytes} MB in the engine, ${functions} function processes`,
    );
  };
  const schedule = new DisturbanceSchedule(run.disturbances, bursts.length, signal);
  const ending = signal === undefined ? schedule.failed : AbortSignal.any([schedule.failed, signal]);
  // Each sender listens to it.
  setMaxListeners(0, ending);
  const watch = new ResourceWatch(() => slot.engine.pid, LOOK_MILLISECONDS, soak ? tell : () => {});
  try {
    const attempts = await sendAll(bursts, {
      url: localUrl(slot.engine, run.storm.url(target)).replace(/\/$/, ''),
      concurrency: run.concurrency,
      ...(soak ? { answerTimeoutMilliseconds: SOAK_ANSWER_TIMEOUT_MILLISECONDS } : {}),
      onBurst: (count) => {
        taken = count;
        schedule.advance(count);
      },
      signal: ending,
    });
    await schedule.ended();
    assertAnswered(attempts, slot.engine.logFile);
    return { attempts, past: schedule.past, resources: watch.most };
  } catch (error) {
    // What kept a disturbance from happening says more than that sending was broken off for it.
    await schedule.ended();
    throw error;
  } finally {
    watch.end();
  }
}

function assertAnswered(attempts: readonly Attempt[], logFile: string | undefined): void {
  if (attempts.some(({ status }) => status !== undefined && status < 500)) return;
  throw new Error(
    `the API answered none of ${attempts.length} requests but with failures${logFile === undefined ? '' : `; the engine's log is ${logFile}`}`,
  );
}
