import { runCommandLine } from '../../../lib/operate/command-line';
import { awsError, functionError, xmlError } from '../../support/aws-answers';
import { captured } from '../../support/engine/output';
import { parkedGroup } from '../../support/parked/desks';
import { parkedWorld } from '../../support/parked/run';

const { endpoint, deploy, run } = parkedWorld();
const groups = () => ({ groups: [parkedGroup()] });
const two = (first = parkedGroup(), second = parkedGroup()) => {
  endpoint().account.desks = [
    { stack: 'Shop', path: 'Shop/Payments/Desk', functionName: 'One', model: { groups: () => ({ groups: [first] }) } },
    {
      stack: 'Mail',
      path: 'Mail/Letters/Desk',
      functionName: 'Two',
      model: { groups: () => ({ groups: [second] }), messages: () => ({ messages: [] }) },
    },
  ];
};

describe('a desk that is not found', () => {
  test('says where to look', async () => {
    const { error } = await run(['groups']);
    expect(error).toMatch(
      /no parking desk: is it the right account and Region \(AWS_PROFILE, AWS_REGION, --region\), or on the local engine \(--local\)\?/,
    );
    expect(error).toContain('ParkingLot.queueOnly()');
  });

  test('by its path offers those there are', async () => {
    deploy({ groups });
    expect((await run(['groups', '--desk', 'Shop/Payment/Desk'])).error).toBe(
      'no parking desk Shop/Payment/Desk; did you mean Shop/Payments/Desk? There are: Shop/Payments/Desk.',
    );
  });

  test('in a stack that does not exist says so', async () => {
    expect((await run(['groups', '--stack', 'Shopp'])).error).toBe(
      'looking for parking desks in stack Shopp: Stack with id Shopp does not exist',
    );
  });
});

