import type { Count } from './graph';
import { STEP_FUNCTIONS } from './limits';
import { isRecord, type UnknownRecord } from './record';

/** One retrier of a state, with the defaults of the Amazon States Language. */
export interface Retrier {
  readonly errors: readonly string[];
  readonly maxAttempts: Count;
  /** Seconds of all waits together. */
  readonly waitSeconds: Count;
  readonly jitter: boolean;
  readonly capped: boolean;
}

/** What happens to an error that a state catches. */
export type Caught =
  /** Nothing catches every error, or the handler ends in a Fail state: the execution fails. */
  | { readonly kind: 'fails' }
  /** The handler ends well without doing anything: the error is swallowed. */
  | { readonly kind: 'swallowed' }
  /** States run that may undo, park or tell it. `endsWell`: the execution may succeed after that. */
  | { readonly kind: 'handled'; readonly states: readonly string[]; readonly endsWell: boolean };

/** A state that calls something. */
export interface Task {
  readonly name: string;
  /** Names of the Map and Parallel states around it, outermost first, with the runs their retriers add. */
  readonly around: ReadonlyArray<{ readonly name: string; readonly runs: Count }>;
  readonly resource: string;
  /** Parameters (JSONPath) or Arguments (JSONata). */
  readonly parameters: unknown;
  readonly retriers: readonly Retrier[];
  /** By its own catchers, or by those of a Map or Parallel around it. */
  readonly caught: Caught;
  /** Runs only when another state has failed. */
  readonly afterFailure: boolean;
  readonly timeoutSeconds: Count | undefined;
  readonly heartbeat: boolean;
}

/** A Map that goes on although items failed. */
export interface ToleratedFailure {
  readonly name: string;
  readonly allowed: string;
}

/** A Map that starts an execution of its own for each item. */
export interface DistributedMap {
  readonly name: string;
  readonly express: boolean;
  /** Names of the tasks of one item. */
  readonly tasks: readonly string[];
  /** States that one item enters when nothing fails. */
  readonly states: number;
}

export interface Definition {
  readonly tasks: readonly Task[];
  readonly tolerated: readonly ToleratedFailure[];
  /** States that an execution enters when nothing fails, each once; those of {@link maps} left out. */
  readonly states: number;
  readonly maps: readonly DistributedMap[];
  /** Seconds after which the whole execution is stopped. */
  readonly timeoutSeconds: Count | undefined;
}

const DEEPEST = 50;

/** Reads a definition in the Amazon States Language, JSONPath or JSONata, with everything nested in maps and parallel branches. */
export function readDefinition(definition: UnknownRecord): Definition {
  const found: Found = { tasks: [], tolerated: [], maps: [] };
  const states = walk(definition, { around: [], caught: { kind: 'fails' }, afterFailure: false, depth: 0 }, found);
  return { ...found, states, timeoutSeconds: definition.TimeoutSeconds === undefined ? undefined : countOf(definition.TimeoutSeconds) };
}

interface Found {
  readonly tasks: Task[];
  readonly tolerated: ToleratedFailure[];
  readonly maps: DistributedMap[];
}

interface Surroundings {
  readonly around: Task['around'];
  /** What becomes of an error that leaves these states. */
  readonly caught: Caught;
  readonly afterFailure: boolean;
  readonly depth: number;
}

/** Reads a machine, a branch or the states of a Map. @returns how many states are entered when nothing fails */
function walk(
  { StartAt: start, States: states }: UnknownRecord,
  { around, caught: outside, afterFailure, depth }: Surroundings,
  found: Found,
) {
  if (!isRecord(states) || depth > DEEPEST) return 0;
  const { tasks, tolerated, maps } = found;
  const usual = new Set(typeof start === 'string' ? reach(states, start) : Object.keys(states));
  let entered = 0;
  for (const [name, state] of Object.entries(states)) {
    if (!isRecord(state)) continue;
    const retriers = retriersOf(state.Retry);
    const own = caughtBy(state, states);
    const caught = own.kind === 'fails' ? outside : own;
    const onlyAfterFailure = afterFailure || !usual.has(name);
    let within = 1;
    if (state.Type === 'Task') tasks.push({ name, around, retriers, caught, afterFailure: onlyAfterFailure, ...callOf(state) });
    const inside = { around: [...around, { name, runs: runsOf(retriers) }], caught, afterFailure: onlyAfterFailure, depth: depth + 1 };
    for (const processor of [state.ItemProcessor, state.Iterator]) {
      if (!isRecord(processor)) continue;
      const before = tasks.length;
      const entered = walk(processor, inside, found);
      const config = isRecord(processor.ProcessorConfig) ? processor.ProcessorConfig : {};
      if (config.Mode !== 'DISTRIBUTED') within += entered;
      else
        maps.push({
          name,
          express: config.ExecutionType === 'EXPRESS',
          tasks: tasks.slice(before).map((task) => task.name),
          states: entered,
        });
    }
    if (Array.isArray(state.Branches)) for (const branch of state.Branches) if (isRecord(branch)) within += walk(branch, inside, found);
    if (!onlyAfterFailure) entered += within;
    for (const [key, unit] of TOLERANCES) {
      const value = state[key];
      if (value !== undefined && value !== 0) tolerated.push({ name, allowed: `${typeof value === 'number' ? value : 'some'}${unit}` });
    }
  }
  return entered;
}

