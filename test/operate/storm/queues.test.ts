import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { StormQueues } from '../../../lib/operate/storm/queues';

const QUEUE = 'http://queue.example/1';

let server: Server;
let queues: StormQueues;
/** What the service answers, by operation. */
let answers: Record<string, (input: Record<string, unknown>) => object>;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const input = (await json(request)) as Record<string, unknown>;
    asked.push(operation);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answers[operation]!(input)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  queues = new StormQueues({
    outputs: {},
    clientConfig: { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } },
  });
});

afterEach(() => {
  queues.close();
  server.closeAllConnections();
  server.close();
});

function depths(...values: readonly (readonly [visible: number, inWork: number])[]) {
  const left = [...values];
  return () => {
    const [visible, inWork] = left.length > 1 ? left.shift()! : left[0]!;
    return {
      Attributes: {
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inWork),
        ApproximateNumberOfMessagesDelayed: '0',
      },
    };
  };
}

test('a queue is quiet only when nothing waits and nothing is in work, for a while', async () => {
  answers = { GetQueueAttributes: depths([2, 1], [0, 1], [0, 0], [1, 0], [0, 0]) };
  expect(await queues.waitForQuiet([QUEUE], 5_000)).toBe(0);
  expect(asked).toHaveLength(7);
});

test('a queue that gets no emptier is given up, with what is left', async () => {
  answers = { GetQueueAttributes: depths([4, 1], [2, 1]) };
  expect(await queues.waitForQuiet([QUEUE], 300)).toBe(3);
});

test('a parking lot is read whole and left visible', async () => {
  const message = (id: string, body: string, attributes: object = {}) => ({
    MessageId: id,
    ReceiptHandle: `handle of ${id}`,
    Body: body,
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    MessageAttributes: attributes,
  });
  const batches = [[message('a', 'A', { BreakwaterReason: { DataType: 'String', StringValue: 'permanent' } })], [message('b', 'B')]];
  const returned: unknown[] = [];
  answers = {
    GetQueueAttributes: depths([1, 1]),
    ReceiveMessage: () => ({ Messages: batches.shift() ?? [] }),
    ChangeMessageVisibilityBatch: ({ Entries }) => {
      returned.push(...(Entries as object[]));
      return { Successful: [], Failed: [] };
    },
  };
  expect(await queues.readParkingLot(QUEUE)).toEqual([
    { messageId: 'a', body: 'A', reason: 'permanent' },
    { messageId: 'b', body: 'B', reason: 'moved by the queue' },
  ]);
  expect(returned).toMatchObject([
    { ReceiptHandle: 'handle of a', VisibilityTimeout: 0 },
    { ReceiptHandle: 'handle of b', VisibilityTimeout: 0 },
  ]);
  expect(asked).not.toContain('DeleteMessage');
});

test('a parking lot that can not be read whole is no evidence', async () => {
  answers = { GetQueueAttributes: depths([2, 0]), ReceiveMessage: () => ({ Messages: [] }) };
  await expect(queues.readParkingLot(QUEUE)).rejects.toThrow('holds 2 messages, but only 0 of them could be read');
});
