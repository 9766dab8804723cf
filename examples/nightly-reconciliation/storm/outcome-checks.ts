import type { RefusedRun, RunAccount } from './account';
import type { Outcome } from './site';

/** What the events on the bus say otherwise than the reports, one line each. */
export function outcomeFaults(
  outcomes: readonly Outcome[],
  runs: readonly RunAccount[],
  refused: readonly RefusedRun[],
): readonly string[] {
  const faults: string[] = [];
  const distinct = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const known = distinct.get(outcome.detail.eventId);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(outcome))
      faults.push(`two events say different things under the id ${outcome.detail.eventId}`);
    distinct.set(outcome.detail.eventId, outcome);
  }
  const take = (type: string, date: string, run: number): Outcome['detail'] | undefined => {
    const found = [...distinct].filter(([, { type: is, detail }]) => is === type && detail.date === date && detail.run === run);
    for (const [id] of found) distinct.delete(id);
    if (found.length !== 1) faults.push(`${found.length} events ${type} tell of run ${run} of ${date}, and there must be one`);
    return found[0]?.[1].detail;
  };
  for (const { date, run, rows, classes, inTransit, badRows, register } of runs) {
    const said = take('ReconciliationCompleted', date, run);
    if (said === undefined) continue;
    const found = Object.fromEntries(Object.entries(classes).flatMap(([name, each]) => (each.found === 0 ? [] : [[name, each.found]])));
    const breaks = Object.values(found).reduce((sum, each) => sum + each, 0);
    for (const [name, value] of Object.entries({ rows, classes: found, breaks, inTransit, badRows, ...register })) {
      const [is, must] = [ordered(said[name]), ordered(value)];
      if (is !== must) faults.push(`the event of run ${run} of ${date} says ${name} ${is}, and it is ${must}`);
    }
  }
  for (const { date, reason } of refused) {
    const said = take('ReconciliationFailed', date, 1);
    if (said !== undefined && (said.input !== true || said.reason !== reason))
      faults.push(`the event of ${date} does not say that its source is at fault, and why: ${JSON.stringify(said)}`);
  }
  for (const { type, detail } of distinct.values())
    faults.push(`an event ${type} of run ${detail.run} of ${detail.date} tells of nothing that was`);
  return faults;
}

function ordered(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
