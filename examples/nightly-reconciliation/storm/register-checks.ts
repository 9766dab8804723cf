/** An item of the register, as far as it is held against reports. */
export interface Entry {
  readonly state?: 'open' | 'closed';
  readonly opened?: string;
  readonly lastSeen?: string;
  readonly closed?: string;
  readonly versions?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly [fact: string]: unknown;
}

export type Register = ReadonlyMap<string, Entry>;

/** How many breaks a report opens, closes and opens again. */
export interface RegisterMoves {
  readonly opened: number;
  readonly closed: number;
  readonly reopened: number;
}

const FACTS = ['class', 'count', 'left', 'right', 'differenceMinor', 'days', 'also', 'fields'] as const;

const factsOf = (entry: Readonly<Record<string, unknown>>): string => JSON.stringify(FACTS.map((fact) => sorted(entry[fact])));

/** The database gives members in an order of its own. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Entries of breaks; the table holds more. */
export function breaksIn(items: ReadonlyMap<string, Readonly<Record<string, unknown>>>): Register {
  return new Map([...items].filter(([, { reconciliation }]) => reconciliation !== undefined));
}

export function openIds(register: Register): ReadonlySet<string> {
  return new Set([...register].filter(([, { state }]) => state === 'open').map(([id]) => id));
}

/** What a report must do to the register. */
export function movesOf(before: Register, reported: ReadonlySet<string>): RegisterMoves {
  const states = [...reported].map((id) => before.get(id)?.state);
  return {
    opened: states.filter((state) => state === undefined).length,
    reopened: states.filter((state) => state === 'closed').length,
    closed: [...openIds(before)].filter((id) => !reported.has(id)).length,
  };
}

/** What the register says otherwise than the report of a date, one line each. */
export function registerFaults(before: Register, after: Register, reported: ReadonlySet<string>, date: string): string[] {
  const faults: string[] = [];
  for (const id of reported) {
    const [was, is] = [before.get(id), after.get(id)];
    if (is?.state !== 'open' || is.lastSeen !== date) {
      faults.push(`break ${id} of ${date} is ${is === undefined ? 'not in the register' : `${is.state} there, last seen ${is.lastSeen}`}`);
      continue;
    }
    if (was === undefined) {
      if (is.opened !== date) faults.push(`break ${id} was opened on ${date}, and the register says ${is.opened}`);
      continue;
    }
    const isAnother = was.state === 'closed' || factsOf(was) !== factsOf(is);
    const last = is.versions?.at(-1);
    if (isAnother && (last === undefined || factsOf(last) !== factsOf(was) || last.closed !== was.closed))
      faults.push(`break ${id} says something else since ${date}, and the register does not show what it said before`);
  }
  for (const [id, { state, closed }] of after) {
    if (reported.has(id)) continue;
    if (state === 'open') faults.push(`break ${id} is open in the register, and the report of ${date} has it no more`);
    else if (before.get(id)?.state === 'open' && closed !== date)
      faults.push(`break ${id} was closed by the report of ${date}, and the register says ${closed}`);
  }
  return faults;
}
