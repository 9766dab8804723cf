import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WebhookIngestionExample } from '../../examples/webhook-ingestion/stack';
import { presentTables } from '../../lib/review/cost/presenters/markdown';
import { Prices } from '../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../lib/review/cost/prices/us-east-1';
import { parseProfile } from '../../lib/review/cost/profile-file';
import { costOf, THREE_LOADS } from '../../lib/review/cost/report';
import { readTopology } from '../../lib/topology';

const root = path.resolve(__dirname, '../..');

/** Patterns with the example whose traffic their tables are made for. */
const EXAMPLES: Readonly<Record<string, (scope: Construct) => void>> = {
  'webhook-ingestion': (scope) => new WebhookIngestionExample(scope, 'WebhookIngestion'),
};

function tablesOf(pattern: string): string {
  const app = new App();
  EXAMPLES[pattern]!(app);
  const traffic = path.join(root, 'examples', pattern, 'traffic.json');
  const { report } = costOf(readTopology([app.synth().directory]), {
    profile: parseProfile(traffic, readFileSync(traffic, 'utf8')),
    prices: new Prices(US_EAST_1, false),
    loads: THREE_LOADS,
    crossover: false,
    charges: false,
  });
  return presentTables(report);
}

test.each(Object.keys(EXAMPLES))('the cost tables of %s are those of breakwater cost (UPDATE_COST_TABLES=1 writes them)', (pattern) => {
  const readme = path.join(root, 'lib/patterns', pattern, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const tables = /(<!-- cost -->\n)[\s\S]*?(\n<!-- \/cost -->)/;
  expect(text).toMatch(tables);
  const current = text.replace(tables, (_, begin: string, end: string) => `${begin}\n${tablesOf(pattern)}${end}`);
  if (process.env.UPDATE_COST_TABLES) writeFileSync(readme, current);
  else expect(text).toBe(current);
});
