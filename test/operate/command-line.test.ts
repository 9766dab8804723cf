import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommandLine } from '../../lib/operate/command-line';
import { asText } from '../../lib/operate/local/command';
import { nearestWord } from '../../lib/operate/usage-error';
import { captured } from '../support/engine/output';

// The machine may be busy with other suites: a slow answer is no wrong one.
jest.setTimeout(60_000);

const run = (...args: string[]) => captured(() => runCommandLine(args));
let folder: string;
const environment = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-command-'));
  process.env.BREAKWATER_CACHE = folder;
  delete process.env.BREAKWATER_ENDPOINT;
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

describe('the command line', () => {
  test.each([['help'], ['--help'], ['-h']])('%s names every command on standard output', async (word) => {
    const { code, out, err } = await run(word);
    expect([code, err]).toEqual([0, '']);
    for (const command of ['storm', 'local', 'verify', 'help']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('without a command it shows the help and fails', async () => {
    const { code, out } = await run();
    expect(code).toBe(2);
    expect(out).toMatch(/usage: breakwater COMMAND/);
  });

  test('--version is the package version', async () => {
    const { version } = JSON.parse(readFileSync(path.resolve(__dirname, '../../package.json'), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test.each([
    [['lokal'], /"lokal" is no command; did you mean "local"\?/],
    [['local', 'depoly'], /local: "depoly" is no command; did you mean "deploy"\?/],
    [['local', 'xyzxyzxyz'], /local: "xyzxyzxyz" is no command. Commands: up, deploy, logs, down/],
    [['constructor'], /"constructor" is no command/],
    [['local', 'up', '--prot', '1'], /Unknown option '--prot'/],
    [['local', 'down', 'extra'], /Unexpected argument 'extra'/],
    [['local', 'deploy', '--app'], /--app/],
    [['local', 'up', '--port', '0'], /--port: must be a number from 1 to 65535, got "0"/],
    [['local', 'up', '--port', '99999'], /got "99999"/],
    [['local', 'up', '--port', '4x'], /got "4x"/],
    [['local', 'deploy', '-c', 'stage'], /--context: must be KEY=VALUE, got "stage"/],
    [['local', 'deploy', '-c', '=x'], /got "=x"/],
    [['local', 'logs', 'a', 'b'], /takes one function name at most/],
  ])('%j is not understood: exit code 2, with the reason and nothing on standard output', async (args, reason) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
  });

  test.each([
    [['local', 'deploy'], /no local engine runs for .*: start it with `breakwater local up`/],
    [['local', 'logs'], /no local engine runs/],
    [['local', 'deploy', '--endpoint', 'localhost'], /endpoint: must be an http\(s\) URL/],
    [['local', 'deploy', '--endpoint', 'http://127.0.0.1:9'], /no local engine answers at http:\/\/127\.0\.0\.1:9/],
  ])('%j fails with what to do: exit code 1', async (args, reason) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(reason);
  });

  test.each([
    ['storm', /usage: breakwater storm/],
    ['verify', /usage: breakwater verify/],
  ])('help %s is the help of that command', async (command, usage) => {
    expect(await run('help', command)).toMatchObject({ code: 0, out: expect.stringMatching(usage), err: '' });
    expect(await run(command, '--help')).toEqual(await run('help', command));
  });

  test('verify reads a file and writes a line for each of its own', async () => {
    writeFileSync(path.join(folder, 'requests.jsonl'), '{"id":"a"}\nnot JSON\n');
    const { code, out } = await run('verify', path.join(folder, 'requests.jsonl'));
    expect(code).toBe(2);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ id: 'a', accepted: false, reason: 'invalid_input' }),
      expect.objectContaining({ id: null, accepted: false, reason: 'invalid_input' }),
    ]);
  });

  test('local down without an engine is done', async () => {
    expect(await run('local', 'down')).toEqual({ code: 0, out: '', err: 'no local engine runs for this folder\n' });
  });

  test.each([[['local', '--help']], [['local']], [['local', 'up', '--help']], [['help', 'local']]])(
    '%j tells about each of its commands',
    async (words) => {
      const { code, out } = await run(...words);
      expect(code).toBe(0);
      for (const command of ['up', 'deploy', 'logs', 'down']) expect(out).toContain(`breakwater local ${command}`);
    },
  );
});

test.each([
  ['upp', ['up', 'deploy', 'logs', 'down'], 'up'],
  ['log', ['up', 'deploy', 'logs', 'down'], 'logs'],
  ['strom', ['storm', 'local'], 'storm'],
  ['', ['storm', 'local'], undefined],
  ['frobnicate', ['storm', 'local'], undefined],
])('the word meant by %j among %j is %j', (word, known, meant) => {
  expect(nearestWord(word, known)).toBe(meant);
});

test('a deployment reads as stacks with addresses of this machine, then what AWS alone runs', () => {
  const text = asText(
    { endpoint: 'http://127.0.0.1:4612' },
    {
      stacks: [
        {
          stackName: 'Shop',
          account: '000000000000',
          region: 'us-east-1',
          outputs: { Url: 'http://7de988a5.execute-api.localhost:4612', Table: 't' },
        },
        { stackName: 'Empty', account: '000000000000', region: 'us-east-1', outputs: {} },
      ],
      notRunLocally: [{ stackName: 'Shop', logicalId: 'CA18', type: 'AWS::CloudWatch::CompositeAlarm' }],
    },
  );
  expect(text).toBe(
    [
      'Shop',
      '  Url    http://127.0.0.1:4612/_aws/execute-api/7de988a5/$default/',
      '  Table  t',
      'Empty',
      '  (no outputs)',
      '',
      'not run locally (AWS runs these; the local engine refuses their types):',
      '  AWS::CloudWatch::CompositeAlarm  Shop/CA18',
      '',
    ].join('\n'),
  );
});
