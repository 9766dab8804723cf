import { Violation } from './violation';

/** One thing that may happen next. */
export interface Step {
  readonly name: string;
  /** Whether it also happens on a day on which nothing goes wrong and nobody interferes. */
  readonly calm: boolean;
  take(): void;
}

/** Everything that a schedule runs in. The same steps taken in a new world lead to the same state. */
export interface World {
  /** What has happened. */
  readonly schedule: readonly string[];
  /** What may happen next, in an order that is the same each time. None when all is done. */
  steps(): readonly Step[];
  /** Takes one of `steps()`, and comes back when every program waits again. @throws Violation */
  take(step: Step): Promise<void>;
  /** Equal for states from which the same can follow. */
  digest(): string;
  /** Called when nothing calm is left. @returns whether there is more to do before the end. @throws Violation */
  rest(): boolean;
}

export interface Exploration {
  /** Schedules that were covered: different orders of what may happen. */
  readonly schedules: number;
  /** How many of them were run: those that led to a state which had been reached before end there. */
  readonly runs: number;
  readonly states: number;
  /** The first schedule found for each broken promise. */
  readonly violations: ReadonlyMap<string, Violation>;
}

/** More than any schedule takes on a calm day: one that is not over by then never ends. */
const MOST_CALM_STEPS = 2_000;

/**
 * Runs every schedule up to a depth, each to its end: after the last enumerated choice nothing goes wrong any more.
 *
 * @param make a new world at its beginning
 * @param depth number of choices that are enumerated
 */
export async function exploreAll(make: () => World, depth = Number.POSITIVE_INFINITY): Promise<Exploration> {
  return withoutTraces(() => explore(make, depth, () => false));
}

/**
 * Looks for the shortest way to break a promise: deeper and deeper, until there is one.
 *
 * @returns undefined when there is none down to the greatest depth
 */
export async function findViolation(make: () => World, promise: string, greatestDepth: number): Promise<Finding | undefined> {
  let runs = 0;
  for (let depth = 1; depth <= greatestDepth; depth++) {
    const { violations, ...spent } = await withoutTraces(() => explore(make, depth, (found) => found.has(promise)));
    runs += spent.runs;
    const violation = violations.get(promise);
    if (violation !== undefined) return { depth, runs, violation };
  }
  return undefined;
}

export interface Finding {
  /** Choices after which nothing more had to be chosen to break the promise. */
  readonly depth: number;
  /** How many schedules were run until then. */
  readonly runs: number;
  readonly violation: Violation;
}

/** Schedules throw thousands of errors on purpose, and nobody reads where. */
async function withoutTraces<T>(work: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

type Violations = ReadonlyMap<string, Violation>;

async function explore(make: () => World, depth: number, enough: (found: Violations) => boolean): Promise<Exploration> {
  const covered = new Map<string, number>();
  const violations = new Map<string, Violation>();
  let runs = 0;

  const visit = async (path: readonly number[], world: World): Promise<number> => {
    // Where nothing limits the depth, the same can follow however long the way here was.
    const state = depth === Number.POSITIVE_INFINITY ? world.digest() : `${path.length} ${world.digest()}`;
    const known = covered.get(state);
    if (known !== undefined) {
      runs++;
      return known;
    }
    const steps = path.length < depth ? world.steps() : [];
    let schedules = 0;
    if (steps.length === 0) {
      await attempt(world, () => complete(world));
      runs++;
      schedules = 1;
    }
    for (const [choice, step] of steps.entries()) {
      if (enough(violations)) break;
      const here = choice === 0 ? world : await replay(make, path);
      const held = await attempt(here, () => here.take(choice === 0 ? step : here.steps()[choice]!));
      if (!held) runs++;
      schedules += held ? await visit([...path, choice], here) : 1;
    }
    covered.set(state, schedules);
    return schedules;
  };

  async function attempt(world: World, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (!violations.has(error.promise)) violations.set(error.promise, error.withSchedule(world.schedule));
      return false;
    }
  }

  const schedules = await visit([], make());
  return { schedules, runs, states: covered.size, violations };
}

/**
 * Runs one schedule to its end.
 *
 * @param choices numbers that decide, one for each step; once they are spent nothing goes wrong any more
 * @param calmness how many times likelier a calm step is than another
 * @throws Violation
 */
export async function runSchedule(world: World, choices: readonly number[], calmness: number): Promise<void> {
  try {
    for (const choice of choices) {
      const steps = world.steps();
      if (steps.length === 0) break;
      const weighted = steps.flatMap((step) => Array<Step>(step.calm ? calmness : 1).fill(step));
      await world.take(weighted[choice % weighted.length]!);
    }
    await complete(world);
  } catch (error) {
    throw error instanceof Violation ? error.withSchedule(world.schedule) : error;
  }
}

async function replay(make: () => World, path: readonly number[]): Promise<World> {
  const world = make();
  for (const choice of path) await world.take(world.steps()[choice]!);
  return world;
}

async function complete(world: World): Promise<void> {
  for (let taken = 0; taken < MOST_CALM_STEPS; taken++) {
    const step = world.steps().find(({ calm }) => calm);
    if (step !== undefined) await world.take(step);
    else if (!world.rest()) return;
  }
  throw new Violation('every schedule ends', `after ${MOST_CALM_STEPS} steps without a fault there is still something to do`);
}
