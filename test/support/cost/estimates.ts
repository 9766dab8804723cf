import { Decimal } from 'decimal.js';
import { type Charge, count, type Estimate, estimate } from '../../../lib/review/cost/estimate';
import { Prices } from '../../../lib/review/cost/price-list';
import { US_EAST_1 } from '../../../lib/review/cost/prices/us-east-1';
import { type Load, Traffic, type TrafficProfile } from '../../../lib/review/cost/traffic';
import { read } from '../topology/read';
import { arn, httpApi, integration, lambda, mapping, queue, type Resources, ref, role, table } from '../topology/resources';

export const PRICES = new Prices(US_EAST_1, false);

/** HTTP API -> queue's writer -> queue -> worker -> table, as somebody would write it first. */
export const CHAIN: Resources = {
  Api: httpApi({ ProtocolType: 'HTTP' }),
  Integration: integration({ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Receive') }),
  Receive: lambda({ Role: arn('ReceiveRole'), MemorySize: 512 }),
  ReceiveRole: role([['sqs:SendMessage'], arn('Queue')]),
  Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 5 } }),
  Dead: queue(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Work'), BatchSize: 10 }),
  Work: lambda({ Role: arn('WorkRole'), MemorySize: 1024, Architectures: ['arm64'] }),
  WorkRole: role([['dynamodb:PutItem'], arn('Table')]),
  Table: table({ BillingMode: 'PAY_PER_REQUEST' }),
};

export function estimateOf(resources: Resources, load: Load = {}, profile: Partial<TrafficProfile> = {}): Estimate {
  return estimate(read(resources), new Traffic({ version: 1, ...profile }, load), PRICES);
}

/** Units of one line of the price list that a resource uses. */
export function amountOf(
  resources: Resources,
  logicalId: string,
  item: string,
  load: Load = {},
  profile: Partial<TrafficProfile> = {},
): number {
  const { quantities } = count(read(resources), new Traffic({ version: 1, ...profile }, load));
  return quantities.filter((one) => one.resource.logicalId === logicalId && one.item === item).reduce((sum, one) => sum + one.amount, 0);
}

export function costOfItem(charges: readonly Charge[], item: string): string {
  return charges
    .filter((charge) => charge.item === item)
    .reduce((sum, charge) => sum.plus(charge.cost), new Decimal(0))
    .toFixed();
}
