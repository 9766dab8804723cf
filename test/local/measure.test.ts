import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type LocalEngine, startEngine } from '../../lib/operate/local';
import { costFromCloudWatch } from '../../lib/operate/measure/command';
import type { TrafficProfile } from '../../lib/review/cost/traffic';

jest.setTimeout(120_000);

const TEMPLATE = {
  Resources: {
    Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: 'orders', RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 } },
    },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  },
};
let engine: LocalEngine;
let folder: string;
const environment = { ...process.env };

beforeAll(async () => {
  engine = await startEngine({ progress: () => {} });
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-measure-'));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: engine.clientConfig.endpoint,
    AWS_REGION: engine.clientConfig.region,
    AWS_ACCESS_KEY_ID: engine.clientConfig.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: engine.clientConfig.credentials.secretAccessKey,
  });
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  rmSync(folder, { recursive: true, force: true });
  await engine?.stop();
});

// The engine counts nothing by itself for SQS: the figures are put there. AWS refuses the namespace to its users.
test('a deployed stack is measured by the names that CloudFormation gave its resources, and the profile is saved', async () => {
  const formation = new CloudFormationClient(engine.clientConfig);
  await formation.send(new CreateStackCommand({ StackName: 'Shop', TemplateBody: JSON.stringify(TEMPLATE) }));
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName: 'Shop' });
  const data = (MetricName: string, Value: number) => ({
    MetricName,
    Value,
    Timestamp: new Date(Date.now() - 3_600_000),
    Dimensions: [{ Name: 'QueueName', Value: 'orders' }],
  });
  await new CloudWatchClient(engine.clientConfig).send(
    new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData: [data('NumberOfMessagesSent', 240), data('SentMessageSize', 512)] }),
  );
  const template = path.join(folder, 'Shop.template.json');
  const saved = path.join(folder, 'traffic.json');
  writeFileSync(template, JSON.stringify(TEMPLATE));
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  try {
    expect(await costFromCloudWatch([template, '--from-cloudwatch', '--since', '10d', '--stack', 'Shop', '--save', saved])).toBe(0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const profile: TrafficProfile = JSON.parse(readFileSync(saved, 'utf8'));
  expect(profile.measured?.stack).toBe('Shop');
  // 240 in ten days are 730 in a month of 730 hours.
  expect(profile.ingress).toEqual({ Queue: { eventsPerMonth: expect.closeTo(730, 3), payloadBytes: 512 } });
  expect(written.join('')).toMatch(/no figures in CloudWatch: Topic/);
});
