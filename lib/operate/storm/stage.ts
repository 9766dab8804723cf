import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deploy, startEngine } from '../local';
import type { Deployment, LocalEngine, LocalEngineOptions, Progress } from '../local/contract';
import type { EngineSlot } from './disturbances';
import type { StormOptions } from './options';
import { FaultProxy } from './proxy';

/** What a storm needs of whoever starts it, of whatever kind it is. */
export interface StageSettings {
  readonly options: StormOptions;
  /** Command that synthesises the app. @default `app` of cdk.json */
  readonly app?: string;
  readonly workingDirectory: string;
  readonly progress: Progress;
  /** Ends the session; everything it started is stopped before it rejects. */
  readonly signal?: AbortSignal;
}

/** An engine with an example deployed to it. */
export interface Stage {
  readonly slot: EngineSlot;
  readonly engineOptions: LocalEngineOptions;
  /** Stands between the functions and the engine, but for one that was started elsewhere: its functions do not come this way. */
  readonly proxy?: FaultProxy;
  /** Outputs of the deployed stacks. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Deploys the app again with this context beside the storm's own. */
  deploy(context: Readonly<Record<string, string>>): Promise<void>;
}

/** Starts an engine, deploys an example to it with this context and lets `work` go on there. Whatever happens, what it started is stopped. */
export async function onStage<T>(
  settings: StageSettings,
  context: Readonly<Record<string, string>>,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { options, progress, signal } = settings;
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
    const started: EngineSlot = { engine: await startEngine(engineOptions) };
    slot = started;
    signal?.throwIfAborted();
    const { endpoint, pid } = started.engine;
    if (options.soak && pid === undefined) {
      throw new Error(
        `--soak: stops and restarts its own engine, and the one at ${endpoint} was started elsewhere: unset BREAKWATER_ENDPOINT`,
      );
    }
    proxy.forwardTo(endpoint, pid);
    const deployAndWork = async (): Promise<T> => {
      const deployWith = deployer(settings, started, context);
      const { stacks } = await deployWith({});
      return work({
        slot: started,
        engineOptions,
        ...(pid === undefined ? {} : { proxy }),
        outputs: Object.assign({}, ...stacks.map(({ outputs }) => outputs)) as Record<string, string>,
        deploy: async (more) => {
          await deployWith(more);
        },
      });
    };
    const result = await untilAborted(deployAndWork(), signal);
    isKept = options.keep && pid !== undefined;
    return result;
  } finally {
    await slot?.engine.stop();
    await proxy.close();
    if (isKept && slot !== undefined) await keep(slot.engine, stateDirectory!, progress);
    else if (stateDirectory !== undefined) await rm(stateDirectory, { recursive: true, force: true });
  }
}

function deployer(
  { app, workingDirectory, progress }: StageSettings,
  slot: EngineSlot,
  context: Readonly<Record<string, string>>,
): (more: Readonly<Record<string, string>>) => Promise<Deployment> {
  return (more) =>
    deploy({ engine: slot.engine, workingDirectory, context: { ...context, ...more }, progress, ...(app === undefined ? {} : { app }) });
}

/** Starts the engine again with all that stood in it, at the same place, to outlive this process: its functions must not look for the proxy any more. */
async function keep(engine: LocalEngine, stateDirectory: string, progress: Progress): Promise<void> {
  const kept = await startEngine({ progress, port: engine.port, stateDirectory, background: true });
  progress(`the engine keeps running at ${kept.endpoint} (process ${kept.pid}); to stop it: kill ${kept.pid}`);
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
