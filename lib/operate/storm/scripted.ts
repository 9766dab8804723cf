import { setMaxListeners } from 'node:events';
import { ArmedProxy, type KillFigures, type RequestFigures } from './armed-proxy';
import { breakwater } from './command';
import type { Played, ScriptedStorm } from './contract';
import { sizeOf } from './options';
import { seededRandom } from './random';
import { fact, indented, killsOf, number, plural, provesLess, sum } from './report';
import { onStage, type Stage, type StageSettings } from './stage';

export interface ScriptedSession extends StageSettings {
  readonly storm: ScriptedStorm;
  /** Called after each storm. */
  readonly onResult?: (result: ScriptedResult) => void;
}

/** What one scripted storm came to. */
export interface ScriptedResult extends KillFigures, RequestFigures {
  readonly example: string;
  readonly seed: number;
  readonly size: { readonly of: string; readonly number: number };
  readonly played: Played;
  readonly seconds: number;
  readonly clean: boolean;
}

/** One storm for each seed, each on an engine and a deployment of its own: what one of them leaves in stores must not meet the next. */
export async function runScripted(session: ScriptedSession): Promise<readonly ScriptedResult[]> {
  const results: ScriptedResult[] = [];
  for (const seed of session.options.seeds) {
    const result = await onStage(session, session.storm.context, (stage) => play(session, stage, seed));
    results.push(result);
    session.onResult?.(result);
  }
  return results;
}

async function play({ options, storm, progress, signal }: ScriptedSession, stage: Stage, seed: number): Promise<ScriptedResult> {
  const { proxy, outputs, slot, deploy } = stage;
  const size = sizeOf(options, storm);
  const armed = new ArmedProxy(proxy, []);
  const started = performance.now();
  const ending = signal ?? new AbortController().signal;
  // Every client listens to it.
  setMaxListeners(0, ending);
  try {
    const played = await storm.play({
      outputs,
      clientConfig: slot.engine.clientConfig,
      random: seededRandom(seed),
      size,
      tag: `s${seed}`,
      options: options.own ?? {},
      deploy: async (context) => {
        ending.throwIfAborted();
        await deploy(context);
      },
      arm: (kills) => armed.kills?.add(kills),
      struck: () => armed.kills?.struck,
      breakwater: (args) => breakwater(args, slot.engine, ending),
      asked: () => armed.requestFigures,
      fail: (outage) => proxyOf(stage).fail(outage),
      witness: (operations) => proxyOf(stage).witness(operations),
      progress,
      signal: ending,
    });
    const { killFigures } = armed;
    return {
      example: options.example,
      seed,
      size: { of: storm.size.of, number: size },
      played,
      ...killFigures,
      ...armed.requestFigures,
      seconds: Math.round((performance.now() - started) / 100) / 10,
      clean: [...played.faults, ...provesLess(killFigures)].length === 0,
    };
  } finally {
    proxy?.arm([]);
  }
}

/** A scripted storm has an engine of its own, and so a proxy before it: {@link checkScripted}. */
function proxyOf({ proxy }: Stage): NonNullable<Stage['proxy']> {
  if (proxy === undefined) throw new Error('the functions of an engine that was started elsewhere do not come this way');
  return proxy;
}

/** The account as a person reads it. */
export function describeScripted(result: ScriptedResult): string {
  const { example, seed, size, played, kills, seconds } = result;
  return [
    `${example}, seed ${seed}: ${number(size.number)} ${size.of}, ${plural(sum(kills), 'process', 'processes')} killed`,
    '',
    indented(played.text),
    '',
    fact('killed', killsOf(result)),
    fact('in all', `${seconds.toFixed(1)} s`),
    ...scriptedFailures(result).map((failure) => `\nFAILED  ${failure}`),
  ].join('\n');
}

/** The account for programs. */
export function recordOf({ played, size, ...figures }: ScriptedResult): Readonly<Record<string, unknown>> {
  return { ...figures, size: size.number, ...played.record, faults: played.faults };
}

/** One line for each thing that must not be. Empty for a clean storm. */
export function scriptedFailures(result: ScriptedResult): readonly string[] {
  return [...result.played.faults, ...provesLess(result)];
}
