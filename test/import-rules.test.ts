import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-import-rules-'));
  for (const part of ['biome.json', 'lint']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
  spawnSync('git', ['init', '-q'], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function findings(file: string, source: string): string {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, source);
  const result = spawnSync(path.join(root, 'node_modules/.bin/biome'), ['lint', '--only=style/noRestrictedImports', file], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(result.error).toBeUndefined();
  return result.status === 0 ? '' : result.stdout + result.stderr;
}

describe('an import against the house rules fails the lint with the reason', () => {
  test.each([
    ['lib/runtime/a.ts', "import type { App } from 'aws-cdk-lib';", 'Nothing that runs in Lambda knows the CDK'],
    ['lib/runtime/a.ts', "import { Construct } from 'constructs';", 'Nothing that runs in Lambda knows the CDK'],
    ['lib/runtime/a.ts', "import { RetryBudget } from '../blocks/retry-budget';", 'The runtime knows the blocks'],
    ['lib/patterns/one/handlers/a.ts', "import { Queue } from 'aws-cdk-lib/aws-sqs';", 'Nothing that runs in Lambda knows the CDK'],
    ['lib/patterns/one/handlers/a.ts', "import { One } from '../../two/contract';", 'never imports another pattern|handler knows'],
    ['lib/patterns/one/contract.ts', "import { x } from '../../blocks/contract';", 'A contract imports nothing'],
    ['lib/blocks/contract.ts', "import { App } from 'aws-cdk-lib';", 'A contract imports nothing'],
    ['lib/blocks/parking-contract.ts', "import { App } from 'aws-cdk-lib';", 'A contract imports nothing'],
    ['lib/blocks/fanout-contract.ts', "import { App } from 'aws-cdk-lib';", 'A contract imports nothing'],
    ['lib/patterns/one/one.ts', "import { worker } from '../../runtime';", 'names its handler'],
    ['lib/patterns/one/one.ts', "import { receive } from './handlers/receive';", 'names its handler'],
    ['lib/patterns/one/one.ts', "import { Two } from '../two/two';", 'never imports another pattern'],
    ['lib/patterns/one/one.ts', "import { Two } from '../two';", 'never imports another pattern'],
    ['lib/patterns/one/one.ts', "import { storm } from '../../operate/storm';", 'Patterns stand on blocks alone'],
    ['lib/blocks/a.ts', "import { One } from '../patterns/one/one';", 'Blocks stand on'],
    ['lib/blocks/a.ts', "import { worker } from '../runtime';", 'Blocks stand on'],
    ['lib/markup/a.ts', "import { Report } from '../review/report';", 'Markup knows nothing of the house'],
    [
      'lib/reconciliation-rules/a.ts',
      "import { partition } from '../runtime/reconciliation/partition';",
      'rules know nothing of the house',
    ],
    ['lib/notification-rules/a.ts', "import { planEvent } from '../runtime/notifications/planner';", 'rules know nothing of the house'],
    ['lib/notification-rules/a.ts', "import { parseRules } from '../reconciliation-rules/rules-file';", 'rules know nothing of the house'],
    ['lib/notification-templates/a.ts', "import { Channel } from '../runtime/channels/contract';", 'nothing else of the house'],
    ['lib/event-contracts/a.ts', "import { worker } from '../runtime';", 'Contracts know nothing of the house'],
    ['lib/event-contracts/a.ts', "import { Stack } from 'aws-cdk-lib';", 'Contracts know nothing of the house'],
    ['lib/json-schema/a.ts', "import { parseRules } from '../notification-rules/rules-file';", 'knows nothing of the house'],
    ['lib/topology/a.ts', "import { App } from 'aws-cdk-lib';", 'Topology reads templates only'],
    ['lib/review/a.ts', "import { storm } from '../operate/storm';", 'Review reads topology'],
    ['lib/review/a.ts', "import { Stack } from 'aws-cdk-lib';", 'only its plugins for the CDK know the CDK'],
    ['lib/review/rules/a.ts', "import { Construct } from 'constructs';", 'only its plugins for the CDK know the CDK'],
    ['lib/review/delivery-review.ts', "import { One } from '../patterns/one/one';", 'Review reads topology'],
    ['lib/testing/a.ts', "import { storm } from '../operate/storm';", 'Nothing imports operate'],
    ['lib/testing/a.ts', "import { expect } from '@jest/globals';", 'the test runner that the user has'],
    ['lib/operate/a.ts', "import { One } from '../patterns/one/one';", 'knows no pattern'],
    ['examples/one/stack.ts', "import { One } from '../../lib/index';", 'by name'],
  ])('%s: %s', (file, source, reason) => {
    expect(findings(file, `${source}\nexport const used = 1;\n`)).toMatch(new RegExp(reason));
  });
});

describe('an import the house allows passes', () => {
  test.each([
    ['lib/runtime/b.ts', "import { WorkerMetric } from '../blocks/contract';"],
    ['lib/runtime/c.ts', "import { ParkingMetric } from '../blocks/parking-contract';"],
    ['lib/runtime/d.ts', "import { FanoutMetric } from '../blocks/fanout-contract';"],
    ['lib/runtime/d.ts', "import { xml } from '../markup/xml';"],
    ['lib/patterns/one/b.ts', "import { parseRules } from '../../reconciliation-rules/rules-file';"],
    ['lib/runtime/e.ts', "import { parseRules } from '../reconciliation-rules/rules-file';"],
    ['lib/runtime/f.ts', "import { parseRules } from '../notification-rules/rules-file';"],
    ['lib/notification-templates/b.ts', "import type { NotificationRule } from '../notification-rules/rules';"],
    ['lib/notification-rules/b.ts', "import { faultOf } from '../json-schema/schema-check';"],
    ['lib/event-contracts/b.ts', "import { compileSchema } from '../json-schema/validator';"],
    ['lib/blocks/c.ts', "import { parseContract } from '../event-contracts/contract-file';"],
    ['lib/reconciliation-rules/b.ts', "import { faultOf } from '../json-schema/schema-check';"],
    ['lib/review/d.ts', "import { xml } from '../markup/xml';"],
    ['lib/patterns/one/handlers/b.ts', "import { verify } from '../../../runtime/signatures';"],
    ['lib/patterns/one/handlers/b.ts', "import { ReceiveMetric } from '../contract';"],
    ['lib/patterns/one/handlers/b.ts', "import { WorkerMetric } from '../../../blocks/contract';"],
    ['lib/patterns/one/b.ts', "import { QueueWorker } from '../../blocks/queue-worker';"],
    ['lib/patterns/one/b.ts', "import { ReceiveMetric } from './contract';"],
    ['lib/blocks/b.ts', "import { Queue } from 'aws-cdk-lib/aws-sqs';"],
    ['lib/review/delivery-review.ts', "import type { IPolicyValidationPlugin } from 'aws-cdk-lib';"],
    ['lib/testing/b.ts', "import { review } from '../review';"],
    ['lib/testing/b.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['lib/operate/b.ts', "import { verify } from '../runtime/signatures';"],
    ['examples/one/b.ts', "import { One } from 'cdk-breakwater';"],
    ['examples/one/b.ts', "import type { Storm } from '../../lib/operate/storm/contract';"],
  ])('%s: %s', (file, source) => {
    expect(findings(file, `${source}\nexport const used = 1;\n`)).toBe('');
  });
});
