import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { REPORT_SCHEMA, review, reviewCommand } from '../../lib/review';
import type { Report } from '../../lib/review/report';
import { mutatedTemplates, randomTemplates } from '../support/review/broken-templates';
import { arn, lambda, mapping, queue, type Resources, ref } from '../support/topology/resources';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) };
const HAND_OVERS =
  /EventSourceMapping$|SNS::Subscription$|Events::Rule$|Schedule$|Pipe$|V2::Integration$|ApiGateway::Method$|Lambda::Url$|EventsV2::Subscriber$|DataSource$/;

const ANSWERS_ITSELF = /"(?:MOCK|NONE)"/i;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a user runs it, on one file. */
async function run(text: string, name = 'fuzz.template.json'): Promise<{ code: number; out: string; error: string; file: string }> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const written = { out: '', error: '' };
  const code = await reviewCommand([file, '--format', 'json'], {
    out: (text) => {
      written.out += text;
    },
    error: (text) => {
      written.error += text;
    },
  });
  return { code, ...written, file };
}

async function report(template: object): Promise<Report> {
  const { code, out } = await run(JSON.stringify(template));
  expect([0, 1]).toContain(code);
  return JSON.parse(out) as Report;
}

/** What can't be read says where and why, and ends with code 2. */
async function refused(text: string, line: number | undefined, reason: RegExp, name?: string) {
  const { code, out, error, file } = await run(text, name);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain(line === undefined ? `${file}: ` : `${file}:${line}: `);
  expect(error).toMatch(reason);
}

