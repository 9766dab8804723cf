import type { StoredDelivery } from '../../runtime/notifications/store/items';
import { recipientDeliveries } from '../../runtime/notifications/timelines';
import { type Column, table } from '../commands/table';
import { json, paint, type Terminal } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { UsageError } from '../usage-error';
import { atFanout, type FanoutCommand } from './fanouts';

const SHOWN = '20';

const COLUMNS: readonly Column[] = [
  { head: 'at', kind: 'id' },
  { head: 'channel', kind: 'id' },
  { head: 'status', kind: 'id' },
  { head: 'rule', kind: 'fact' },
  { head: 'reason', kind: 'text' },
];

export const timeline: FanoutCommand = {
  usage: '--recipient ID',
  summary: 'what became of a recipient’s messages, and why',
  example: 'npx breakwater notifications timeline --recipient ann --event 0f7a3c52-66e1-8d1e-9a52-2f1f6f0c9a11',
  options: {
    recipient: { value: 'ID', says: 'whose' },
    event: { value: 'ID', says: 'only of this event' },
    limit: { value: 'N', says: `the last so many deliveries (default ${SHOWN})` },
  },
  names: [0, 0],
  async run(session, given) {
    const [recipient, event] = [given.text('recipient'), given.text('event')];
    if (recipient === undefined) throw new UsageError(`notifications timeline: --recipient is missing. Example: ${timeline.example}`);
    const limit = wholeNumber('--limit', given.text('limit') ?? SHOWN, 1, 100);
    const all = await atFanout(await session.fanout(), 'dynamodb:BatchGetItem, and dynamodb:Query on its index,', (clients) =>
      recipientDeliveries(recipient, limit, clients),
    );
    const found = all.filter((one) => event === undefined || one.event === event || one.digest?.events.some(({ id }) => id === event));
    if (session.json) session.terminal.out(json({ recipient, deliveries: found }, 2));
    else if (found.length === 0)
      session.terminal.out(`nothing is kept of ${recipient}${event === undefined ? '' : ` and event ${event}`}\n`);
    else for (const delivery of found) session.terminal.out(describe(session.terminal, delivery));
    return 0;
  },
};

function describe(terminal: Terminal, { event, digest, plannedAt, timeline: lines }: StoredDelivery): string {
  const what = event ?? `digest of ${digest?.events.map(({ id }) => id).join(', ')}`;
  const rows = lines.map(({ at, channel, status, rule = '', reason }) => [new Date(at).toISOString(), channel, status, rule, reason]);
  return `${paint(terminal, 'bold', what)} planned ${plannedAt}\n${table(terminal, COLUMNS, rows)}\n`;
}
