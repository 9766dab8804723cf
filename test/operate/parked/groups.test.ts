import { parkedGroup } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

const { endpoint, deploy, run } = parkedWorld();
const NOW = Date.parse('2026-11-21T03:00:00Z');

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
});

const GROUPS = [
  parkedGroup({ group: 'aaaaaaaaaaaa', state: 'resolved', counts: { parked: 0, done: 3 } }),
  parkedGroup({
    group: 'bbbbbbbbbbbb',
    fault: 'customer',
    errorName: 'SchemaError',
    errorMessage: 'amount: expected number',
    lastSeen: '2026-11-21T02:59:30Z',
  }),
  parkedGroup({ group: 'cccccccccccc', lastSeen: '2026-11-19T03:00:00Z' }),
  parkedGroup({ group: 'dddddddddddd' }),
  parkedGroup({ group: 'eeeeeeeeeeee', state: 'acknowledged' }),
];

describe('parked groups', () => {
  test('shows open groups which are ours first, the latest before the others, then what to read and to type', async () => {
    deploy({ groups: () => ({ groups: GROUPS }) });
    const { code, out } = await run(['groups']);
    expect(code).toBe(0);
    expect(out.match(/^[a-e]{12}/gm)).toEqual(['dddddddddddd', 'cccccccccccc', 'bbbbbbbbbbbb', 'eeeeeeeeeeee', 'aaaaaaaaaaaa']);
    expect(out).toContain('Shop/Payments/Desk (stack Shop, eu-central-1)\n');
    expect(out).toMatch(
      /^dddddddddddd {2}ours +open +12 parked +PaymentError: card <number> declined +Shop-Worker +2h +10m +9c1b77d03f2a5e10$/m,
    );
    expect(out).toMatch(/^bbbbbbbbbbbb {2}customer +open .* 30s {3}9c1b77d03f2a5e10$/m);
    expect(out).toContain('3 done');
    expect(out).toMatch(/runbook, our fault: https:\S+runbook\.md#parkedmessages\n/);
    expect(out).toMatch(/runbook, a customer's fault: https:\S+runbook\.md#parkedcustomerfaults\n/);
    expect(out).toMatch(/next: npx breakwater parked show 9c1b77d03f2a5e10\n$/);
  });

  test('asks the desk for the states that are wanted only', async () => {
    deploy({ groups: () => ({ groups: [] }) });
    expect((await run(['groups', '--state', 'open,ignored'])).out).toContain('nothing is parked');
    expect(endpoint().asked).toEqual([{ functionName: 'Shop-Desk', command: 'groups', states: ['open', 'ignored'] }]);
    expect((await run(['groups', '--state', 'closed'])).error).toMatch(
      /--state: must be of open, acknowledged, ignored, resolved, got "closed"/,
    );
  });

  test('shows every desk, and narrowed by stack or construct that one only', async () => {
    const desk = (stack: string, path: string) => ({
      stack,
      path,
      functionName: `${stack}-${path.length}`,
      model: { groups: () => ({ groups: GROUPS }) },
    });
    endpoint().account.desks = [
      desk('Shop', 'Shop/Payments/Desk'),
      desk('Shop', 'Shop/PaymentsOld/Desk'),
      desk('Mail', 'Mail/Letters/Desk'),
    ];
    const paths = async (...args: string[]) =>
      [...(await run(['groups', ...args])).out.matchAll(/^(\S+) \(stack/gm)].map((match) => match[1]);
    expect(await paths()).toEqual(['Shop/Payments/Desk', 'Shop/PaymentsOld/Desk', 'Mail/Letters/Desk']);
    expect(await paths('--stack', 'Mail')).toEqual(['Mail/Letters/Desk']);
    expect(await paths('--desk', 'Shop/Payments')).toEqual(['Shop/Payments/Desk']);
    expect(await paths('--desk', 'Letters')).toEqual(['Mail/Letters/Desk']);
  });

  test('--json is one document with every desk, and nothing else on standard output', async () => {
    deploy({ groups: () => ({ groups: GROUPS }) });
    const { out, note } = await run(['groups', '--json'], testTerminal({ colours: true, columns: 40 }));
    const document = JSON.parse(out);
    expect(document.desks).toEqual([
      { stack: 'Shop', path: 'Shop/Payments/Desk', function: 'Shop-Desk', region: 'eu-central-1', groups: expect.any(Array) },
    ]);
    expect(document.desks[0].groups.map((one: { group: string }) => one.group[0]).join('')).toBe('dcbea');
    expect(note).toBe('');
  });

  test.each([40, 80, 100, 120, 200])('fits %d columns: error texts give way, ids never', async (columns) => {
    const long = 'x'.repeat(300);
    deploy({ groups: () => ({ groups: GROUPS.map((group) => ({ ...group, errorMessage: long, handler: `handler-${long}` })) }) });
    const { out } = await run(['groups'], testTerminal({ columns }));
    const table = out.split('\n').filter((line) => /^[a-e]{12}|^ {2}\S/.test(line));
    for (const group of GROUPS) expect(out).toContain(group.group);
    expect(out.match(/9c1b77d03f2a5e10/g)).toHaveLength(GROUPS.length + 1);
    const longest = Math.max(...table.map((line) => line.length));
    // The ids alone take 73 columns.
    expect(longest).toBeLessThanOrEqual(Math.max(columns, 73));
    expect(out).toContain('…');
    // Enough of a text is left to know it by.
    if (columns >= 80) expect(out).toMatch(/x{10}/);
  });

  test('on a narrow terminal the handler is told before a long error is cut', async () => {
    deploy({ groups: () => ({ groups: [parkedGroup({ errorMessage: 'x'.repeat(300) })] }) });
    const { out } = await run(['groups'], testTerminal({ columns: 90 }));
    expect(out).toMatch(/^ {2}messages 12 parked, handler Shop-Worker, error PaymentError: x+…$/m);
  });

  test('a name of wide characters takes the columns that it takes', async () => {
    deploy({ groups: () => ({ groups: [parkedGroup({ errorMessage: '支払い'.repeat(60) })] }) });
    const { out } = await run(['groups'], testTerminal({ columns: 120 }));
    const line = out.split('\n').find((one) => one.startsWith('3f2a'))!;
    expect([...line].reduce((sum, character) => sum + (/[\u3041-\u9fff]/.test(character) ? 2 : 1), 0)).toBeLessThanOrEqual(120);
  });

  test('nothing a sender wrote moves the cursor, colours the screen or turns the writing round', async () => {
    const hostile = 'a\u001b[2Jb\u202Ec\u0007\r\nd\u009Be\u{E0041}';
    deploy({ groups: () => ({ groups: [parkedGroup({ errorName: hostile, errorMessage: hostile, handler: hostile, sample: hostile })] }) });
    for (const args of [['groups'], ['groups', '--json']]) {
      const { out } = await run(args, testTerminal({ columns: 500 }));
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      if (args.length > 1) expect(JSON.parse(out).desks[0].groups[0].errorName).toBe(hostile);
    }
  });

  test('colours are for a terminal', async () => {
    deploy({ groups: () => ({ groups: GROUPS }) });
    expect((await run(['groups'])).out).not.toContain('\u001b');
    expect((await run(['groups'], testTerminal({ colours: true }))).out).toContain('\u001b[31mopen');
  });
});
