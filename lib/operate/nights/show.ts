import { showable } from '../../markup/showable';
import type { BreakFacts, FormerVersion, RegisterEntry, RegisteredRow } from '../../runtime/reconciliation/register';
import { factLines } from '../commands/facts';
import { json, paint, type Terminal } from '../commands/terminal';
import { nightDocument } from './nights';
import { breakId, type FoundBreak, findBreak } from './register';
import type { NightCommand } from './session';
import { days, differenceOf, keyOf, sideOf } from './wording';

export const show: NightCommand = {
  usage: 'BREAK',
  summary: 'one break: both sides, since when, what it said before, owner and note',
  example: 'npx breakwater nights show 9c1b77d03f2a5e10',
  names: [1, 1],
  async run(session, given) {
    const id = breakId(given.names[0]!);
    const found = await findBreak(await session.nights(), id);
    tell(session.terminal, session.json, found);
    return 0;
  },
};

/** Prints a break. */
export function tell(terminal: Terminal, isForScripts: boolean, found: FoundBreak): void {
  if (isForScripts) terminal.out(json({ night: nightDocument(found.night), break: found.entry }, 2));
  else terminal.out(`${describe(terminal, found).join('\n')}\n`);
}

function describe(terminal: Terminal, { night, entry }: FoundBreak): string[] {
  return [
    paint(terminal, 'bold', entry.id),
    ...factLines([
      ['reconciliation', `${night.reconciliation} at ${night.path}`],
      ['state', stateOf(entry)],
      ['key', keyOf(entry.key)],
      ['class', entry.class],
      ['rows', entry.count > 1 ? String(entry.count) : undefined],
      ['left', dated(entry.left)],
      ['right', dated(entry.right)],
      ['difference', differenceOf(entry) || undefined],
      ['days apart', entry.days === undefined || entry.days === 0 ? undefined : String(entry.days)],
      ['also differ', [...(entry.also ?? []), ...(entry.fields ?? [])].join(', ') || undefined],
      ['owner', entry.owner ?? 'nobody'],
      ['note', entry.note],
    ]),
    '  (amounts in minor units)',
    ...(entry.versions.length === 0 ? [] : ['', 'before', ...entry.versions.map((version) => `  ${showable(before(version))}`)]),
  ];
}

function stateOf({ state, opened, lastSeen, ageDays, closed }: RegisterEntry): string {
  if (state === 'closed') return `closed ${closed}; was open from ${opened}, last seen ${lastSeen}`;
  return `open since ${opened}, ${days(ageDays)}; last seen ${lastSeen}`;
}

function dated(row: RegisteredRow | undefined): string {
  return row?.date === undefined ? sideOf(row) : `${sideOf(row)}, ${row.date}`;
}

function before(version: FormerVersion): string {
  const until = version.closed === undefined ? `until ${version.lastSeen}, then restated` : `closed ${version.closed}`;
  return `open from ${version.opened}, ${until}: ${facts(version)}`;
}

function facts(version: BreakFacts): string {
  const difference = differenceOf(version);
  return [
    version.class,
    `left ${dated(version.left)}`,
    `right ${dated(version.right)}`,
    ...(difference === '' ? [] : [`difference ${difference}`]),
  ].join('; ');
}
