import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NIGHT_OUTPUT_DESCRIPTION, RegisterKey } from '../../lib/blocks/contract';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import { nights } from '../../lib/operate/nights/command';
import { systemClock } from '../../lib/runtime/clock';
import { RegisterStore } from '../../lib/runtime/reconciliation/register-store';
import { difference, night } from '../support/reconciliation/register';
import { testTerminal } from '../support/terminal';

jest.setTimeout(180_000);

let engine: LocalEngine;
beforeAll(async () => {
  engine = await startEngine({ progress: () => {} });
});
afterAll(() => engine?.stop());

/** Starts everything but a resumed run. */
const START = `exports.handler = async (request) => {
  if (request.do !== 'resume') return { date: request.date, run: 1, attempt: 1, execution: 'arn:' + request.do, started: true };
  throw Object.assign(new Error('there is nothing to resume'), { name: 'StartRefused' });
};`;

const { PARTITION, INDEX, INDEX_PARTITION, INDEX_SORT } = RegisterKey;
const TEMPLATE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      },
    },
    Start: {
      Type: 'AWS::Lambda::Function',
      Properties: { Runtime: 'nodejs22.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: START } },
    },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Start' } } },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { Name: 'live', FunctionName: { Ref: 'Start' }, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [PARTITION, INDEX_PARTITION, INDEX_SORT].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
        KeySchema: [{ AttributeName: PARTITION, KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: INDEX,
            KeySchema: [
              { AttributeName: INDEX_PARTITION, KeyType: 'HASH' },
              { AttributeName: INDEX_SORT, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    },
  },
  Outputs: {
    Found: {
      Description: `${NIGHT_OUTPUT_DESCRIPTION}Bank/LedgerVsBank`,
      Value: {
        'Fn::Join': ['', ['{"reconciliation":"ledger","table":"', { Ref: 'Table' }, '","startFunction":"', { Ref: 'Start' }, ':live"}']],
      },
    },
  },
};

test('a reconciliation that is deployed to the local engine is found by its output, its breaks are given to somebody, and its dates are started', async () => {
  const formation = new CloudFormationClient(engine.clientConfig);
  await formation.send(
    new CreateStackCommand({ StackName: 'Bank', TemplateBody: JSON.stringify(TEMPLATE), Capabilities: ['CAPABILITY_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: 'Bank' });
  const { Stacks: [stack] = [] } = await formation.send(new DescribeStacksCommand({ StackName: 'Bank' }));
  const { table } = JSON.parse(stack!.Outputs![0]!.OutputValue!) as { table: string };
  const register = new RegisterStore(table, { dynamoDb: new DynamoDBClient(engine.clientConfig), clock: systemClock });
  const open = difference('a');
  await register.apply(night('2026-11-19', open));
  await register.apply(night('2026-11-20', open));

  const run = async (...args: string[]) => {
    const terminal = testTerminal();
    const code = await nights([...args, '--endpoint', engine.endpoint], terminal);
    return { code, out: terminal.written.out };
  };
  expect((await run('breaks')).out).toMatch(/^a{16} {2}amount .* 2026-11-19 +1 day$/m);
  expect((await run('assign', open.id, '--owner', 'ann', '--note', 'asked')).out).toMatch(/^ {2}owner +ann$/m);
  expect((await run('breaks', '--owner', 'ann')).out).toContain('\n1 open');
  expect((await run('runs')).out).toContain('no run has completed yet');
  expect(await run('start', '2026-11-20')).toEqual({
    code: 0,
    out: 'started: run 1 of 2026-11-20 at Bank/LedgerVsBank, attempt 1\nexecution arn:start\n',
  });
  await expect(run('resume', '2026-11-20')).rejects.toThrow(/^there is nothing to resume$/);
});