function callOf(state: UnknownRecord): Pick<Task, 'resource' | 'parameters' | 'timeoutSeconds' | 'heartbeat'> {
  const timeout = state.TimeoutSeconds ?? state.TimeoutSecondsPath;
  return {
    resource: typeof state.Resource === 'string' ? state.Resource : '',
    parameters: state.Arguments ?? state.Parameters,
    timeoutSeconds: timeout === undefined ? undefined : countOf(timeout),
    heartbeat: state.HeartbeatSeconds !== undefined || state.HeartbeatSecondsPath !== undefined,
  };
}

const TOLERANCES = [
  ['ToleratedFailurePercentage', ' %'],
  ['ToleratedFailureCount', ' items'],
  ['ToleratedFailurePercentagePath', ' %'],
  ['ToleratedFailureCountPath', ' items'],
] as const;

/** At most, when errors of different kinds use up every retrier. */
export function runsOf(retriers: readonly Retrier[]): Count {
  let runs = 1;
  for (const { maxAttempts } of retriers) {
    if (typeof maxAttempts !== 'number') return maxAttempts;
    runs += maxAttempts;
  }
  return runs;
}

function retriersOf(retry: unknown): Retrier[] {
  if (!Array.isArray(retry)) return [];
  return retry.filter(isRecord).map((one) => {
    const maxAttempts = one.MaxAttempts === undefined ? STEP_FUNCTIONS.maxAttempts : countOf(one.MaxAttempts);
    const maxDelay = one.MaxDelaySeconds === undefined ? Number.POSITIVE_INFINITY : countOf(one.MaxDelaySeconds);
    const interval = one.IntervalSeconds === undefined ? STEP_FUNCTIONS.intervalSeconds : countOf(one.IntervalSeconds);
    const rate = one.BackoffRate === undefined ? STEP_FUNCTIONS.backoffRate : countOf(one.BackoffRate);
    return {
      errors: Array.isArray(one.ErrorEquals) ? one.ErrorEquals.filter((error) => typeof error === 'string') : [],
      maxAttempts,
      waitSeconds: waits(maxAttempts, interval, rate, maxDelay),
      jitter: one.JitterStrategy === 'FULL',
      capped: one.MaxDelaySeconds !== undefined,
    };
  });
}

function waits(attempts: Count, interval: Count, rate: Count, maxDelay: Count): Count {
  if (typeof attempts !== 'number' || typeof interval !== 'number' || typeof rate !== 'number' || typeof maxDelay !== 'number')
    return 'unknown';
  let total = 0;
  let wait = interval;
  // A definition may ask for 99,999,999 attempts; the sum is out of any budget long before.
  for (let attempt = 0; attempt < Math.min(attempts, 10_000); attempt += 1) {
    total += Math.min(wait, maxDelay);
    wait *= rate;
  }
  return Number.isFinite(total) ? Math.round(total) : 'unlimited';
}

function countOf(value: unknown): Count {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : 'unknown';
}

function caughtBy(state: UnknownRecord, states: UnknownRecord): Caught {
  const catchers = Array.isArray(state.Catch) ? state.Catch.filter(isRecord) : [];
  const all = catchers.find(
    (one) => Array.isArray(one.ErrorEquals) && one.ErrorEquals.some((error) => error === 'States.ALL' || error === 'States.TaskFailed'),
  );
  if (!all || typeof all.Next !== 'string') return { kind: 'fails' };
  const reached = reach(states, all.Next);
  const tasks = reached.filter((name) => isRecord(states[name]) && isBusy(states[name]));
  const endsWell = reached.some((name) => isRecord(states[name]) && (states[name].Type === 'Succeed' || states[name].End === true));
  if (tasks.length === 0) return endsWell ? { kind: 'swallowed' } : { kind: 'fails' };
  return { kind: 'handled', states: tasks, endsWell };
}

function isBusy(state: UnknownRecord): boolean {
  return state.Type === 'Task' || state.Type === 'Map' || state.Type === 'Parallel';
}

function reach(states: UnknownRecord, start: string): string[] {
  const reached: string[] = [];
  const queue = [start];
  const seen = new Set(queue);
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const state = states[name];
    if (!isRecord(state)) continue;
    reached.push(name);
    const choices = Array.isArray(state.Choices) ? state.Choices.map((choice) => (isRecord(choice) ? choice.Next : undefined)) : [];
    for (const next of [state.Next, state.Default, ...choices]) {
      if (typeof next !== 'string' || seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return reached;
}
