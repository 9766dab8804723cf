import { readdirSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What the stack file of an example exports. */
interface Example {
  addTo(app: Construct): unknown;
}

const folder = path.resolve(__dirname, '../examples');
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const app = new App();
const chosen: unknown = app.node.tryGetContext('example');
if (chosen !== undefined && !(typeof chosen === 'string' && examples.includes(chosen)))
  throw new Error(`context example: must be one of ${examples.join(', ')}, given ${JSON.stringify(chosen)}`);
for (const name of examples) {
  if (chosen === undefined || chosen === name) (require(path.join(folder, name, 'stack')) as Example).addTo(app);
}
