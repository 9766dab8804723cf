import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processTerminal } from '../../lib/operate/commands/terminal';
import { nights } from '../../lib/operate/nights/command';
import { parked } from '../../lib/operate/parked/command';
import { UsageError } from '../../lib/operate/usage-error';
import type { ReviewConfig } from '../../lib/review/config';
import { isParseFault } from '../../lib/review/parse-fault';
import { runbookOf } from '../../lib/review/runbook';
import { stackOfTemplate } from '../../lib/topology';
import { KNOWN_OPTIONS } from '../support/review/aws-options';
import {
  aging,
  alarm,
  arn,
  bucket,
  bus,
  groupAlarm,
  idempotent,
  invokeConfig,
  invokes,
  lambda,
  mapping,
  oneTask,
  parkingDesk,
  parkingLot,
  queue,
  type Resources,
  ref,
  role,
  rule,
  stream,
  subscription,
  table,
  topic,
  watching,
} from '../support/topology/resources';

const written = (resources: Resources, config: ReviewConfig = {}, stack = 'Shop') =>
  runbookOf([stackOfTemplate(stack, { Resources: resources })], config);

const redrive = (to = 'ParkingLot') => ({ RedrivePolicy: { deadLetterTargetArn: arn(to), maxReceiveCount: 5 } });
const consumed: Resources = {
  Queue: queue(redrive()),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: lambda({ Role: arn('Role') }),
  Role: role(['dynamodb:PutItem', arn('Orders')]),
  Orders: table(),
};
const onFailure = { DestinationConfig: { OnFailure: { Destination: arn('Lot') } } };
/** One parking lot for each kind of giver. */
const givers: Readonly<Record<string, Resources>> = {
  queue: consumed,
  'queue, with a name of its own': {
    ...consumed,
    ParkingLot: queue({ QueueName: 'orders-parked' }),
    Handler: lambda({ FunctionName: 'orders', LoggingConfig: { LogGroup: '/orders' } }),
  },
  'FIFO queue': { Queue: queue({ FifoQueue: true, ...redrive('Lot') }), Lot: queue({ FifoQueue: true }) },
  topic: {
    Topic: topic(),
    Subscription: subscription({
      TopicArn: ref('Topic'),
      Protocol: 'sqs',
      Endpoint: arn('Queue'),
      RedrivePolicy: { deadLetterTargetArn: arn('Lot') },
    }),
    Queue: queue(),
    Lot: queue(),
  },
  rule: {
    Bus: bus(),
    Rule: rule({
      EventBusName: ref('Bus'),
      EventPattern: {},
      Targets: [{ Id: 'One', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Lot') } }],
    }),
    Queue: queue(),
    Lot: queue(),
  },
  'asynchronous invocation': {
    Topic: topic(),
    Subscription: subscription({ TopicArn: ref('Topic'), Protocol: 'lambda', Endpoint: arn('Handler') }),
    Handler: lambda(),
    Config: invokeConfig({ FunctionName: ref('Handler'), Qualifier: '$LATEST', ...onFailure }),
    Lot: queue(),
  },
  stream: {
    Stream: stream(),
    Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), MaximumRetryAttempts: 3, ...onFailure }),
    Handler: lambda(),
    Lot: queue(),
  },
  table: {
    Table: table(),
    Source: mapping({ EventSourceArn: arn('Table', 'StreamArn'), FunctionName: ref('Handler'), MaximumRetryAttempts: 3, ...onFailure }),
    Handler: lambda(),
    Lot: queue(),
  },
  'a bucket instead of a queue': {
    Stream: stream(),
    Source: mapping({ EventSourceArn: arn('Stream'), FunctionName: ref('Handler'), MaximumRetryAttempts: 3, ...onFailure }),
    Handler: lambda(),
    Lot: bucket(),
  },
  'state machine': {
    Rule: rule({ EventPattern: {}, Targets: [{ Id: 'One', Arn: ref('Machine'), RoleArn: 'arn:aws:iam::1:role/r' }] }),
    Machine: oneTask(invokes('Handler')),
    Handler: lambda(),
  },
  'a queue of another account': { Queue: queue({ RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:parked' } }) },
  'a queue that is not known': { Queue: queue({ RedrivePolicy: { deadLetterTargetArn: { 'Fn::ImportValue': 'elsewhere' } } }) },
};
const atDesk: Resources = { ...consumed, ...parkingDesk(), DeskAlarm: groupAlarm(), IntakeAlarm: aging('ParkingLot') };
const alarms: Resources = {
  ...consumed,
  Errors: alarm({
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Dimensions: [{ Name: 'FunctionName', Value: ref('Handler') }],
  }),
  Slow: alarm({ Namespace: 'AWS/ApiGateway', MetricName: 'Latency', ExtendedStatistic: 'p99', Threshold: 1 }),
  Math: alarm({ Metrics: [{ Id: 'e', Expression: 'a / b' }], AlarmName: 'ratio of $(failures)' }),
  Both: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: { 'Fn::Sub': 'ALARM("$' + '{Errors}")' } } },
};