describe('input of any kind', () => {
  const validate = new Ajv().compile(REPORT_SCHEMA);

  /** Code 0 or 1 with a report of the promised shape, or code 2 with file and reason. */
  async function holds(template: object) {
    const { code, out, error, file } = await run(JSON.stringify(template));
    if (code === 2) {
      expect(error.startsWith(`breakwater review: ${file}`)).toBe(true);
      return;
    }
    const told = JSON.parse(out) as Report;
    expect({ valid: validate(told), errors: validate.errors }).toEqual({ valid: true, errors: null });
    for (const { message, fix } of told.findings) expect(`${message} ${fix}`).not.toMatch(/undefined|NaN|\[object|Infinity/);
    disappearsNowhere(file);
  }

  function disappearsNowhere(file: string) {
    const { graph, report } = review([file]);
    const shown = new Set([
      ...graph.edges.flatMap((edge) => edge.via.map(({ logicalId }) => logicalId)),
      ...[...graph.desks.values()].map(({ via }) => via.logicalId),
      ...report.unknowns.map(({ resource }) => resource.logicalId),
    ]);
    const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources };
    const configured = Object.entries(template.Resources).filter(
      ([, one]) => HAND_OVERS.test(one.Type) && !ANSWERS_ITSELF.test(JSON.stringify(one)),
    );
    expect(configured.map(([id]) => id).filter((id) => !shown.has(id))).toEqual([]);
  }

  it('in the shape of a template gives a report, or a reason, and loses no hand-over', async () => {
    await fc.assert(fc.asyncProperty(randomTemplates, holds), RUNS);
  });

  it('that was a real template before it was broken gives a report, or a reason, and loses no hand-over', async () => {
    await fc.assert(fc.asyncProperty(mutatedTemplates, holds), { numRuns: RUNS.numRuns * 2 });
  });

  it('that is cut off says so, with file and line', async () => {
    const whole = JSON.stringify({ Resources: { Queue: queue({ Tags: [{ Key: 'a', Value: 'b' }] }), Handler: lambda() } }, undefined, 1);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (length) => {
        const text = whole.slice(0, length);
        await refused(text, text.split('\n').length, /not valid JSON|not valid YAML/);
      }),
      { numRuns: 60 },
    );
  });

  it('that is no template at all is refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const { code, error, file } = await run(text);
        expect(code).toBe(2);
        expect(error.startsWith(`breakwater review: ${file}`)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('hard cases', () => {
  const worker = { Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }), Handler: lambda() };

  it('resources that refer to each other in a circle end as unknown', async () => {
    const told = await report({
      Parameters: { Name: { Type: 'String', Default: { Ref: 'Name' } } },
      Resources: {
        ...worker,
        Queue: queue({
          QueueName: arn('Handler', 'Name'),
          RedrivePolicy: { deadLetterTargetArn: arn('Queue'), maxReceiveCount: ref('Name') },
        }),
        Handler: lambda({ FunctionName: arn('Queue', 'QueueName'), DeadLetterConfig: { TargetArn: arn('Handler') } }),
        Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: ref('Alias'), Name: 'live' } },
        Aliased: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Alias') }),
      },
    });
    expect(told.paths.some(({ resources }) => resources.includes('Queue') && resources.includes('Handler'))).toBe(true);
    expect(told.paths.some(({ resources }) => resources.includes('Alias'))).toBe(true);
  });

  it('names from imports, parameters and Systems Manager are unknown, with a path that says so', async () => {
    const names = {
      imported: { 'Fn::ImportValue': 'orders-queue' },
      parameter: ref('Given'),
      systemsManager: ref('Stored'),
      dynamic: '{{resolve:ssm:/queues/orders}}',
    };
    for (const [kind, EventSourceArn] of Object.entries(names)) {
      const { paths, unknowns } = await report({
        Parameters: { Given: { Type: 'String' }, Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/queues/orders' } },
        Resources: { ...worker, Source: mapping({ EventSourceArn, FunctionName: ref('Handler') }) },
      });
      expect({ kind, ends: paths.map(({ ends, to }) => [ends, to]) }).toEqual({
        kind,
        ends: expect.arrayContaining([['unknown', 'Handler']]),
      });
      expect(unknowns.map(({ resource }) => resource.logicalId)).toContain('Source');
    }
  });

  it('targets that can not be resolved end their paths as unknown', async () => {
    const { paths } = await report({
      Resources: {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'One', Arn: { 'Fn::ImportValue': 'elsewhere' } }] },
        },
      },
    });
    expect(paths.map(({ from, ends }) => [from, ends])).toContainEqual(['Rule', 'unknown']);
  });

  it('five hundred functions in a circle, each behind a queue, are read', async () => {
    const circle = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [
        [`Queue${index}`, queue({ RedrivePolicy: { deadLetterTargetArn: arn(`Queue${(index + 1) % 500}`), maxReceiveCount: 5 } })] as const,
        [`Handler${index}`, lambda()] as const,
        [`Source${index}`, mapping({ EventSourceArn: arn(`Queue${index}`), FunctionName: ref(`Handler${index}`) })] as const,
      ]).flat(),
    );
    const { findings } = await report({ Resources: circle });
    expect(findings.filter(({ rule }) => rule === 'repetition-effect')).toHaveLength(500);
  });

  it('a megabyte of text in properties is read', async () => {
    const Resources = { ...worker, Queue: queue(), Big: lambda({ Code: { ZipFile: '{"x": 1},\n'.repeat(100_000) } }) };
    expect((await report({ Resources })).findings.map(({ rule }) => rule)).toContain('loss-queue-without-dead-letter');
  });

  it('deep nesting is refused, or read, and never overflows', async () => {
    for (const depth of [50, 150, 5_000, 200_000]) {
      const nested = `${'{"Fn::Join":["",['.repeat(depth)}"x"${']]}'.repeat(depth)}`;
      const { code } = await run(`{"Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":${nested}}}}}`);
      expect([0, 1, 2]).toContain(code);
    }
    await refused(
      `Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: ${'['.repeat(5_000)}`,
      undefined,
      /nested too deeply/,
      'deep.yaml',
    );
  });

  it('aliases that multiply are refused, before they fill the memory', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => `  L${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}*a${level}]`);
    const bomb = `Metadata:\n  L0: &a0 [x, x, x]\n${levels.join('\n')}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n`;
    const started = Date.now();
    await refused(bomb, 2, /aliases make this template too large|Excessive alias count|nested too deeply/, 'bomb.yaml');
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it('an alias of itself is refused', async () => {
    await refused('Resources:\n  Queue: &q\n    Type: AWS::SQS::Queue\n    Properties: *q\n', 3, /nested too deeply/, 'self.yaml');
  });

  it('resources named like members of objects are resources', async () => {
    const { findings } = await report({
      Resources: {
        constructor: queue(),
        toString: lambda(),
        hasOwnProperty: mapping({ EventSourceArn: arn('constructor'), FunctionName: ref('toString') }),
      },
    });
    expect(findings.find(({ rule }) => rule === 'loss-queue-without-dead-letter')?.resources).toEqual(['constructor']);
  });
});
