import type { Break, ReconciliationReport, ReportedRow } from './contract';
import { daysBetween } from './figures';

/** What a register keeps of a side of a break. */
export type RegisteredRow = Pick<ReportedRow, 'rows' | 'amountMinor' | 'currency' | 'date'>;

/** What a break says, without what a file only happens to have: its order, its further columns. */
export interface BreakFacts {
  readonly class: string;
  readonly count: number;
  readonly left?: RegisteredRow;
  readonly right?: RegisteredRow;
  readonly differenceMinor?: string;
  readonly days?: number;
  readonly also?: readonly string[];
  readonly fields?: readonly string[];
}

/** What an entry said before: a source was restated. */
export interface FormerVersion extends BreakFacts {
  /** Business date from which the break was open. */
  readonly opened: string;
  /** Business date up to which this is what it said. */
  readonly lastSeen: string;
  /** Business date on which it was no longer a break; absent when it changed while it was open. */
  readonly closed?: string;
}

/** A break as it is remembered from night to night. */
export interface RegisterEntry extends BreakFacts {
  readonly id: string;
  /** Name of the reconciliation. */
  readonly reconciliation: string;
  /** Parts longer than 256 characters are cut. */
  readonly key: readonly string[];
  readonly state: 'open' | 'closed';
  /** Business date from which it is open; after it was reopened, of the last opening. */
  readonly opened: string;
  /** Business date of the last report that has it. */
  readonly lastSeen: string;
  /** Days it was open when it was last seen. */
  readonly ageDays: number;
  /** Business date of the first report that does not have it any more. */
  readonly closed?: string;
  /** What it said before, oldest first; the last ten. */
  readonly versions: readonly FormerVersion[];
  /** Grows with each change that a run makes. */
  readonly revision: number;
  /** Who sees to it. Set by people; no run touches it. */
  readonly owner?: string;
  /** Set by people; no run touches it. */
  readonly note?: string;
}

export interface RegisterChange {
  /** `seen`: still there, saying the same; `changed`: still there, saying something else. */
  readonly kind: 'opened' | 'reopened' | 'seen' | 'changed' | 'closed';
  readonly before?: RegisterEntry;
  readonly after: RegisterEntry;
}

/** An item of DynamoDB has room for 400 KB, and a key may be any text. */
const LONGEST_KEY_PART = 256;
const MOST_VERSIONS = 10;

/**
 * What a report changes in the register: its breaks open, stay or open again; entries that are open and no longer among its breaks close.
 *
 * Nothing follows from a report for an entry that a later business date has seen or closed, nor for one that already says what the report says.
 *
 * @param known entries that are open, and those of the report's breaks whatever their state
 */
export function updateRegister(
  known: readonly RegisterEntry[],
  { name, date, breaks }: Pick<ReconciliationReport, 'name' | 'date' | 'breaks'>,
): RegisterChange[] {
  const entries = new Map(known.map((entry) => [entry.id, entry]));
  const present = new Set(breaks.map(({ id }) => id));
  return [
    ...breaks.flatMap((one) => change(entries.get(one.id), one, name, date)),
    ...known
      .filter(({ id, state, lastSeen }) => state === 'open' && !present.has(id) && lastSeen <= date)
      .map((entry) => close(entry, date)),
  ];
}

function change(before: RegisterEntry | undefined, found: Break, reconciliation: string, date: string): RegisterChange[] {
  const facts = factsOf(found);
  if (before === undefined) {
    const key = found.key.map((part) => (part.length > LONGEST_KEY_PART ? `${part.slice(0, LONGEST_KEY_PART - 1)}…` : part));
    const dates = { opened: date, lastSeen: date, ageDays: 0 };
    return [{ kind: 'opened', after: { id: found.id, reconciliation, key, ...facts, state: 'open', ...dates, versions: [], revision: 1 } }];
  }
  if ((before.closed ?? before.lastSeen) > date) return [];
  const isSame = JSON.stringify(factsOf(before)) === JSON.stringify(facts);
  if (before.state === 'open' && isSame && before.lastSeen === date) return [];
  const { id, key, owner, note, revision, opened: openedBefore } = before;
  const opened = before.state === 'open' ? openedBefore : date;
  const versions = before.state === 'open' && isSame ? before.versions : [...before.versions, versionOf(before)].slice(-MOST_VERSIONS);
  const after: RegisterEntry = {
    id,
    reconciliation,
    key,
    ...facts,
    state: 'open',
    opened,
    lastSeen: date,
    ageDays: daysBetween(opened, date),
    versions,
    revision: revision + 1,
    ...(owner !== undefined && { owner }),
    ...(note !== undefined && { note }),
  };
  return [{ kind: before.state === 'closed' ? 'reopened' : isSame ? 'seen' : 'changed', before, after }];
}

function close(before: RegisterEntry, date: string): RegisterChange {
  return { kind: 'closed', before, after: { ...before, state: 'closed', closed: date, revision: before.revision + 1 } };
}

function versionOf(entry: RegisterEntry): FormerVersion {
  const { opened, lastSeen, closed } = entry;
  return { ...factsOf(entry), opened, lastSeen, ...(closed !== undefined && { closed }) };
}

/** In one order, so that the same facts are the same text. */
function factsOf({ class: name, count, left, right, differenceMinor, days, also, fields }: BreakFacts): BreakFacts {
  return {
    class: name,
    count,
    ...(left !== undefined && { left: rowOf(left) }),
    ...(right !== undefined && { right: rowOf(right) }),
    ...(differenceMinor !== undefined && { differenceMinor }),
    ...(days !== undefined && { days }),
    ...(also !== undefined && { also }),
    ...(fields !== undefined && { fields }),
  };
}

function rowOf({ rows, amountMinor, currency, date }: RegisteredRow): RegisteredRow {
  return { ...(rows !== undefined && { rows }), amountMinor, currency, ...(date !== undefined && { date }) };
}
