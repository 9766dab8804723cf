import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Template } from '../../lib/operate/local/template-reduction';

jest.setTimeout(120_000);

const root = path.resolve(__dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-app-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The app behind cdk.json, as the CDK's own tools run it. */
function synthesise(context: Record<string, unknown>) {
  const { status, stderr } = spawnSync(process.execPath, ['dist/bin/app.js'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) },
    encoding: 'utf8',
  });
  return { status, stderr };
}

test('the app holds the chosen example, whose template names no secret and no engine', () => {
  expect(synthesise({ example: 'webhook-ingestion' })).toMatchObject({ status: 0 });
  const text = readFileSync(path.join(folder, 'WebhookIngestion.template.json'), 'utf8');
  const template = JSON.parse(text) as Template;
  expect(Object.keys(template.Outputs ?? {}).sort()).toEqual([
    'LedgerTable',
    'ParkingLotUrl',
    'PaymentsWorkerDeskFound407FFA18',
    'QueueUrl',
    'Url',
    'githubSecretArn',
    'shopifySecretArn',
    'stripeSecretArn',
    'subscriptionsSecretArn',
  ]);
  const secrets = Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'AWS::SecretsManager::Secret');
  expect(secrets.map(({ Properties }) => Properties)).toEqual(Array.from({ length: 4 }, () => ({ GenerateSecretString: {} })));
  expect(text).not.toMatch(/AWS_ENDPOINT_URL|127\.0\.0\.1|localhost/);
});

test('an example that is not there is refused with those that are', () => {
  const { status, stderr } = synthesise({ example: 'webhooks' });
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    'context example: must be one of nightly-reconciliation, notification-fanout, parking-desk, webhook-ingestion, given "webhooks"',
  );
});