interface Ran {
  readonly commands: ReadonlyArray<readonly string[]>;
  /** Calls of `npx`. */
  readonly ours: ReadonlyArray<readonly string[]>;
  readonly status: ReadonlyArray<number | null>;
  readonly left: (name: string) => boolean;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-runbook-'));
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  const put = (name: string, body: string) => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  put('aws', 'printf "%s\\0" "$@" >> "$RECORD"; printf "\\n" >> "$RECORD"; echo 0');
  put('npx', 'printf "%s\\0" "$@" >> "$RECORD.npx"; printf "\\n" >> "$RECORD.npx"; echo "{}"');
  // What the desk would answer, by what is asked of it.
  put('jq', 'case "$*" in *sample*) echo 9c1b77d03f2a5e10;; *groups*) echo 3f2a9c1b77d0;; *jobs*) echo redrive-1;; *) echo 0;; esac');
  put('sleep', 'true');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pastes every block into a real shell, in which `aws` only notes how it was called. */
function paste(markdown: string): Ran {
  const place = mkdtempSync(path.join(folder, 'run-'));
  const record = path.join(place, 'record');
  writeFileSync(record, '');
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  const script = blocks.map((block, index) => `${block}\nprintf "%s\\n" "$?" >> status # ${index}\n`).join('');
  const result = spawnSync('bash', ['-c', script], {
    cwd: place,
    env: { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`, RECORD: record },
    encoding: 'utf8',
  });
  expect(result.stderr.replace(/^.*PARKING_LOT: set it to .*\n/gm, '')).toBe('');
  const calls = (file: string) =>
    readFileSync(file, 'utf8')
      .split('\0\n')
      .filter(Boolean)
      .map((line) => line.split('\0'));
  return {
    commands: calls(record),
    ours: existsSync(`${record}.npx`) ? calls(`${record}.npx`) : [],
    status: existsSync(path.join(place, 'status')) ? readFileSync(path.join(place, 'status'), 'utf8').trim().split('\n').map(Number) : [],
    left: (name) => existsSync(path.join(place, name)),
  };
}

/** Options that the AWS CLI doesn't have, and required ones that are missing. */
function mistakes(command: readonly string[]): string[] {
  const [service, operation, ...rest] = command;
  const known = KNOWN_OPTIONS[`${service} ${operation}`];
  if (!known) return [`${service} ${operation} is not known`];
  const given = rest.filter((one) => /^--[a-z]/.test(one));
  return [
    ...given.filter(
      (option) => ![...known.required, ...known.optional, '--query', '--output', '--cli-input-json', '--max-items'].includes(option),
    ),
    ...(given.includes('--cli-input-json')
      ? []
      : known.required.filter((option) => !given.includes(option)).map((option) => `${option} is missing`)),
  ].map((mistake) => `${service} ${operation}: ${mistake}`);
}

describe('every command', () => {
  test.each([...Object.entries(givers), ['alarms', alarms] as const, ['a parking desk', atDesk] as const])(
    'for %s is one that a shell and the AWS CLI understand',
    (_, resources) => {
      const { commands, status } = paste(written(resources));
      expect(commands.flatMap(mistakes)).toEqual([]);
      expect(new Set(status)).toEqual(new Set(status.length > 0 ? [0] : []));
      for (const argument of commands.flat()) expect(argument).not.toMatch(/undefined|NaN|\[object|^$/);
    },
  );

  test('stays what it is whatever names hold', () => {
    for (const name of [
      "x'; touch pwned; '",
      '$(touch pwned)',
      '`touch pwned`',
      '"; touch pwned #',
      '\n```\ntouch pwned\n',
      '--output',
      'a\\',
      '|',
    ]) {
      const { QueueName: _, ...properties } = { ...redrive(), QueueName: '' };
      const { commands, left } = paste(
        written(
          {
            Queue: queue({ ...properties, QueueName: name }),
            ...parkingLot(),
            ParkingLotAlarm: { ...watching('ParkingLot', { AlarmName: name, AlarmDescription: name }), Metadata: { 'aws:cdk:path': name } },
            [`Source${name}`]: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref(`Handler${name}`) }),
            [`Handler${name}`]: lambda({ LoggingConfig: { LogGroup: name } }),
          },
          {},
          name,
        ),
      );
      expect(left('pwned')).toBe(false);
      expect(commands.length).toBeGreaterThan(5);
    }
  });
});

