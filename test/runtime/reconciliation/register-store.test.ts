import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { Break } from '../../../lib/runtime/reconciliation/contract';
import type { RegisterStore } from '../../../lib/runtime/reconciliation/register-store';
import { type Tables, tablesInMemory } from '../../support/in-memory-table/tables';
import { createRegisterTable, difference, night, registerOn, TABLE } from '../../support/reconciliation/register';

const [monday, tuesday, wednesday] = ['2026-11-16', '2026-11-17', '2026-11-18'] as const;
const [a, b, c] = [difference('a'), difference('b'), difference('c')];

type Sent = { readonly constructor: { readonly name: string } };

class Killed extends Error {}

/** A client whose requests pass through `around`. */
const through = (client: DynamoDBClient, around: (name: string, send: () => Promise<object>) => Promise<object>) =>
  ({ send: (command: Sent) => around(command.constructor.name, () => client.send(command as never)) }) as unknown as DynamoDBClient;

async function world(...reports: ReadonlyArray<ReturnType<typeof night>>) {
  const tables: Tables = tablesInMemory();
  await createRegisterTable(tables);
  const store = registerOn(tables.client);
  for (const report of reports) await store.apply(report, report.date);
  const items = async () => (await tables.client.send(new ScanCommand({ TableName: TABLE }))).Items ?? [];
  return { client: tables.client, store, items };
}

/** More than fit into one request. */
const many: readonly Break[] = Array.from({ length: 130 }, (_, index) => ({
  ...difference('d', index + 1),
  id: index.toString(16).padStart(16, '0'),
}));

test('a break is opened, seen, closed and opened again in the table', async () => {
  const { store } = await world(night(monday, a, b), night(tuesday, b));
  expect(await store.open('ledger')).toMatchObject([{ id: b.id, opened: monday, lastSeen: tuesday, ageDays: 1 }]);
  await store.apply(night(wednesday, { ...difference('a', 3), days: undefined }));
  const [entry] = await store.open('ledger');
  expect(entry).toMatchObject({
    id: a.id,
    opened: wednesday,
    differenceMinor: '3',
    versions: [{ differenceMinor: '100', closed: tuesday }],
  });
  // What it does not say any more is gone.
  expect(entry).not.toHaveProperty('days');
  expect(entry).not.toHaveProperty('closed');
});

test('the same report again writes nothing', async () => {
  const { client, store } = await world(night(monday, a, ...many), night(tuesday, b, ...many));
  const writes: string[] = [];
  const counting = registerOn(
    through(client, (name, send) => {
      if (!/^(Query|BatchGetItem|GetItem)Command$/.test(name)) writes.push(name);
      return send();
    }),
  );
  expect(await counting.apply(night(tuesday, b, ...many))).toEqual([]);
  expect(writes).toEqual([]);
  // One break more costs one request, which holds it alone.
  expect(await counting.apply(night(tuesday, b, c, ...many))).toMatchObject([{ kind: 'opened', after: { id: c.id } }]);
  expect(writes).toEqual(['TransactWriteItemsCommand']);
  expect((await store.open('ledger')).length).toBe(many.length + 2);
});

test('what a run changed is counted under its name, and a repetition adds nothing', async () => {
  const { store } = await world(night(monday, a, ...many), night(tuesday, difference('b'), ...many.slice(1)));
  const changes = { opened: 1, reopened: 0, seen: 129, changed: 0, closed: 2 };
  expect(await store.changesOf(tuesday)).toEqual(changes);
  await store.apply(night(tuesday, difference('b'), ...many.slice(1)), tuesday);
  expect(await store.changesOf(tuesday)).toEqual(changes);
  expect(await store.changesOf(wednesday)).toEqual({ opened: 0, reopened: 0, seen: 0, changed: 0, closed: 0 });
});

test('registers of two reconciliations do not meet', async () => {
  const { store } = await world(night(monday, a));
  await store.apply({ ...night(tuesday), name: 'ledger#a' });
  await store.apply({ ...night(tuesday), name: 'other' });
  expect(await store.open('ledger')).toHaveLength(1);
});

