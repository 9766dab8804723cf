import { unitsOf } from '../../../lib/operate/storm/units';

const units = (operation: string, request: object, path = '/') => unitsOf(operation, path, Buffer.from(JSON.stringify(request)));
const put = (TableName: string) => ({ Put: { TableName, Item: {} } });

test('a transaction asks for each of its items, by table', () => {
  const items = [put('Records'), put('Ledger'), { Update: { TableName: 'Ledger' } }, { ConditionCheck: { TableName: 'Records' } }];
  expect(units('dynamodb:TransactWriteItems', { TransactItems: items })).toEqual([
    { resource: 'Records', units: 2 },
    { resource: 'Ledger', units: 2 },
  ]);
});

test('a batch of writes asks for each of its items, by table', () => {
  expect(units('dynamodb:BatchWriteItem', { RequestItems: { A: [{}, {}, {}], B: [{}] } })).toEqual([
    { resource: 'A', units: 3 },
    { resource: 'B', units: 1 },
  ]);
});

test.each([
  ['dynamodb:PutItem', { TableName: 'Ledger' }, { resource: 'Ledger', units: 1 }],
  ['sqs:SendMessage', { QueueUrl: 'https://queue', MessageBody: '[1,2]' }, { resource: 'https://queue', units: 1 }],
  ['sqs:SendMessageBatch', { QueueUrl: 'https://queue', Entries: [{}, {}, {}] }, { resource: 'https://queue', units: 3 }],
  ['secretsmanager:GetSecretValue', { SecretId: 'arn:secret' }, { resource: 'arn:secret', units: 1 }],
])('%s', (operation, request, expected) => {
  expect(units(operation, request)).toEqual([expected]);
});

test.each([
  ['/claims/2026/key?x-id=PutObject', 'claims'],
  ['/claims?list-type=2', 'claims'],
])('an object at %s is one of its bucket', (path, resource) => {
  expect(unitsOf('s3:PutObject', path, Buffer.from('{"TableName":"no table"}'))).toEqual([{ resource, units: 1 }]);
});

test.each(['', 'Action=SendMessage', '[]', 'null', '{}'])(
  'a request that names no resource asks for nothing that could be counted: %j',
  (body) => {
    expect(unitsOf('sqs:ListQueues', '/', Buffer.from(body))).toEqual([]);
  },
);
