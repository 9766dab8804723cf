import type { GroupState, ParkedGroup } from '../../blocks/parking-contract';
import { word } from '../../review/runbook/shell';
import { type Cell, type Column, table } from '../commands/table';
import { type Colour, json, paint, type Terminal } from '../commands/terminal';
import { UsageError } from '../usage-error';
import { ask } from './desks';
import { runbookOf } from './links';
import type { ParkedCommand } from './session';
import { age, countsOf, deskDocument, errorOf } from './wording';

const STATES: readonly GroupState[] = ['open', 'acknowledged', 'ignored', 'resolved'];

const COLUMNS: readonly Column[] = [
  { head: 'group', kind: 'id' },
  { head: 'fault', kind: 'id' },
  { head: 'state', kind: 'id' },
  { head: 'messages', kind: 'fact' },
  { head: 'error', kind: 'text' },
  { head: 'handler', kind: 'text' },
  { head: 'first', kind: 'id' },
  { head: 'last', kind: 'id' },
  { head: 'sample', kind: 'id' },
];

const COLOUR: Readonly<Record<GroupState, Colour | undefined>> = { open: 'red', acknowledged: 'yellow', resolved: 'green', ignored: 'dim' };

export const groups: ParkedCommand = {
  usage: '',
  summary: 'what is parked, by cause: open and our fault first',
  example: 'npx breakwater parked groups --state open',
  options: { state: { value: 'STATE[,STATE...]', says: `only groups in these states: ${STATES.join(', ')}` } },
  names: [0, 0],
  async run(session, given) {
    const { terminal } = session;
    const states = statesOf(given.text('state'));
    const answers = await Promise.all(
      (await session.desks()).map(async (desk) => {
        const answer = await ask(desk, { command: 'groups', ...(states && { states }) });
        return { desk, groups: sorted(answer.groups) };
      }),
    );
    if (session.json) {
      terminal.out(json({ desks: answers.map((one) => ({ ...deskDocument(one.desk), groups: one.groups })) }, 2));
      return 0;
    }
    for (const { desk, groups: found } of answers) {
      terminal.out(`${paint(terminal, 'bold', desk.path)} (stack ${desk.stack}, ${desk.region})\n`);
      terminal.out(found.length === 0 ? '  nothing is parked\n' : groupsTable(terminal, found, session.now()));
      terminal.out('\n');
    }
    tellNext(
      terminal,
      answers.flatMap((one) => one.groups),
    );
    return 0;
  },
};

function statesOf(given: string | undefined): readonly GroupState[] | undefined {
  const names = given?.split(',').map((name) => name.trim());
  const wrong = names?.find((name) => !STATES.some((state) => state === name));
  if (wrong !== undefined) throw new UsageError(`--state: must be of ${STATES.join(', ')}, got ${JSON.stringify(wrong)}.`);
  return names as readonly GroupState[] | undefined;
}

function groupsTable(terminal: Terminal, found: readonly ParkedGroup[], now: number): string {
  return table(
    terminal,
    COLUMNS,
    found.map(
      (group): Array<string | Cell> => [
        { text: group.group, colour: 'bold' },
        { text: group.fault, colour: group.fault === 'ours' && group.state === 'open' ? 'red' : undefined },
        { text: group.state, colour: COLOUR[group.state] },
        countsOf(group),
        errorOf(group),
        group.handler,
        age(group.firstSeen, now),
        age(group.lastSeen, now),
        group.sample,
      ],
    ),
  );
}

/** Open before acknowledged before the rest, ours before a customer's, the latest first. */
export function sorted(found: readonly ParkedGroup[]): ParkedGroup[] {
  const rank = ({ state, fault }: ParkedGroup) => STATES.indexOf(state) * 2 + (fault === 'ours' ? 0 : 1);
  return [...found].sort((a, b) => rank(a) - rank(b) || b.lastSeen.localeCompare(a.lastSeen));
}

/** What to read and to type at three in the morning. */
function tellNext(terminal: Terminal, found: readonly ParkedGroup[]): void {
  const waiting = sorted(found).filter(({ state }) => state === 'open');
  const [first] = waiting;
  if (first === undefined) return;
  for (const fault of new Set(waiting.map((group) => group.fault)))
    terminal.out(`runbook, ${fault === 'ours' ? 'our fault' : "a customer's fault"}: ${runbookOf(fault)}\n`);
  terminal.out(`next: npx breakwater parked show ${word(first.sample)}\n`);
}
