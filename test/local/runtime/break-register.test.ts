import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';
import { createRegisterTable, difference, night, registerOn } from '../../support/reconciliation/register';

jest.setTimeout(60_000);

describeWithDynamoDbLocal('the break register in DynamoDB', (local) => {
  test('keeps a break from night to night, closes and opens it again, and keeps what people wrote', async () => {
    await createRegisterTable(local());
    const store = registerOn(local().client);
    const [a, b] = [difference('a'), difference('b')];
    const more = Array.from({ length: 120 }, (_, index) => ({ ...difference('c'), id: index.toString(16).padStart(16, '0') }));
    expect(await store.apply(night('2026-11-16', a, b, ...more))).toHaveLength(122);
    await store.annotate(a.id, { owner: 'ann', note: 'asked the bank' });
    expect((await store.apply(night('2026-11-17', b))).filter(({ kind }) => kind === 'closed')).toHaveLength(121);
    expect(await store.apply(night('2026-11-17', b))).toEqual([]);
    expect(await store.apply(night('2026-11-18', difference('a', 3)), '2026-11-18/1')).toMatchObject([
      { kind: 'reopened' },
      { kind: 'closed' },
    ]);
    expect(await store.changesOf('2026-11-18/1')).toMatchObject({ opened: 0, reopened: 1, closed: 1 });
    expect(await store.open('ledger')).toMatchObject([
      {
        id: a.id,
        owner: 'ann',
        note: 'asked the bank',
        opened: '2026-11-18',
        versions: [{ differenceMinor: '100', closed: '2026-11-17' }],
      },
    ]);
    await expect(store.annotate('0', { note: 'x' })).rejects.toThrow('the register has no break 0');
    const figures = {
      date: '2026-11-18',
      rows: { left: 1, right: 1 },
      matched: 0,
      breaks: 1,
      inTransit: 0,
      badRows: 0,
      classes: { amount: 1 },
    };
    await store.recordRun('ledger', figures);
    expect(await store.runs('ledger', 30)).toEqual([figures]);
  });
});
