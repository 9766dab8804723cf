import type { DeskAnswers, ParkedBody } from '../../../lib/blocks/parking-contract';
import { parkedGroup, parkedMessage } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';
import { testTerminal } from '../../support/terminal';

const { endpoint, deploy, run } = parkedWorld();
const ID = '9c1b77d03f2a5e10';

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-21T03:00:00Z'));
});

describe('parked list', () => {
  const pages = (count: number) => {
    const all = Array.from({ length: count }, (_, index) => parkedMessage({ id: index.toString(16).padStart(16, '0') }));
    deploy({
      groups: () => ({ groups: [parkedGroup()] }),
      messages: ({ limit = 10, cursor = '0' }) => {
        const end = Number(cursor) + Math.min(limit, 100);
        return { messages: all.slice(Number(cursor), end), ...(end < count && { cursor: String(end) }) };
      },
    });
  };

  test('shows messages page by page up to the limit, and says when there are more', async () => {
    pages(250);
    const { out } = await run(['list', '3f2a', '--limit', '230']);
    expect(out.match(/^[0-9a-f]{16} /gm)).toHaveLength(230);
    expect(out).toContain('there are more: --limit 2300, or npx breakwater parked export 3f2a9c1b77d0');
    pages(50);
    const exactly = (await run(['list', '3f2a'])).out;
    expect(exactly.match(/^[0-9a-f]{16} /gm)).toHaveLength(50);
    expect(exactly).not.toContain('there are more');
  });

  test('asks for the state that is wanted, and shows former and later lives', async () => {
    deploy({
      groups: () => ({ groups: [parkedGroup()] }),
      messages: () => ({ messages: [parkedMessage({ state: 'returned', later: 'aaaaaaaaaaaaaaaa', former: 'bbbbbbbbbbbbbbbb' })] }),
    });
    const { out } = await run(['list', '3f2a9c1b77d0', '--state', 'returned']);
    expect(endpoint().asked.at(-1)).toMatchObject({ command: 'messages', group: '3f2a9c1b77d0', state: 'returned' });
    expect(out).toMatch(
      /^9c1b77d03f2a5e10 {2}returned {2}10m .* payment-4711 {2}PaymentError: card 4711 declined {2}was b{16}, now a{16}$/m,
    );
    const narrow = (await run(['list', '3f2a9c1b77d0'], testTerminal({ columns: 60 }))).out;
    expect(narrow).toMatch(/^9c1b77d03f2a5e10 {2}returned {2}10m\n {2}attempts 5, life was b{16}, now a+/m);
  });

  test('--json says whether there are more', async () => {
    pages(3);
    const document = JSON.parse((await run(['list', '3f2a', '--limit', '2', '--json'])).out);
    expect(document).toMatchObject({ group: { group: '3f2a9c1b77d0' }, more: true });
    expect(document.messages).toHaveLength(2);
  });
});

describe('parked show', () => {
  const answer = (body: ParkedBody, given: Partial<DeskAnswers['show']> = {}): DeskAnswers['show'] => ({
    message: parkedMessage(),
    body,
    attributes: { source: 'shop' },
    versions: [],
    history: [],
    ...given,
  });
  const utf8 = (data: string): ParkedBody => ({ encoding: 'utf8', data });
  const shown = async (given: DeskAnswers['show'], ...args: string[]) => {
    deploy({ show: () => given });
    return (await run(['show', ID, ...args])).out;
  };

  test('tells cause, attempts, trace, body and what to type next', async () => {
    const out = await shown(answer(utf8('{"id":12345678901234567890,"lines":[],"a":{"b":"x: [y], {z}"}}')));
    expect(out).toContain('cause        budget_spent: PaymentError: card 4711 declined');
    expect(out).toContain('attempts     5');
    expect(out).toContain(
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/1-5759e988-bd862e3fe1be46a994272793',
    );
    expect(out).toContain('parked       2026-11-21T02:50:00.000Z (10m ago)');
    expect(out).toContain(
      ['body', '  {', '    "id": 12345678901234567890,', '    "lines": [],', '    "a": {', '      "b": "x: [y], {z}"', '    }', '  }'].join(
        '\n',
      ),
    );
    expect(out).toContain('attributes\n  source: shop');
    expect(out).toContain('nobody has done anything with it');
    expect(out).toMatch(/next, when the cause is gone:\n {2}npx breakwater parked redrive 3f2a9c1b77d0 --rate 20\/s --canary 10\n$/);
  });

  test('tells what was done with it, and its other lives', async () => {
    const out = await shown(
      answer(utf8('x'), {
        message: parkedMessage({ state: 'returned', former: 'aaaaaaaaaaaaaaaa', later: 'bbbbbbbbbbbbbbbb', edits: 1, redacted: true }),
        versions: [{ at: '2026-11-21T02:55:00Z', by: 'ann', because: 'wrong currency' }],
        history: [{ at: '2026-11-21T02:56:00Z', by: 'bob', action: 'redrive', detail: 'rate 20/s' }],
      }),
    );
    expect(out).toContain('former life  aaaaaaaaaaaaaaaa');
    expect(out).toContain('later life   bbbbbbbbbbbbbbbb');
    expect(out).toContain('42 bytes, redacted, edited 1 times');
    expect(out).toContain('edits\n  2026-11-21T02:55:00Z ann: wrong currency');
    expect(out).toContain('history\n  2026-11-21T02:56:00Z bob redrive rate 20/s');
    expect(out).not.toContain('next, when');
  });

  test('a binary body is shown in hexadecimal digits, its beginning only', async () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 256));
    const body = { encoding: 'base64', data: bytes.toString('base64') } as const;
    const out = await shown(answer(body));
    expect(out).toContain('  000040  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO');
    expect(out).toContain('… 300 bytes in all (--full shows them)');
    expect(await shown(answer(body), '--full')).toContain('  000120  ');
  });

  test('a long body is cut unless all of it is asked for', async () => {
    const body = utf8(Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n'));
    expect(await shown(answer(body))).toMatch(/ {2}line 59\n {2}… \(--full shows all\)/);
    expect(await shown(answer(body), '--full')).toContain('  line 499\n');
  });

  test('a hostile body stays in its lines', async () => {
    const hostile = 'a\u001b]0;owned\u0007\nb\u202Ec\r\n\td\u009B2J';
    const given = answer(utf8(hostile), {
      message: parkedMessage({
        errorMessage: hostile,
        idempotencyKey: hostile,
        traceId: hostile,
        reason: hostile,
        lot: hostile,
        group: hostile,
      }),
      attributes: { [hostile]: hostile },
      history: [{ at: hostile, by: hostile, action: hostile }],
      versions: [{ at: hostile, by: hostile, because: hostile }],
    });
    const out = await shown(given);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out).toContain('body\n  a\uFFFD]0;owned\uFFFD\n  b\uFFFDc\n    d\uFFFD2J\n');
    expect(JSON.parse(await shown(given, '--json')).body.data).toBe(hostile);
  });

  test('is asked of each desk: all refusals are told when none knows it', async () => {
    const desk = (path: string, show: () => DeskAnswers['show'] | string) => ({ stack: 'Shop', path, functionName: path, model: { show } });
    endpoint().account.desks = [desk('A', () => 'no message 9c'), desk('B', () => answer(utf8('found')))];
    expect((await run(['show', ID])).out).toContain('at B');
    endpoint().account.desks = [desk('A', () => 'no message 9c'), desk('B', () => 'unknown 9c')];
    expect((await run(['show', ID])).error).toBe('A: no message 9c\n  B: unknown 9c');
  });
});
