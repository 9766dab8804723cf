import { readFileSync } from 'node:fs';
import { parseRecipients } from '../../notification-rules/records-file';
import { systemClock } from '../../runtime/clock';
import { createRecipientStore } from '../../runtime/notifications/recipient-store';
import { suppressionKey } from '../../runtime/notifications/store/keys';
import {
  readSuppression,
  SuppressionSource,
  suppressionRemoval,
  suppressionUpdate,
} from '../../runtime/notifications/store/suppressed-addresses';
import { json } from '../commands/terminal';
import { UsageError } from '../usage-error';
import { atFanout, type FanoutCommand } from './fanouts';

export const recipients: FanoutCommand = {
  usage: 'import FILE',
  summary: 'puts the recipients of a file: JSON Lines, or a JSON array',
  example: 'npx breakwater notifications recipients import recipients.jsonl',
  names: [2, 2],
  async run(session, given) {
    const [what, file] = given.names as readonly [string, string];
    if (what !== 'import') throw new UsageError(`notifications recipients: must be import, given ${what}. Example: ${recipients.example}`);
    const all = parseRecipients(file, readFileSync(file, 'utf8'));
    const fanout = await session.fanout();
    await atFanout(fanout, 'dynamodb:GetItem, PutItem, UpdateItem and DeleteItem', ({ dynamoDb }) =>
      createRecipientStore(fanout.table, { dynamoDb, clock: systemClock }).putMany(all),
    );
    session.terminal.out(session.json ? json({ imported: all.length }, 2) : `${all.length} recipients are put\n`);
    return 0;
  },
};

const CHANNEL = { channel: { value: 'NAME', says: 'only on this channel (default: on every one)' } } as const;

export const suppress: FanoutCommand = {
  usage: 'ADDRESS',
  summary: 'sends nothing more to an address, whoever has it',
  example: 'npx breakwater notifications suppress ann@example.com --channel email',
  options: CHANNEL,
  names: [1, 1],
  async run(session, given) {
    const [address, channel] = [given.names[0]!, given.text('channel')];
    const entry = { address, ...(channel !== undefined && { channel }), reason: 'operator', at: new Date(session.now()).toISOString() };
    await atFanout(await session.fanout(), 'dynamodb:UpdateItem', ({ store }) =>
      store.update(suppressionUpdate(store.tableName, SuppressionSource.operator(channel), [entry])),
    );
    session.terminal.out(session.json ? json({ suppressed: true }, 2) : 'nothing more is sent there\n');
    return 0;
  },
};

export const unsuppress: FanoutCommand = {
  usage: 'ADDRESS',
  summary: 'takes back what is known against an address: bounces, complaints, what operators and recipients’ records said',
  example: 'npx breakwater notifications unsuppress ann@example.com',
  options: CHANNEL,
  names: [1, 1],
  async run(session, given) {
    const [address, channel] = [given.names[0]!, given.text('channel')];
    const taken = await atFanout(await session.fanout(), 'dynamodb:GetItem and dynamodb:UpdateItem', async ({ store }) => {
      const item = await store.readOne(suppressionKey(address));
      const said = [...(item === undefined ? [] : readSuppression(item))];
      const sources = said
        .filter(([, entries]) => channel === undefined || entries.every((entry) => entry.channel === channel))
        .map(([source]) => source);
      for (const source of sources) await store.update(suppressionRemoval(store.tableName, source, address));
      return sources;
    });
    const listed = taken.filter((source) => source.startsWith(SuppressionSource.recipient('')));
    if (session.json) session.terminal.out(json({ taken }, 2));
    else {
      session.terminal.out(taken.length === 0 ? 'nothing was known against it\n' : `taken back: ${taken.join(', ')}\n`);
      if (listed.length > 0) session.terminal.note('Recipients whose records list it bring it back when they are put again.\n');
    }
    return 0;
  },
};
