import path from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Alarms, EventContract, QueueWorker } from '../../lib';
import { OUTBOX_ATTRIBUTE } from '../../lib/blocks/contract';
import { outboxPut } from '../../lib/runtime/outbox/outbox';
import { nagFindings } from '../support/cdk/nag';
import { inlineWorker, shop } from '../support/cdk/stacks';
import { contractFolder, orderShipped } from '../support/event-contracts/contract-files';
import { reviewOf } from '../support/topology/read';

const shipped = { name: 'order.shipped', version: 1, source: 'acme.orders', schema: {} };
const owner = 'team-orders@acme.example';

test('a contract is read from its file', () => {
  const file = path.join(contractFolder(orderShipped({ version: 2, owner })), 'order.shipped/2.json');
  expect(EventContract.fromFile(file)).toMatchObject({ name: 'order.shipped', version: 2, source: 'acme.orders', owner });
});

test('a version that breaks consumers of one beside it fails the synth with the field, unless it says from when on it serves them', () => {
  const second = orderShipped({ version: 2, schema: { type: 'object', properties: { order: { type: 'string' } } } });
  const file = path.join(contractFolder(orderShipped(), second), 'order.shipped/2.json');
  expect(() => EventContract.fromFile(file)).toThrow(
    `${file}: order.shipped version 2 breaks consumers of version 1:\n  /order: was required, is optional\n  /parcels: was integer, is of any type`,
  );
  const folder = contractFolder(orderShipped(), { ...second, compatibleFrom: 2 });
  expect(EventContract.fromFile(path.join(folder, 'order.shipped/2.json'))).toMatchObject({ version: 2 });
});

test('a contract stands in code as well, with the same rules', () => {
  expect(EventContract.of({ ...shipped, owner })).toMatchObject({ name: 'order.shipped', version: 1, owner });
  expect(() => EventContract.of({ ...shipped, schema: { type: 'string' }, examples: [1] })).toThrow(
    'EventContract.of order.shipped: /examples/0: must be string, given 1',
  );
});

describe('a rule to a worker', () => {
  const stack = shop();
  const eventBus = new EventBus(stack, 'Bus');
  const worker = new QueueWorker(stack, 'Receipts', { worker: inlineWorker(), alarms: Alarms.none() });
  const contract = EventContract.of({ ...shipped, version: 2 });
  contract.addRule(stack, 'Shipped', { eventBus, worker });
  const template = Template.fromStack(stack);

  test('takes what transaction.emit publishes of this version, and hands over the detail alone', () => {
    const outbox = { tableName: 't', retentionSeconds: 1, causedBy: 'a#1', correlationId: 'c', nowMilliseconds: 0 };
    const emitted = outboxPut(contract, { order: 'o-1' }, 0, outbox).Item![OUTBOX_ATTRIBUTE]!.M!;
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: [emitted.source!.S],
        'detail-type': [emitted.detailType!.S],
        detail: { metadata: { version: [JSON.parse(emitted.detail!.S!).metadata.version] } },
      },
      Targets: [Match.objectLike({ InputPath: '$.detail' })],
    });
  });

  test('parks what can not be handed over in the time of the budget', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ParkingLot'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  test('is clean for nag, and review finds no target that loses', () => {
    expect(nagFindings(stack).filter((finding) => finding.includes('Shipped'))).toEqual([]);
    expect(reviewOf(template.toJSON().Resources).report.findings.map(({ rule }) => rule)).not.toContain('loss-rule-target');
  });
});

test('a contract enters a registry under its source and name', () => {
  const stack = shop();
  EventContract.of({ ...shipped, version: 3, owner }).register(stack, 'Entry', 'acme');
  Template.fromStack(stack).hasResourceProperties('AWS::EventSchemas::Schema', {
    RegistryName: 'acme',
    SchemaName: 'acme.orders@order.shipped',
    Type: 'JSONSchemaDraft4',
    Description: `Version 3, of ${owner}`,
    Content: Match.serializedJson(Match.objectLike({ title: 'order.shipped', type: 'object' })),
  });
});
