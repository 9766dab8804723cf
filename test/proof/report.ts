import { exploreAll, findViolation, type World } from './explorer/explore';

/** `BREAKWATER_PROOF=long` goes further than there is time for in each run of the tests. */
export const LONG = process.env.BREAKWATER_PROOF === 'long';

const lines: string[] = [];

/** Prints what was covered at the end of the test file. */
export function reportAtEnd(title: string): void {
  afterAll(() => process.stdout.write(`\n${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`));
}

export function report(line: string): void {
  lines.push(line);
}

/** Runs every schedule of a scenario. None may break a promise. */
export async function expectToHold(name: string, make: () => World, depth?: number): Promise<void> {
  const before = process.cpuUsage().user;
  const { schedules, runs, states, violations } = await exploreAll(make, depth);
  const seconds = ((process.cpuUsage().user - before) / 1e6).toFixed(1);
  expect([...violations.values()].map(({ message }) => message)).toEqual([]);
  expect(schedules).toBeGreaterThan(5);
  report(
    `${name}: ${depth === undefined ? 'all' : `to depth ${depth},`} ${schedules.toLocaleString('en')} (${runs} runs, ${states} states, ${seconds} s)`,
  );
}

/** The promise is broken, and this is the shortest way. */
export async function expectToBreak(name: string, promise: string, make: () => World, greatestDepth = 14): Promise<readonly string[]> {
  const finding = await findViolation(make, promise, greatestDepth);
  if (finding === undefined) throw new Error(`no schedule down to depth ${greatestDepth} breaks the promise: ${promise}`);
  const { depth, runs, violation } = finding;
  report(`${name}: ${promise}: found at depth ${depth}, in ${violation.schedule.length} steps, after ${runs} runs`);
  return violation.schedule;
}
