import { runCommandLine } from '../../../lib/operate/command-line';
import { awsError, functionError } from '../../support/aws-answers';
import { captured } from '../../support/engine/output';
import { nightOutput, nightsWorld, started } from '../../support/nights';
import { testTerminal } from '../../support/terminal';

const world = nightsWorld();
const run = (...args: string[]) => world.run(args);
const DATE = '2026-11-20';

describe('a date', () => {
  test.each(['start', 'resume', 'again'])('is asked of the start function: %s', async (what) => {
    const { code, out } = await run(what, DATE, '--yes');
    expect(code).toBe(0);
    expect(world.asked).toEqual([{ date: DATE, do: what }]);
    expect(out).toBe(`started: run 1 of ${DATE} at Bank/LedgerVsBank, attempt 1\nexecution ${started.execution}\n`);
  });

  test('that was started before is not started twice, and says so', async () => {
    world.answer = () => ({ ...started, started: false });
    expect(await run('start', DATE)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^not started, it is there already: run 1 of 2026-11-20/),
    });
    expect(JSON.parse((await run('start', DATE, '--json')).out)).toMatchObject({
      night: { function: 'Bank-Start:live' },
      started: false,
      run: 1,
    });
  });

  test('is run again when somebody says yes only', async () => {
    expect((await run('again', DATE)).error).toMatch(
      /^Run 2026-11-20 of Bank\/LedgerVsBank again, with new copies of its sources\? .* Nobody is here to answer/,
    );
    expect(await world.run(['again', DATE], testTerminal({ answer: 'n' }))).toMatchObject({ code: 1, out: '' });
    expect(world.asked).toEqual([]);
    expect(await world.run(['again', DATE], testTerminal({ answer: 'y' }))).toMatchObject({ code: 0 });
    expect(world.asked).toHaveLength(1);
  });

  test('that the start function refuses is exit code 1 and its sentence', async () => {
    world.answer = () => `run 1 of ${DATE} is run\u001b[2Jning`;
    expect(await captured(() => runCommandLine(['nights', 'resume', DATE]))).toEqual({
      code: 1,
      out: '',
      err: `breakwater: run 1 of ${DATE} is run\uFFFD[2Jning\n`,
    });
  });

  test('with which the start function breaks is no refusal', async () => {
    world.answer = () => functionError('Runtime.ExitError', 'signal: killed');
    expect((await run('start', DATE)).error).toMatch(
      /^the start function Bank-Start:live failed: Runtime.ExitError: signal: killed\. Its log group says more;/,
    );
  });

  test.each([
    ['start', 2],
    ['again', 1],
  ])('whose answer is lost is asked for anew where that changes nothing: %s, %i times', async (what, times) => {
    world.answer = () => (world.asked.length === 1 ? awsError(500, 'ServiceException', 'lost') : started);
    const { code } = await run(what, DATE, '--yes');
    expect([code, world.asked.length]).toEqual([times === 2 ? 0 : -1, times]);
  });

  test('of several reconciliations is not guessed', async () => {
    world.outputs = [nightOutput(), nightOutput({ stack: 'Cards', path: 'Cards/Nightly' })];
    expect((await run('start', DATE)).error).toBe(
      'which one? There are Bank/LedgerVsBank, Cards/Nightly: give --night PATH, or --stack NAME. Nothing was started.',
    );
    expect((await run('start', DATE, '--night', 'Nightly')).out).toContain('at Cards/Nightly');
    expect((await run('start', DATE, '--stack', 'Bank')).out).toContain('at Bank/LedgerVsBank');
  });
});

describe('a reconciliation', () => {
  test('that is not found says where to look', async () => {
    world.outputs = [];
    expect((await run('breaks')).error).toMatch(
      /^no nightly reconciliation: is it the right account and Region .* One is a stack output whose description begins with "Nightly reconciliation of"\.$/,
    );
  });

  test.each(['Bank-Start:live', '{"table":"t"}', '{"table":1,"reconciliation":"r","startFunction":"f"}', 'null'])(
    'whose output is %s was deployed by another version',
    async (value) => {
      world.outputs = [{ ...nightOutput(), value }];
      expect((await run('breaks')).error).toBe(
        'the output of Bank/LedgerVsBank in stack Bank is none that this version of cdk-breakwater wrote: deploy the stack again.',
      );
    },
  );
});

describe('the command line', () => {
  test.each([
    [['nights', 'brakes'], /nights: "brakes" is no command; did you mean "breaks"\?/],
    [['nights', 'start'], /nights start: takes DATE, got none\. Example: npx breakwater nights start 2026-11-20/],
    [['nights', 'start', '2026-02-30'], /date: must be a day of the calendar as YYYY-MM-DD, given "2026-02-30"/],
    [['nights', 'show', 'abc'], /"abc" is no id of a break, which has 16 hex digits/],
    [['nights', 'assign', 'a'.repeat(16)], /nights assign: say who sees to it with --owner NAME/],
    [['nights', 'assign', 'a'.repeat(16), '--note', 'x'.repeat(1001)], /--note: must have at most 1000 characters, got 1001/],
    [['nights', 'breaks', '--older-than', 'week'], /--older-than: must be a whole number from 0 to 36500, got "week"/],
    [['nights', 'breaks', '--limit', '0'], /--limit/],
    [['nights', 'runs', '--limit', '0'], /--limit/],
    [['nights', 'runs', '--desk', 'x'], /desk/],
  ])('%j is not understood: exit code 2', async (args, reason) => {
    const { code, out, err } = await captured(() => runCommandLine(args));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
    expect(world.asked).toEqual([]);
  });

  test('every command tells how it is used', async () => {
    const { out } = await captured(() => runCommandLine(['nights', '--help']));
    const names = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1]!);
    expect(names).toEqual(['runs', 'breaks', 'show', 'assign', 'start', 'resume', 'again']);
    for (const name of names) {
      const own = await captured(() => runCommandLine(['nights', name, '--help']));
      expect(own).toMatchObject({ code: 0, err: '' });
      expect(own.out).toMatch(
        new RegExp(`usage: breakwater nights ${name}[\\s\\S]*--night PATH[\\s\\S]*example\\n {2}.*npx breakwater nights ${name}`),
      );
    }
  });
});