describe('a parking lot', () => {
  test('goes back to the queue it came from, told by name: what the worker put there itself has no origin', () => {
    const { commands } = paste(written(consumed));
    expect(commands).toContainEqual([
      'sqs',
      'start-message-move-task',
      '--source-arn',
      '0',
      '--destination-arn',
      '0',
      '--max-number-of-messages-per-second',
      '20',
    ]);
    const two = paste(written({ ...consumed, Other: queue(redrive()) })).commands.find(
      ([, operation]) => operation === 'start-message-move-task',
    );
    expect(two).not.toContain('--destination-arn');
  });

  test('is called by the name that the template writes, or by that which CloudFormation knows', () => {
    expect(written(consumed)).toContain(
      'PARKING_LOT=$(aws cloudformation describe-stack-resource --stack-name Shop --logical-resource-id ParkingLot --query StackResourceDetail.PhysicalResourceId --output text)',
    );
    const named = written(givers['queue, with a name of its own']!);
    expect(named).toContain('PARKING_LOT=$(aws sqs get-queue-url --queue-name orders-parked --query QueueUrl --output text)');
    expect(named).toContain('FUNCTION=orders\nLOG_GROUP=/orders\n');
    const computed = written({ ...consumed, ParkingLot: queue({ QueueName: { 'Fn::Sub': 'parked-$' + '{AWS::StackId}' } }) });
    expect(computed).toContain('--logical-resource-id ParkingLot ');
    expect(written(givers['a queue of another account']!)).toContain('--queue-name parked --queue-owner-aws-account-id 111122223333 ');
  });

  test('in a nested stack is asked for by way of the stack around it', () => {
    const inner = stackOfTemplate('Shop/Inner', { Resources: consumed });
    const outer = stackOfTemplate('Shop', { Resources: { Inner: { Type: 'AWS::CloudFormation::Stack', Properties: {} } } });
    expect(runbookOf([{ ...outer, nested: new Map([['Inner', inner]]) }])).toContain(
      'PARKING_LOT=$(aws cloudformation describe-stack-resource --stack-name "$(aws cloudformation describe-stack-resource --stack-name Shop --logical-resource-id Inner ',
    );
  });

  test('says what is safe to replay and why, and what is not known', () => {
    expect(written(consumed)).toContain(
      '- `Handler`: **not known**. Nothing says that its effects may be repeated. A run that failed half-way may already have written to `Orders`',
    );
    expect(written({ ...consumed, Handler: idempotent() })).toContain('- `Handler`: safe. Its metadata (`cdk-breakwater:idempotent`)');
    expect(written(consumed, { assumptions: { idempotent: ['Handler'] } })).toContain('- `Handler`: safe, as the assumption `idempotent`');
  });

  test('says when nobody is told', () => {
    const { ParkingLotAlarm: _, ...mute } = consumed;
    expect(written(mute)).toContain('**No alarm watches it: nobody is told.**');
    expect(written(consumed)).toContain('Watched by `ParkingLotAlarm`.');
  });

  test('deletes a message only after it was handed over', () => {
    for (const giver of ['topic', 'rule', 'asynchronous invocation']) {
      const markdown = written(givers[giver]!);
      const block = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
        .map((match) => match[1]!)
        .find((one) => one.includes('delete-message'))!;
      const chained = block.slice(block.indexOf('aws sqs receive-message')).trimEnd().split('\n');
      expect(chained.length).toBeGreaterThan(3);
      expect(chained.slice(0, -1).filter((line) => !line.endsWith(' &&'))).toEqual([]);
      expect(chained.at(-1)).toMatch(/^aws sqs delete-message /);
    }
    expect(written(givers.rule!)).toContain('--query FailedEntryCount --output text)" = 0 ] &&');
  });

  test('is there for machines that keep failed executions', () => {
    expect(paste(written(givers['state machine']!)).commands).toContainEqual([
      'stepfunctions',
      'redrive-execution',
      '--execution-arn',
      '0',
    ]);
  });
});