describe('AWS', () => {
  test.each([
    [
      xmlError(403, 'AccessDenied', 'User is not authorized'),
      /access denied: it needs cloudformation:DescribeStacks on all stacks \(or name one with --stack\)\. AWS says: User is not/,
    ],
    [xmlError(400, 'ExpiredToken', 'expired'), /AWS does not take these credentials \(ExpiredToken\): sign in again/],
  ])('refuses to list stacks: %#', async (fault, said) => {
    endpoint().account.fault = (operation) => (operation === 'DescribeStacks' ? fault : undefined);
    expect((await run(['groups'])).error).toMatch(said);
  });

  test('refuses to invoke the desk: the permission that is missing is named', async () => {
    deploy({ groups: () => awsError(403, 'AccessDeniedException', 'not authorized to perform: lambda:InvokeFunction') });
    expect((await run(['groups'])).error).toMatch(
      /asking the desk of Shop\/Payments\/Desk \(function Shop-Desk\): access denied: it needs lambda:InvokeFunction on Shop-Desk/,
    );
  });

  test('has no such function any more', async () => {
    deploy({ groups: () => awsError(404, 'ResourceNotFoundException', 'Function not found') });
    expect((await run(['groups'])).error).toMatch(/the function is gone; the stack's output still names it\. Deploy the stack again/);
  });

  test('cannot be reached', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9';
    process.env.AWS_MAX_ATTEMPTS = '1';
    expect((await run(['groups'])).error).toMatch(/AWS can't be reached \(ECONNREFUSED\)/);
  });

  test('without a Region says how to give one', async () => {
    delete process.env.AWS_REGION;
    process.env.AWS_CONFIG_FILE = '/nonexistent';
    expect((await run(['groups'])).error).toMatch(/which Region\? Give --region NAME, or set AWS_REGION/);
    deploy({ groups });
    expect((await run(['groups', '--region', 'eu-west-3'])).out).toContain('eu-west-3');
  });

  test.each(['Runtime.ExitError', 'Error'])('a desk function that breaks with %s is no refusal', async (type) => {
    deploy({ groups: () => functionError(type, 'oh\u001b[2J no') });
    const { error } = await run(['groups']);
    expect(error).toMatch(/the desk function Shop-Desk failed: .*oh\uFFFD\[2J no\. Its log group says more/);
  });
});

describe('a group', () => {
  test('is found in whichever desk it is, by its beginning', async () => {
    two(parkedGroup(), parkedGroup({ group: 'aaaabbbbcccc' }));
    expect((await run(['list', 'aaaa'])).out).toContain('at Mail/Letters/Desk');
    expect(endpoint().asked.filter(({ command }) => command === 'messages')).toMatchObject([
      { functionName: 'Two', group: 'aaaabbbbcccc' },
    ]);
  });

  test('that several desks know is not guessed', async () => {
    two();
    expect((await run(['list', '3f2a'])).error).toMatch(
      /3f2a is the beginning of several groups: 3f2a9c1b77d0 at Shop\/Payments\/Desk, 3f2a9c1b77d0 at Mail\/Letters\/Desk\. Give more of it, or --desk PATH/,
    );
  });

  test('that nobody knows: the nearest is offered', async () => {
    deploy({ groups });
    expect((await run(['list', '3f2a9c1b77d1'])).error).toMatch(
      /no group 3f2a9c1b77d1 at Shop\/Payments\/Desk; did you mean 3f2a9c1b77d0\?/,
    );
  });
});

describe('the command line', () => {
  test('knows parked: a refusal is exit code 1 and its sentence', async () => {
    deploy({ groups: () => 'the table is being restored' });
    expect(await captured(() => runCommandLine(['parked', 'groups']))).toEqual({
      code: 1,
      out: '',
      err: 'breakwater: the table is being restored\n',
    });
  });

  test.each([
    [['parked', 'lsit'], /parked: "lsit" is no command; did you mean "list"\?/],
    [['parked', 'list'], /parked list: takes GROUP, got none\. Example: npx breakwater parked list/],
    [['parked', 'groups', 'extra'], /parked groups: takes no name, got extra/],
    [['parked', 'list', 'zzzz'], /"zzzz" names nothing: a group has 12 hex digits \(its first 4 do\), a message 16/],
    [['parked', 'list', '9c1b77d03f2a5e10'], /is a message, and this takes a group/],
    [['parked', 'show', '3f2a9c1b77d0'], /is a group, and this takes a message/],
    [['parked', 'list', '3f2a', '--limit', '0'], /--limit: must be a whole number from 1 to 100000, got "0"/],
    [['parked', 'list', '3f2a', '--state', 'open'], /--state: must be one of parked/],
    [['parked', 'redrive', '3f2a', '--rate', 'fast'], /--rate: must be a rate such as 20\/s or 30\/min, got "fast"/],
    [['parked', 'redrive', '3f2a', '--rate', '0/s'], /--rate/],
    [['parked', 'redrive', '3f2a', '--canary', '-1'], /--canary/],
    [['parked', '--json', 'groups'], /the command comes first, then --json/],
    [['parked', 'groups', '--local', '--region', 'eu-west-1'], /--region: the local engine knows its own/],
  ])('%j is not understood: exit code 2', async (args, reason) => {
    deploy({ groups });
    const { code, out, err } = await captured(() => runCommandLine(args));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
  });

  test('every command tells how it is used, with an example that it understands', async () => {
    const { out } = await captured(() => runCommandLine(['parked', '--help']));
    const names = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((match) => match[1]!);
    expect(names).toEqual(expect.arrayContaining(['groups', 'list', 'show', 'redrive']));
    for (const name of names) {
      const help = await captured(() => runCommandLine(['help', 'parked', name]));
      expect(help.out).toContain('breakwater parked');
      const own = await captured(() => runCommandLine(['parked', name, '--help']));
      expect(own).toMatchObject({ code: 0, err: '' });
      expect(own.out).toMatch(new RegExp(`usage: breakwater parked ${name}[\\s\\S]*example\\n {2}.*npx breakwater parked ${name}`));
    }
  });
});
