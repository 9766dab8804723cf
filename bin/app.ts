import { App } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ParkingDeskExample } from '../examples/parking-desk/stack';
import { WebhookIngestionExample } from '../examples/webhook-ingestion/stack';

const EXAMPLES: Readonly<Record<string, (scope: Construct) => void>> = {
  'parking-desk': (scope) => new ParkingDeskExample(scope, 'ParkingDesk'),
  'webhook-ingestion': (scope) => new WebhookIngestionExample(scope, 'WebhookIngestion'),
};

const app = new App();
const chosen: unknown = app.node.tryGetContext('example');
for (const [name, make] of Object.entries(EXAMPLES)) {
  if (chosen === undefined || chosen === name) make(app);
}
if (chosen !== undefined && !(typeof chosen === 'string' && Object.hasOwn(EXAMPLES, chosen))) {
  throw new Error(`context example: must be one of ${Object.keys(EXAMPLES).join(', ')}, given ${JSON.stringify(chosen)}`);
}
