import { amountOf } from '../../support/cost/estimates';
import { arn, httpApi, integration, lambda, type Resources, ref, role } from '../../support/topology/resources';

const READS = 'AWSSecretsManager/AWSSecretsManagerAPIRequest';
const secret = { Type: 'AWS::SecretsManager::Secret', Properties: {} };
const reading = (metadata = {}): Resources => ({
  Api: httpApi({ ProtocolType: 'HTTP' }),
  Integration: integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Receive') }),
  Receive: lambda({ Role: arn('Role') }, metadata),
  Role: role([['secretsmanager:GetSecretValue'], ref('Secret')]),
  Secret: secret,
  Other: secret,
});
const reads = (eventsPerMonth: number, resources = reading(), name = 'Secret', receive = {}) =>
  amountOf(resources, name, READS, { eventsPerMonth }, { resources: { Receive: { coldShare: 0, durationMilliseconds: 100, ...receive } } });

test('a secret is read by the function that may, every five minutes while it runs, and never more often than it runs', () => {
  expect(reads(0)).toBe(0);
  expect(reads(100)).toBe(100);
  expect(reads(1_000_000)).toBe(8760);
});

test('each environment reads it for itself: when it starts, and as many as are at work at a time', () => {
  expect(reads(1_000_000, reading(), 'Secret', { coldShare: 0.01 })).toBe(8760 + 10_000);
  // Two environments' worth of work.
  expect(reads(52_560_000)).toBeCloseTo(2 * 8760, 6);
});

test('a construct tells how many requests a reading takes', () => {
  const telling = reading({ 'cdk-breakwater:traffic': { requestsPerSecretRead: 2 } });
  expect(reads(1_000_000, telling)).toBe(2 * 8760);
});

test('a secret of which no reader is known is taken to be read every five minutes', () => {
  expect(reads(0, reading(), 'Other')).toBe(8760);
});
