import type { RegisterEntry } from '../../runtime/reconciliation/register';
import type { Given } from '../commands/command-group';
import { type Cell, type Column, table } from '../commands/table';
import { json } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { type Night, nightDocument } from './nights';
import { inRegister } from './register';
import type { NightCommand } from './session';
import { days, differenceOf, heading, keyOf, sideOf } from './wording';

const SHOWN = '50';

const COLUMNS: readonly Column[] = [
  { head: 'break', kind: 'id' },
  { head: 'class', kind: 'id' },
  { head: 'key', kind: 'text' },
  { head: 'left', kind: 'fact' },
  { head: 'right', kind: 'fact' },
  { head: 'difference', kind: 'fact' },
  { head: 'open since', kind: 'fact' },
  { head: 'age', kind: 'fact' },
  { head: 'owner', kind: 'text' },
];

export const breaks: NightCommand = {
  usage: '',
  summary: 'what is open, oldest first',
  example: 'npx breakwater nights breaks --class missing_right --older-than 7',
  options: {
    class: { value: 'CLASS', says: 'only breaks of this class, such as amount or missing_left' },
    owner: { value: 'NAME', says: 'only those of this owner; "" for those that nobody has' },
    'older-than': { value: 'DAYS', says: 'only those open for more days than this' },
    limit: { value: 'N', says: `at most so many (default ${SHOWN})` },
  },
  names: [0, 0],
  async run(session, given) {
    const { terminal } = session;
    const limit = wholeNumber('--limit', given.text('limit') ?? SHOWN, 1, 1_000_000);
    const isWanted = wanted(given);
    const answers = await Promise.all(
      (await session.nights()).map(async (night) => {
        const open = await openBreaks(night);
        const found = open.filter(isWanted);
        return { night, open: open.length, found: found.length, shown: found.slice(0, limit) };
      }),
    );
    if (session.json) {
      terminal.out(
        json(
          {
            nights: answers.map(({ night, shown, ...counts }) => ({ ...nightDocument(night), ...counts, breaks: shown })),
          },
          2,
        ),
      );
      return 0;
    }
    for (const { night, open, found, shown } of answers) {
      terminal.out(heading(terminal, night));
      terminal.out(`${told(open, found)}\n`);
      if (shown.length > 0) terminal.out(table(terminal, COLUMNS, shown.map(row)));
      if (found > shown.length) terminal.out(`and ${found - shown.length} more: --limit ${found}\n`);
    }
    const [first] = answers.flatMap(({ shown }) => shown);
    if (first !== undefined) terminal.out(`next: npx breakwater nights show ${first.id}\n`);
    return 0;
  },
};

async function openBreaks(night: Night): Promise<RegisterEntry[]> {
  const open = await inRegister(night, 'dynamodb:Query and dynamodb:BatchGetItem', (register) => register.open(night.reconciliation));
  return [...open].sort((a, b) => compare(a.opened, b.opened) || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function wanted(given: Given): (entry: RegisterEntry) => boolean {
  const [name, owner, oldest] = [given.text('class'), given.text('owner'), given.text('older-than')];
  const age = oldest === undefined ? undefined : wholeNumber('--older-than', oldest, 0, 36_500);
  return (entry) =>
    (name === undefined || entry.class === name) &&
    (owner === undefined || (entry.owner ?? '') === owner) &&
    (age === undefined || entry.ageDays > age);
}

function told(open: number, found: number): string {
  if (open === 0) return 'no break is open';
  return `${found === open ? '' : `${found} of `}${open} open; amounts in minor units`;
}

function row(entry: RegisterEntry): Array<string | Cell> {
  return [
    { text: entry.id, colour: 'bold' },
    entry.class,
    keyOf(entry.key),
    sideOf(entry.left),
    sideOf(entry.right),
    differenceOf(entry),
    entry.opened,
    days(entry.ageDays),
    entry.owner ?? '',
  ];
}
