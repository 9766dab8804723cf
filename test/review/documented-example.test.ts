import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { WebhookIngestionExample } from '../../examples/webhook-ingestion/stack';
import { flowOf, mermaidOf } from '../../lib/review/diagram';
import { runbookOf } from '../../lib/review/runbook';
import { loadStacks, topologyOf } from '../../lib/topology';

const page = path.resolve(__dirname, '../../docs/diagram-and-runbook.md');

test('the page on diagrams and runbooks shows those of the example as they are (UPDATE_DIAGRAM=1 writes them)', () => {
  const app = new App();
  new WebhookIngestionExample(app, 'WebhookIngestion');
  const stacks = loadStacks([app.synth().directory]);
  const runbook = runbookOf(stacks);
  const shown: Readonly<Record<string, string>> = {
    diagram: ['```mermaid', mermaidOf(flowOf(topologyOf(stacks).graph)).trimEnd(), '```'].join('\n'),
    runbook: ['````markdown', runbook.slice(runbook.indexOf('### Worker/ParkingLot')).trimEnd(), '````'].join('\n'),
  };
  const text = readFileSync(page, 'utf8');
  const current = Object.entries(shown).reduce((whole, [name, content]) => {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    expect(whole).toMatch(place);
    return whole.replace(place, (_, begin: string, end: string) => `${begin}${content}\n${end}`);
  }, text);
  if (process.env.UPDATE_DIAGRAM) writeFileSync(page, current);
  else expect(text).toBe(current);
});
