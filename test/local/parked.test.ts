import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { DESK_OUTPUT_DESCRIPTION } from '../../lib/blocks/parking-contract';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import { parked } from '../../lib/operate/parked/command';
import { parkedGroup } from '../support/parked/desks';
import { testTerminal } from '../support/terminal';

jest.setTimeout(180_000);

let engine: LocalEngine;
beforeAll(async () => {
  engine = await startEngine({ progress: () => {} });
});
afterAll(() => engine?.stop());

/** A desk that knows one group and says who asked. */
const DESK = `exports.handler = async (request) => {
  if (request.command === 'groups') return { groups: [${JSON.stringify(parkedGroup())}] };
  if (request.command === 'resolve') return { group: { ...${JSON.stringify(parkedGroup({ state: 'resolved' }))}, handler: request.by } };
  throw Object.assign(new Error('this desk can not ' + request.command), { name: 'DeskError' });
};`;

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
    Desk: {
      Type: 'AWS::Lambda::Function',
      Properties: { Runtime: 'nodejs22.x', Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { ZipFile: DESK } },
    },
  },
  Outputs: { ParkingDesk: { Description: `${DESK_OUTPUT_DESCRIPTION}Shop/Payments/Desk`, Value: { Ref: 'Desk' } } },
};

test('a desk that is deployed to the local engine is found by its output, asked, and told who asks', async () => {
  const formation = new CloudFormationClient(engine.clientConfig);
  await formation.send(
    new CreateStackCommand({ StackName: 'Shop', TemplateBody: JSON.stringify(TEMPLATE), Capabilities: ['CAPABILITY_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: 'Shop' });

  const groups = testTerminal();
  expect(await parked(['groups', '--endpoint', engine.endpoint], groups)).toBe(0);
  expect(groups.written.out).toContain(`Shop/Payments/Desk (stack Shop, ${engine.region})`);
  expect(groups.written.out).toMatch(/^3f2a9c1b77d0 {2}ours {3}open/m);

  const resolved = testTerminal();
  expect(await parked(['resolve', '3f2a', '--json', '--endpoint', engine.endpoint], resolved)).toBe(0);
  expect(JSON.parse(resolved.written.out).group).toMatchObject({ state: 'resolved', handler: expect.stringMatching(/^arn:aws:/) });

  await expect(parked(['jobs', '--endpoint', engine.endpoint], testTerminal())).rejects.toThrow(/^this desk can not jobs$/);
});
