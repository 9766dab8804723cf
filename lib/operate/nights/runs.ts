import { grouped } from '../../runtime/reconciliation/amounts';
import type { RunFigures } from '../../runtime/reconciliation/figures';
import { type Cell, type Column, table } from '../commands/table';
import { json } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { nightDocument } from './nights';
import { inRegister } from './register';
import type { NightCommand } from './session';
import { heading } from './wording';

const SHOWN = '14';

const COLUMNS: readonly Column[] = [
  { head: 'date', kind: 'id' },
  { head: 'rows left', kind: 'fact' },
  { head: 'rows right', kind: 'fact' },
  { head: 'matched', kind: 'fact' },
  { head: 'breaks', kind: 'id' },
  { head: 'in transit', kind: 'fact' },
  { head: 'bad rows', kind: 'fact' },
  { head: 'by class', kind: 'text' },
];

export const runs: NightCommand = {
  usage: '',
  summary: 'what the last runs came to, newest last',
  example: 'npx breakwater nights runs --limit 30',
  options: { limit: { value: 'N', says: `at most so many (default ${SHOWN})` } },
  names: [0, 0],
  async run(session, given) {
    const { terminal } = session;
    const limit = wholeNumber('--limit', given.text('limit') ?? SHOWN, 1, 1_000);
    const answers = await Promise.all(
      (await session.nights()).map(async (night) => ({
        night,
        runs: await inRegister(night, 'dynamodb:Query', (register) => register.runs(night.reconciliation, limit)),
      })),
    );
    if (session.json) terminal.out(json({ nights: answers.map((one) => ({ ...nightDocument(one.night), runs: one.runs })) }, 2));
    else
      for (const { night, runs: found } of answers) {
        terminal.out(heading(terminal, night));
        terminal.out(found.length === 0 ? '  no run has completed yet\n' : table(terminal, COLUMNS, found.map(row)));
      }
    return 0;
  },
};

function row({ date, rows, matched, breaks, inTransit, badRows, classes }: RunFigures): Array<string | Cell> {
  const counts = Object.entries(classes).map(([name, count]) => `${name} ${whole(count)}`);
  return [
    date,
    whole(rows.left),
    whole(rows.right),
    whole(matched),
    { text: whole(breaks), colour: breaks > 0 ? 'red' : 'green' },
    whole(inTransit),
    whole(badRows),
    counts.join(', '),
  ];
}

const whole = (count: number): string => grouped(String(count));
