import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { WebhookIngestionExample } from '../../examples/webhook-ingestion/stack';
import { NotificationRules, ReconciliationSource } from '../../lib';
import { presentTables } from '../../lib/review/cost/presenters/markdown';
import { Prices } from '../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../lib/review/cost/prices/us-east-1';
import { parseProfile } from '../../lib/review/cost/profile-file';
import { costOfEach, THREE_LOADS } from '../../lib/review/cost/report';
import { readTopology } from '../../lib/topology';
import { fanout, fourChannels, notificationsFile, post, RULES, TEMPLATES } from '../support/cdk/fanouts';
import { bank, nightly } from '../support/cdk/nights';

const root = path.resolve(__dirname, '../..');

interface Tables {
  readonly document: string;
  readonly stack: () => Stack;
  /** Below the example of the pattern. */
  readonly profiles: readonly string[];
  /** None where the profiles say it. */
  readonly loads: readonly number[];
}

/** Patterns with the traffic that their tables are made for. */
const PATTERNS: Readonly<Record<string, Tables>> = {
  'webhook-ingestion': {
    document: 'lib/patterns/webhook-ingestion/README.md',
    stack: () => new WebhookIngestionExample(new App(), 'WebhookIngestion'),
    profiles: ['traffic.json'],
    loads: THREE_LOADS,
  },
  'nightly-reconciliation': {
    document: 'lib/patterns/nightly-reconciliation/README.md',
    stack: filesEachNight,
    profiles: ['1-million', '10-million', '100-million'].map((rows) => `traffic/${rows}.json`),
    loads: [],
  },
  'notification-fanout': {
    document: 'lib/patterns/notification-fanout/README.md',
    stack: twoChannels,
    profiles: ['traffic.json'],
    loads: THREE_LOADS,
  },
};

/** Each event tells one recipient by e-mail and by push notification. */
function twoChannels(): Stack {
  const stack = post({ stackName: 'NotificationFanout' }, 'NotificationFanout');
  const { email, push } = fourChannels(stack);
  const rules = { ...RULES, rules: RULES.rules.map((rule) => ({ ...rule, channels: ['email', 'push'] })) };
  const templates = Object.fromEntries(Object.entries(TEMPLATES).filter(([name]) => /email|push/.test(name)));
  fanout(stack, {
    channels: { email: email!, push: push! },
    rules: NotificationRules.fromFile(notificationsFile(rules, templates)),
    // A relay would publish to the bus from which events come: an estimate takes such a loop once, and would leave most writes out.
    publishDeliveries: false,
    eventBus: new EventBus(stack, 'Bus'),
  });
  return stack;
}

function filesEachNight(): Stack {
  const stack = bank({ stackName: 'NightlyReconciliation' }, 'NightlyReconciliation');
  const files = Bucket.fromBucketName(stack, 'Files', 'files');
  nightly(stack, {
    left: ReconciliationSource.s3(files, { prefix: 'ledger/{date}/' }),
    right: ReconciliationSource.s3(files, { prefix: 'bank/{date}/' }),
  });
  return stack;
}

function tablesOf(pattern: string): string {
  const { stack, profiles, loads } = PATTERNS[pattern]!;
  const files = profiles.map((file) => path.join(root, 'examples', pattern, file));
  const { report } = costOfEach(
    readTopology([(stack().node.root as App).synth().directory]),
    files.map((file) => parseProfile(file, readFileSync(file, 'utf8'))),
    { prices: new Prices(US_EAST_1, false), loads, crossover: false, charges: false },
  );
  return presentTables(report);
}

test.each(Object.keys(PATTERNS))('the cost tables of %s are those of breakwater cost (UPDATE_COST_TABLES=1 writes them)', (pattern) => {
  const readme = path.join(root, PATTERNS[pattern]!.document);
  const text = readFileSync(readme, 'utf8');
  const tables = /(<!-- cost -->\n)[\s\S]*?(\n<!-- \/cost -->)/;
  expect(text).toMatch(tables);
  const current = text.replace(tables, (_, begin: string, end: string) => `${begin}\n${tablesOf(pattern)}${end}`);
  if (process.env.UPDATE_COST_TABLES) writeFileSync(readme, current);
  else expect(text).toBe(current);
});
