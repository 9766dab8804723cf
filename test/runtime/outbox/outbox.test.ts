import { type EventContract, InvalidOperationError } from '../../../lib/runtime';
import { outboxPut, readOutboxEntry } from '../../../lib/runtime/outbox/outbox';
import type { StandardIssue } from '../../../lib/runtime/standard-schema';

const CONTRACT = { name: 'payment.recorded', version: 1, source: 'acme.payments' };
const OUTBOX = { tableName: 't', retentionSeconds: 100, causedBy: 'stripe#evt_1', correlationId: 'c-1', nowMilliseconds: 1_500 };
const put = (contract: Partial<EventContract<unknown>>, event: unknown = 1) => outboxPut({ ...CONTRACT, ...contract }, event, 0, OUTBOX);

test.each<[string, Partial<EventContract<unknown>>]>([
  ['a name of one character', { name: 'x' }],
  ['a name of 128 characters', { name: 'x'.repeat(128) }],
  ['a source of one character', { source: 'x' }],
  ['a source of 128 characters', { source: 'x'.repeat(128) }],
  ['a source that only begins like one of AWS', { source: 'aws' }],
])('a contract may have %s', (_name, contract) => {
  expect(put(contract).Item).toHaveProperty('outbox');
});

test.each<[string, Partial<EventContract<unknown>>, string]>([
  ['an empty name', { name: '' }, 'name of the contract has 0 characters, allowed are 1 to 128'],
  ['a long name', { name: 'x'.repeat(129) }, 'name of the contract has 129 characters, allowed are 1 to 128'],
  ['a long source', { source: 'x'.repeat(129) }, 'source of the contract has 129 characters, allowed are 1 to 128'],
  ['version 0', { version: 0 }, 'version of the contract is 0, allowed is a whole number from 1'],
  ['a source of AWS', { source: 'aws.x' }, 'source of the contract is aws.x: EventBridge keeps names that begin with aws. for itself'],
])('a contract may not have %s', (_name, contract, message) => {
  expect(() => put(contract)).toThrow(new Error(message));
  expect(() => put(contract)).not.toThrow(InvalidOperationError);
});

test.each<[string, StandardIssue[], string]>([
  ['a field', [{ message: 'no', path: ['lines', 0, { key: 'amount' }] }], 'lines.0.amount: no'],
  ['the event', [{ message: 'no' }], 'the event itself: no'],
  ['the event, by an empty path', [{ message: 'no', path: [] }], 'the event itself: no'],
  ['nothing', [], 'the event itself: undefined'],
])('what a schema refuses is named: %s', (_name, issues, text) => {
  const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues }) } };
  expect(() => put({ schema })).toThrow(new Error(`the event is refused by the schema of payment.recorded: ${text}`));
});

test('an entry is read from its image, whatever of it is there', () => {
  const image = put({}, { amount: 5 }).Item as Parameters<typeof readOutboxEntry>[0];
  expect(readOutboxEntry(image)).toMatchObject({ source: 'acme.payments', occurredAt: '1970-01-01T00:00:01.500Z' });
  expect(readOutboxEntry({ outbox: { M: { source: { S: 'acme' } } } })).toEqual({
    ...{ eventId: '', source: 'acme', detailType: '', detail: '', occurredAt: '', correlationId: '', causedBy: '' },
  });
  expect(readOutboxEntry({ outbox: { S: 'text' } })).toBeUndefined();
  expect(readOutboxEntry({})).toBeUndefined();
  expect(readOutboxEntry(undefined)).toBeUndefined();
});
