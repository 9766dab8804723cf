import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type OrderShippedV2, orderShippedV2 } from '../../../docs/snippets/src/contracts';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import { parseContract } from '../../../lib/event-contracts/contract-file';
import { validatorModule } from '../../../lib/event-contracts/validator-module';
import { contractSchema, detailSchema, type EmittedDetail, type EventContract } from '../../../lib/runtime';
import { outboxPut } from '../../../lib/runtime/outbox/outbox';
import { bench, sqsRecord } from '../worker/worker-bench';

const file = path.resolve(__dirname, '../../../docs/snippets/contracts/order.shipped/2.json');
const loaded = { exports: {} as Record<string, Parameters<typeof contractSchema>[0]> };
new Function('module', validatorModule([parseContract(file, readFileSync(file, 'utf8'))]))(loaded);
const contract: EventContract<OrderShippedV2> = { ...orderShippedV2, schema: contractSchema(loaded.exports['order.shipped@2']!) };

const shipped: OrderShippedV2 = { order: 'o-1', parcels: [{ tracking: '1Z-1' }] };
const outbox = { tableName: 't', retentionSeconds: 1, causedBy: 'orders#1', correlationId: 'c-1', nowMilliseconds: 0 };
const metadata = {
  eventId: 'e-1',
  contract: 'order.shipped',
  version: 2,
  correlationId: 'c-1',
  causedBy: 'orders#1',
  occurredAt: '2026-11-21T00:00:00Z',
};

test('what is emitted is checked by the validator of its contract', () => {
  expect(() => outboxPut(contract, shipped, 0, outbox)).not.toThrow();
  const broken = { order: 'o-1', parcels: [{}] } as unknown as OrderShippedV2;
  expect(() => outboxPut(contract, broken, 0, outbox)).toThrow('refused by the schema of order.shipped: parcels.0.tracking: is missing');
});

describe('a worker behind a rule of the contract', () => {
  async function receive(detail: object) {
    const seen: EmittedDetail<OrderShippedV2>[] = [];
    const worker = bench<EmittedDetail<OrderShippedV2>>({
      schema: detailSchema(contract),
      idempotencyKey: (event) => event.metadata.eventId,
      handle: (event) => void seen.push(event),
    });
    await worker.run([sqsRecord({ body: JSON.stringify(detail) })]);
    const [parked] = worker.sqs.named('SendMessage');
    const attributes = (parked?.MessageAttributes ?? {}) as Record<string, { StringValue?: string }>;
    return {
      seen,
      name: attributes[ParkedAttribute.ERROR_NAME]?.StringValue,
      message: attributes[ParkedAttribute.ERROR_MESSAGE]?.StringValue,
    };
  }

  test('gets an event that is as its contract has it', async () => {
    expect(await receive({ metadata, data: shipped })).toMatchObject({ seen: [{ data: shipped }], name: undefined });
  });

  test.each([
    [{ metadata, data: { ...shipped, parcels: [{ tracking: '1Z-1' }, { tracking: 7 }] } }, 'data.parcels.1.tracking: must be string'],
    [{ metadata, data: { parcels: shipped.parcels } }, 'data.order: is missing'],
    [{ metadata }, 'data: must be object'],
    [{ metadata: { ...metadata, contract: 'order.lost' }, data: shipped }, 'metadata.contract: must be order.shipped'],
    [{ metadata: { ...metadata, eventId: 1 }, data: shipped }, 'metadata.eventId: must be a text'],
    [shipped, 'metadata.contract: must be order.shipped'],
  ])('parks one that breaks it, with the path of the field and without a run: %j', async (detail, message) => {
    expect(await receive(detail)).toEqual({ seen: [], name: 'SchemaError', message: expect.stringContaining(message) });
  });
});