const silent = { ...processTerminal(), out: () => undefined, note: () => undefined };

const COMMAND_LINE = { parked, nights };

/** What the command line says to a call before it looks for what is deployed. */
async function misunderstood([program, command, ...args]: readonly string[]): Promise<string[]> {
  expect([program, Object.keys(COMMAND_LINE)]).toEqual(['breakwater', expect.arrayContaining([command])]);
  try {
    await COMMAND_LINE[command as keyof typeof COMMAND_LINE]([...args, '--endpoint', 'http://127.0.0.1:9'], silent);
    return [`${args.join(' ')}: found something deployed where nothing is`];
  } catch (error) {
    return error instanceof UsageError || isParseFault(error) ? [(error as Error).message] : [];
  }
}

/** Pastes the blocks of the constructs' runbook in which a command stands, after what names its variables. */
function pasteRunbook(command: keyof typeof COMMAND_LINE, variables: string) {
  const page = readFileSync(path.join(__dirname, '../../docs/runbook.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n[^`]*?^```$/gm)]
    .map(([block]) => block)
    .filter((block) => block.includes(`\nnpx breakwater ${command} `));
  return { page, ...paste([`\`\`\`sh\n${variables}\n\`\`\`\n`, ...blocks].join('\n')) };
}

describe('a parking lot with a desk', () => {
  test('is worked on with commands that the command line understands, on this desk alone', async () => {
    const { ours } = paste(written(atDesk));
    expect(ours.map((call) => call[2])).toEqual(
      expect.arrayContaining([
        'groups',
        'show',
        'list',
        'audit',
        'acknowledge',
        'redrive',
        'jobs',
        'pause',
        'resume',
        'stop',
        'edit',
        'export',
        'discard',
      ]),
    );
    for (const call of ours) expect(call.slice(-2)).toEqual(['--stack=Shop', '--desk=Desk']);
    expect(ours).toContainEqual([
      'breakwater',
      'parked',
      'redrive',
      '3f2a9c1b77d0',
      '--rate',
      '20/s',
      '--canary',
      '10',
      '--stack=Shop',
      '--desk=Desk',
    ]);
    expect((await Promise.all(ours.map(misunderstood))).flat()).toEqual([]);
    expect(await misunderstood(['breakwater', 'parked', 'redrive', '3f2a9c1b77d0', '--rat', '20/s'])).not.toEqual([]);
  });

  test('has sections in the runbook of the constructs whose commands the command line understands', async () => {
    const { page, ours, status } = pasteRunbook('parked', 'GROUP=3f2a9c1b77d0 MESSAGE=9c1b77d03f2a5e10 JOB=redrive-1');
    for (const key of ['parkedMessages', 'parkedCustomerFaults', 'parkedMessageAge', 'parkedArrivals'])
      expect(page).toContain(`\n## ${key}\n`);
    expect(new Set(status)).toEqual(new Set([0]));
    expect(ours.length).toBeGreaterThanOrEqual(12);
    expect((await Promise.all(ours.map(misunderstood))).flat()).toEqual([]);
  });

  test('has no task of SQS that would send all of it back, and says what is safe', () => {
    const markdown = written({ ...atDesk, Handler: idempotent() });
    expect(markdown).not.toContain('start-message-move-task');
    expect(markdown).toContain('- `Handler`: safe. Its metadata');
    expect(markdown).not.toContain('DeskJob`');
    expect(markdown).toContain('Watched by `DeskAlarm`, `IntakeAlarm`, `ParkingLotAlarm`.');
  });

  test('has alarms that say what it means when they ring', () => {
    const markdown = written(atDesk);
    expect(markdown).toContain('`DeskAlarm` watches `ParkingLot`.');
    expect(markdown).toContain('A group of parked events opened');
    expect(markdown).toContain('The intake of the parking desk does not take in what failed');
    expect(markdown).toContain('`ParkingLot` under *Parking lots* below');
  });

  test('is called as what it is, whatever names hold', () => {
    for (const name of ["x'; touch pwned; '", '$(touch pwned)', '`touch pwned`', '--output', '\n```\ntouch pwned\n']) {
      const desk = parkingDesk();
      const intake = { ...desk.DeskIntake!, Properties: { Environment: { Variables: { POWERTOOLS_SERVICE_NAME: name } } } };
      const { ours, left } = paste(written({ ...atDesk, DeskIntake: intake }, {}, name));
      expect(left('pwned')).toBe(false);
      expect(ours.length).toBeGreaterThan(5);
    }
  });

  test('of a queue in a FIFO order keeps that order, and one without a desk has the commands of SQS', () => {
    expect(written({ ...atDesk, ParkingLot: queue({ FifoQueue: true }) })).toContain('A redrive keeps the order of each message group');
    expect(written(consumed)).toContain('start-message-move-task');
    expect(written(consumed)).not.toContain('npx breakwater parked');
  });
});

describe('an alarm', () => {
  test('tells what it watches, when it fires, what that means and what to tell apart', () => {
    const markdown = written(alarms);
    const section = markdown.slice(markdown.indexOf('### Errors'), markdown.indexOf('### Math'));
    expect(section).toContain('`Errors` watches `Handler`. **It tells nobody.**');
    expect(section).toContain('Fires when Sum of Errors is above 1. The function fails as a whole');
    expect(section).toContain('| began with a deployment | roll back |');
    expect(section).toContain('Runtime.ExitError');
  });

  test('of our own leads to the section of the runbook that is kept for it', () => {
    const own = written({
      ...consumed,
      ParkingLotAlarm: watching('ParkingLot', { AlarmDescription: 'Messages are parked. Runbook: docs/runbook.md#parkedmessages' }),
    });
    expect(own).toContain('[parkedmessages](https://github.com/cdk-breakwater/cdk-breakwater/blob/main/docs/runbook.md#parkedmessages)');
    expect(own).toContain(
      '**Meaning.** Messages are parked. Fires when Maximum of ApproximateNumberOfMessagesVisible is at 1 or past it. Events have failed',
    );
    const theirs = written({
      ...consumed,
      ParkingLotAlarm: watching('ParkingLot', { AlarmDescription: 'Look at https://wiki.example.com/parked' }),
    });
    expect(theirs).toContain('Its runbook: <https://wiki.example.com/parked>');
  });
});

test('of a nightly reconciliation, the runbook has commands that the command line understands', async () => {
  const { ours, status } = pasteRunbook('nights', 'BREAK=9c1b77d03f2a5e10');
  expect(new Set(status)).toEqual(new Set([0]));
  expect(new Set(ours.map(([, , command]) => command))).toEqual(new Set(['breaks', 'show', 'assign', 'resume', 'again', 'start']));
  expect((await Promise.all(ours.map(misunderstood))).flat()).toEqual([]);
  expect(await misunderstood(['breakwater', 'nights', 'resume', '20.11.2026'])).not.toEqual([]);
});

test('a stack without alarms and parking lots says so', () => {
  const markdown = written({ Handler: lambda() });
  expect(markdown).toContain('The templates have no alarms');
  expect(markdown).toContain('Nothing keeps events that failed');
  expect(paste(markdown).commands).toEqual([]);
});

test('the order of resources changes nothing', () => {
  expect(written(Object.fromEntries(Object.entries(alarms).reverse()))).toBe(written(alarms));
});