describe('a run that is killed', () => {
  test.each(['before', 'after'] as const)(
    'at any request, %s it took effect, and started again leaves what one run leaves',
    async (when) => {
      const first = night(monday, a, b, ...many);
      const second = night(tuesday, difference('b', 7), c, ...many.slice(20));
      const undisturbed = await (await world(first, second)).items();
      for (let fatal = 1; ; fatal += 1) {
        const { client, store, items } = await world(first);
        let asked = 0;
        const killed = await registerOn(
          through(client, async (_, send) => {
            asked += 1;
            if (asked === fatal && when === 'before') throw new Killed();
            const answer = await send();
            if (asked === fatal) throw new Killed();
            return answer;
          }),
        )
          .apply(second, second.date)
          .then(
            () => false,
            (error: unknown) => {
              if (!(error instanceof Killed)) throw error;
              return true;
            },
          );
        if (killed) await store.apply(second, second.date);
        // What it counts of its changes is an item too.
        expect(await items()).toEqual(undisturbed);
        if (!killed) {
          // Sixteen lists, three reads and four writes at least.
          expect(fatal).toBeGreaterThan(20);
          return;
        }
      }
    },
  );
});

describe('two runs at once, request by request in any order,', () => {
  const scheduled = (client: DynamoDBClient, scheduler: fc.Scheduler): RegisterStore =>
    registerOn(through(client, (name, send) => scheduler.schedule(Promise.resolve(), name).then(send)));

  test('of one report leave what one run leaves', async () => {
    const first = night(monday, a, b);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isNew) => {
        const second = night(tuesday, difference('b', 7), ...(isNew ? [c] : []));
        const undisturbed = await (await world(first, second)).items();
        const { client, items } = await world(first);
        const runs = [1, 2].map(() => scheduled(client, scheduler).apply(second, second.date));
        await scheduler.waitFor(Promise.all(runs));
        expect(await items()).toEqual(undisturbed);
        // Each change was made by one of them.
        const kinds = (await Promise.all(runs)).flat().map(({ kind, after }) => `${kind} ${after.id[0]}`);
        expect(kinds.sort()).toEqual(['changed b', 'closed a', ...(isNew ? ['opened c'] : [])]);
      }),
      { numRuns: 40 },
    );
  });

  test('of two nights leave every break as the later one saw it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isNew) => {
        const found = isNew ? [c] : [];
        const { client, store } = await world(night(monday, a, b));
        const runs = [night(tuesday, a, ...found), night(wednesday, difference('a', 9), ...found)];
        await scheduler.waitFor(Promise.all(runs.map((report) => scheduled(client, scheduler).apply(report))));
        const open = await store.open('ledger');
        expect(open.map(({ id, lastSeen, differenceMinor }) => [id[0], lastSeen, differenceMinor])).toEqual([
          ['a', wednesday, '9'],
          ...(isNew ? [['c', wednesday, '100']] : []),
        ]);
        expect(await store.entries([b.id])).toMatchObject([{ state: 'closed' }]);
      }),
      { numRuns: 40 },
    );
  });

  test('and a person who writes in between lose nothing of each other', async () => {
    const { client, store } = await world(night(monday, a));
    await store.annotate(a.id, { owner: 'bob' });
    const interrupted = registerOn(
      through(client, async (name, send) => {
        if (name === 'TransactWriteItemsCommand') await store.annotate(a.id, { owner: 'ann', note: 'asked the bank' });
        return send();
      }),
    );
    await interrupted.apply(night(tuesday, a));
    expect(await store.open('ledger')).toMatchObject([{ owner: 'ann', note: 'asked the bank', lastSeen: tuesday, ageDays: 1 }]);
  });
});

test('owner and note stay when a break closes and opens again; an empty one is taken away', async () => {
  const { store } = await world(night(monday, a));
  await store.annotate(a.id, { owner: 'ann', note: 'x' });
  await store.apply(night(tuesday));
  expect(await store.entries([a.id])).toMatchObject([{ state: 'closed', owner: 'ann', note: 'x' }]);
  await store.annotate(a.id, { note: '' });
  await store.apply(night(wednesday, a));
  const [entry] = await store.open('ledger');
  expect(entry).toMatchObject({ owner: 'ann' });
  expect(entry).not.toHaveProperty('note');
  await expect(store.annotate(b.id, { owner: 'ann' })).rejects.toThrow(`the register has no break ${b.id}`);
});

test('the figures of the last runs come in their order, one for each date', async () => {
  const { store, items } = await world();
  const figures = (date: string, breaks: number) => ({
    ...{ date, breaks, matched: 1, inTransit: 0, badRows: 0, classes: {} },
    rows: { left: 1, right: 1 },
  });
  for (const [date, breaks] of [
    [tuesday, 5],
    [monday, 1],
    [wednesday, 3],
    [tuesday, 2],
  ] as const)
    await store.recordRun('ledger', figures(date, breaks));
  expect((await store.runs('ledger', 2)).map(({ date, breaks }) => [date, breaks])).toEqual([
    [tuesday, 2],
    [wednesday, 3],
  ]);
  expect(await items()).toHaveLength(3);
  expect(await store.open('ledger')).toEqual([]);
});
