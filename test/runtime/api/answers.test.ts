import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { keep, problem, send } from '../../../lib/runtime/api/answers';
import { payloadHashOf, readRequest } from '../../../lib/runtime/api/request';

test.each([
  ['JSON', { statusCode: 201, body: { id: 1 } }, { 'content-type': 'application/json' }, '{"id":1}'],
  ['null', { statusCode: 200, body: null }, { 'content-type': 'application/json' }, 'null'],
  [
    'JSON of its own type',
    { statusCode: 200, headers: { 'Content-Type': 'application/hal+json' }, body: [] },
    { 'Content-Type': 'application/hal+json' },
    '[]',
  ],
  ['a text', { statusCode: 200, headers: { a: 'b' }, body: 'hello' }, { a: 'b' }, 'hello'],
  ['an empty text', { statusCode: 200, body: '' }, {}, ''],
  ['nothing', { statusCode: 204 }, {}, ''],
])('an answer that is %s is kept as it is sent', (_name, answer, headers, body) => {
  const kept = keep(answer);
  expect(kept).toEqual({ statusCode: answer.statusCode, headers, body });
  expect(send(kept)).toEqual(kept);
});

test('a kept answer may be sent with more headers', () => {
  expect(send({ statusCode: 200, headers: { a: 'b' }, body: '' }, { 'idempotent-replayed': 'true' }).headers).toEqual({
    a: 'b',
    'idempotent-replayed': 'true',
  });
});

test('a problem is one of RFC 9457', () => {
  expect(problem(409, 'title', 'detail', { 'retry-after': '1' })).toEqual({
    statusCode: 409,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
    body: '{"status":409,"title":"title","detail":"detail"}',
  });
  expect(problem(400, 'title', 'detail').headers).toEqual({ 'content-type': 'application/problem+json' });
});

function event(parts: Partial<APIGatewayProxyEventV2> = {}, method = 'POST') {
  return { rawPath: '/orders', rawQueryString: '', headers: {}, requestContext: { http: { method } }, ...parts } as APIGatewayProxyEventV2;
}

test('a request is read with its bytes, and its headers in lower case', () => {
  const request = readRequest(
    event({
      headers: { 'Idempotency-Key': 'k', 'content-TYPE': 'text/plain' },
      pathParameters: { id: '7' },
      queryStringParameters: { page: '2' },
      body: Buffer.from('käse').toString('base64'),
      isBase64Encoded: true,
    }),
  );
  expect(request).toEqual({
    method: 'POST',
    path: '/orders',
    pathParameters: { id: '7' },
    query: { page: '2' },
    headers: { 'idempotency-key': 'k', 'content-type': 'text/plain' },
    body: Buffer.from('käse'),
  });
  expect(readRequest(event({ body: 'käse' })).body).toEqual(Buffer.from('käse'));
  expect(readRequest(event())).toMatchObject({ pathParameters: {}, query: {}, body: Buffer.alloc(0) });
});

test('requests are the same when method, path, query and body are', () => {
  const hash = (parts: Partial<APIGatewayProxyEventV2> = {}, query = 'a=1', method = 'POST') =>
    payloadHashOf(readRequest(event(parts, method)), query);
  const same = hash({ body: 'x' });
  expect(same).toMatch(/^[0-9a-f]{64}$/);
  expect(hash({ body: Buffer.from('x').toString('base64'), isBase64Encoded: true, headers: { other: 'header' } })).toBe(same);
  const others = [
    hash({ body: 'y' }),
    hash({ body: 'x', rawPath: '/' }),
    hash({ body: 'x' }, 'a=2'),
    hash({ body: 'x' }, 'a=1', 'PUT'),
    hash(),
  ];
  expect(new Set([same, ...others]).size).toBe(6);
});
