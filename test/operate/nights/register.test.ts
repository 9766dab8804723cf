import { describeWithDynamoDbLocal } from '../../support/dynamodb-local/dynamodb-local';
import { nightOutput, nightsWorld } from '../../support/nights';
import { createRegisterTable, difference, night, registerOn, TABLE } from '../../support/reconciliation/register';
import { testTerminal } from '../../support/terminal';

jest.setTimeout(60_000);

const [monday, tuesday, thursday] = ['2026-11-16', '2026-11-17', '2026-11-19'] as const;
const [a, b, c] = ['a', 'b', 'c'].map((letter) => difference(letter)) as [
  ReturnType<typeof difference>,
  ...ReturnType<typeof difference>[],
];
const missing = { ...difference('d'), class: 'missing_right', right: undefined, differenceMinor: undefined, days: undefined };

describeWithDynamoDbLocal('breaks of a night', (local) => {
  const world = nightsWorld();
  const register = () => registerOn(local().client);
  const run = (...args: string[]) => world.run(args);
  const ids = (out: string) => out.match(/^[0-9a-f]{16}/gm) ?? [];

  beforeAll(async () => {
    await createRegisterTable(local());
    await register().apply(night(monday, b));
    await register().apply(night(tuesday, b, missing));
    await register().apply(night(thursday, b, missing, a, c!));
  });
  beforeEach(() => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = local().endpoint;
  });

  test('are shown oldest first, with both sides in minor units, and what to type next', async () => {
    const { code, out } = await run('breaks');
    expect(code).toBe(0);
    expect(out).toMatch(/^Bank\/LedgerVsBank \(ledger, stack Bank, eu-central-1\)\n4 open; amounts in minor units\n/);
    expect(ids(out)).toEqual([b!.id, missing.id, a.id, c!.id]);
    expect(out).toMatch(/^b{16} {2}amount +b +EUR 1,000 +EUR 1,100 +EUR 100 +2026-11-16 +3 days$/m);
    expect(out).toMatch(/^d{16} {2}missing_right +d +EUR 1,000 +- +2026-11-17 +2 days$/m);
    expect(out).toMatch(/next: npx breakwater nights show b{16}\n$/);
  });

  test('are narrowed by class, owner and age, and say how many there are beside', async () => {
    await register().annotate(a.id, { owner: 'ann' });
    const shown = async (...args: string[]) => ids((await run('breaks', ...args)).out);
    expect(await shown('--class', 'missing_right')).toEqual([missing.id]);
    expect(await shown('--owner', 'ann')).toEqual([a.id]);
    expect(await shown('--owner', '')).toEqual([b!.id, missing.id, c!.id]);
    expect(await shown('--older-than', '2')).toEqual([b!.id]);
    expect((await run('breaks', '--class', 'date')).out).toContain('\n0 of 4 open');
    const { out } = await run('breaks', '--limit', '1', '--class', 'amount');
    expect(out).toContain('\n3 of 4 open');
    expect(out).toContain('\nand 2 more: --limit 3\n');
    const { nights } = JSON.parse((await run('breaks', '--json', '--limit', '1', '--class', 'amount')).out);
    expect(nights).toMatchObject([
      {
        stack: 'Bank',
        path: 'Bank/LedgerVsBank',
        reconciliation: 'ledger',
        open: 4,
        found: 3,
        breaks: [{ id: b!.id, differenceMinor: '100' }],
      },
    ]);
  });

  test('are given to somebody with a note, which the next run leaves, and taken away again', async () => {
    const { code, out } = await run('assign', missing.id, '--owner', 'ann', '--note', ' asked the bank ');
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}owner +ann\n {2}note +asked the bank$/m);
    await register().apply(night('2026-11-20', b!, missing, a, c!));
    expect((await run('show', missing.id)).out).toMatch(
      /open since 2026-11-17, 3 days; last seen 2026-11-20[\s\S]*owner +ann\n {2}note +asked the bank$/m,
    );
    // One of them alone leaves the other.
    expect((await run('assign', missing.id, '--owner', 'bob')).out).toMatch(/^ {2}owner +bob\n {2}note +asked the bank$/m);
    expect((await run('assign', missing.id, '--note', '')).out).toMatch(/^ {2}owner +bob\n(?! {2}note)/m);
    expect((await run('assign', missing.id, '--owner', '')).out).toMatch(/^ {2}owner +nobody$/m);
    expect((await register().entries([missing.id]))[0]).not.toHaveProperty('owner');
  });

  test('show what they said before a source was restated', async () => {
    const restated = (date: string, cents?: number) =>
      register().apply({ ...night(date, ...(cents === undefined ? [] : [{ ...difference('e', cents) }])), name: 'other' });
    await restated(monday, 5);
    await restated(tuesday);
    await restated(thursday, 7);
    const { out } = await run('show', 'e'.repeat(16));
    expect(out).toMatch(/^ {2}state +open since 2026-11-19, 0 days/m);
    expect(out).toMatch(/^ {2}difference +EUR 7$/m);
    expect(out).toContain(
      '\nbefore\n  open from 2026-11-16, closed 2026-11-17: amount; left EUR 1,000, 2026-11-01; right EUR 1,005, 2026-11-01; difference EUR 5\n',
    );
    expect(JSON.parse((await run('show', 'e'.repeat(16), '--json')).out)).toMatchObject({
      night: { path: 'Bank/LedgerVsBank' },
      break: { versions: [{ differenceMinor: '5' }] },
    });
  });

  test('with texts that would move the terminal, or turn its writing round, do neither', async () => {
    const hostile = 'x\u001b[2J\r\u202Eowned\n  owner  mallory\u0007';
    world.outputs = [nightOutput({ reconciliation: 'hostile' })];
    for (const [date, cents] of [
      [monday, 1],
      [tuesday, 2],
    ] as const)
      await register().apply({ ...night(date, { ...difference('f', cents), class: hostile, key: [hostile] }), name: 'hostile' });
    await run('assign', 'f'.repeat(16), '--owner', hostile, '--note', hostile);
    for (const args of [['breaks'], ['show', 'f'.repeat(16)], ['breaks', '--json'], ['show', 'f'.repeat(16), '--json']]) {
      for (const columns of [60, Number.POSITIVE_INFINITY]) {
        const { out } = await world.run(args, testTerminal({ columns }));
        expect(out).toContain('owned');
        expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(out).not.toMatch(/^ *owner +mallory/m);
      }
    }
  });

  test('are found in whichever register they are; one that nobody knows is said', async () => {
    await createRegisterTable({ ...local(), createTable: (_, ...keys) => local().createTable('register-of-cards', ...keys) });
    world.outputs = [nightOutput({ stack: 'Cards', path: 'Cards/Nightly', table: 'register-of-cards' }), nightOutput()];
    expect((await run('show', a.id)).out).toContain('ledger at Bank/LedgerVsBank');
    expect((await run('breaks')).out).toMatch(/^Cards\/Nightly .*\nno break is open\nBank\/LedgerVsBank .*\n4 open/);
    expect((await run('show', '0'.repeat(16))).error).toBe(
      `no break ${'0'.repeat(16)} at Cards/Nightly, Bank/LedgerVsBank: \`nights breaks\` shows those that are open.`,
    );
    expect((await run('assign', '0'.repeat(16), '--owner', 'ann')).error).toContain('no break 0000');
  });

  test('and what the last runs came to, newest last', async () => {
    expect((await run('runs')).out).toContain('  no run has completed yet\n');
    const figures = { rows: { left: 200_000, right: 199_990 }, matched: 199_000, inTransit: 12, badRows: 3 };
    for (const [date, breaks] of [
      [monday, 0],
      [tuesday, 3],
      [thursday, 5],
    ] as const)
      await register().recordRun('ledger', { ...figures, date, breaks, classes: breaks === 0 ? {} : { amount: breaks } });
    const { out } = await run('runs', '--limit', '2');
    expect(out.match(/^2026-\S+/gm)).toEqual([tuesday, thursday]);
    expect(out).toMatch(/^2026-11-19 {2}200,000 +199,990 +199,000 +5 +12 +3 +amount 5$/m);
    expect(JSON.parse((await run('runs', '--json')).out).nights[0].runs).toHaveLength(3);
  });

  test('whose table is gone, or may not be read: what to do is said', async () => {
    world.outputs = [nightOutput({ table: 'gone' })];
    expect((await run('breaks')).error).toMatch(
      /^asking the break register of Bank\/LedgerVsBank: the table is gone; the stack's output still names it\. Deploy/,
    );
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    world.outputs = [nightOutput()];
    expect((await run('runs')).error).toMatch(/access denied: it needs dynamodb:Query on table register \(its index byList for queries\)/);
    expect(TABLE).toBe('register');
  });
});
