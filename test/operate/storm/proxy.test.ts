import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, createServer as listen, type Socket } from 'node:net';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { Kill } from '../../../lib/operate/storm/contract';
import { KillList } from '../../../lib/operate/storm/kills';
import { processFinder } from '../../../lib/operate/storm/processes';
import { FaultProxy, operationOf } from '../../../lib/operate/storm/proxy';

const CALLER = path.resolve(__dirname, '../../support/storm/caller.mjs');
const COMMIT = 'dynamodb:TransactWriteItems';

let engine: Server;
let reached: string[];
let status: number;
let proxy: FaultProxy;

beforeEach(async () => {
  reached = [];
  status = 200;
  engine = createServer(async (request, response) => {
    reached.push((await buffer(request)).toString('latin1'));
    response.writeHead(status, { 'x-from': 'engine', connection: 'close' }).end(`${request.headers.host} ${request.url}`);
  }).listen(0, '127.0.0.1');
  await once(engine, 'listening');
  proxy = await FaultProxy.listen();
  forward();
});

afterEach(async () => {
  await proxy.close();
  engine.closeAllConnections();
  engine.close();
});

function forward(engineProcessId = process.pid): void {
  proxy.forwardTo(`http://127.0.0.1:${(engine.address() as AddressInfo).port}`, engineProcessId);
}

function kill(fields: Partial<Kill>): Kill {
  return { name: 'kill', operation: COMMIT, moment: 'before', holding: [], ...fields };
}

/** Runs the caller to its end, and tells how it ended and what it heard. */
async function call(...requests: string[]): Promise<{ readonly signal: string | null; readonly heard: string[] }> {
  const child = spawn(process.execPath, [CALLER, proxy.url, ...requests], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null, string | null]>]);
  return { signal, heard: output.split('\n').filter((line) => line !== '') };
}

test('a process killed before its write leaves none', async () => {
  const kills = proxy.arm([kill({ holding: ['evt_2'] })]);
  expect(await call(`${COMMIT}=evt_1`, `${COMMIT}=evt_2`)).toEqual({ signal: 'SIGKILL', heard: ['answered 1'] });
  expect(reached).toEqual(['evt_1']);
  expect(kills.struck).toEqual({ kill: 1 });
});

test('a process killed after its write has written, and never hears of it', async () => {
  proxy.arm([kill({ moment: 'after', holding: ['evt_2'] })]);
  expect(await call(`${COMMIT}=evt_1`, `${COMMIT}=evt_2`)).toEqual({ signal: 'SIGKILL', heard: ['answered 1'] });
  expect(reached).toEqual(['evt_1', 'evt_2']);
});

test('a write that was refused is no moment to kill after', async () => {
  status = 400;
  const kills = proxy.arm([kill({ moment: 'after' })]);
  expect(await call(`${COMMIT}=evt_1`)).toEqual({ signal: null, heard: ['answered 1'] });
  expect(kills.waiting).toHaveLength(1);
});

test('a process is killed between two writes of its own, not before its first', async () => {
  proxy.arm([kill({ moment: 'between' })]);
  expect(await call(`${COMMIT}=evt_1`)).toEqual({ signal: null, heard: ['answered 1'] });
  expect(await call(`${COMMIT}=evt_2`, 'sqs:SendMessage=evt_2', `${COMMIT}=evt_3`)).toEqual({
    signal: 'SIGKILL',
    heard: ['answered 1', 'answered 2'],
  });
  expect(reached).toEqual(['evt_1', 'evt_2', 'evt_2']);
});

test('of two writes under way at once, one is done and the other never goes on', async () => {
  const kills = proxy.arm([kill({ moment: 'between' })]);
  const { signal, heard } = await call(`${COMMIT}=evt_1&${COMMIT}=evt_2`);
  expect(signal).toBe('SIGKILL');
  expect(heard.length).toBeLessThan(2);
  expect(reached).toHaveLength(1);
  expect(kills.waiting).toEqual([]);
});

test('when the first of two writes under way fails, nobody is killed between them', async () => {
  status = 400;
  const kills = proxy.arm([kill({ moment: 'between' })]);
  expect((await call(`${COMMIT}=evt_1&${COMMIT}=evt_2`)).signal).toBeNull();
  expect(reached).toHaveLength(2);
  expect(kills.waiting).toHaveLength(1);
});

test('a kill strikes once, and only what it names', async () => {
  proxy.arm([kill({ operation: 's3:PutObject', holding: ['evt_1', 'large'] })]);
  expect((await call('s3:PutObject=evt_1', 'sqs:SendMessage=evt_1 large')).signal).toBeNull();
  expect((await call('s3:PutObject=large evt_1')).signal).toBe('SIGKILL');
  expect((await call('s3:PutObject=large evt_1')).signal).toBeNull();
});

test('a kill may be chosen by the key of an object, however the client writes it', async () => {
  proxy.arm([kill({ operation: 's3:PutObject', moment: 'after', inPath: '/reports/date=2026-11-20/' })]);
  expect((await call('s3:PutObject@/bucket/reports/date%3D2026-11-21/a=/reports/date%3D2026-11-20/')).signal).toBeNull();
  expect((await call('s3:PutObject@/bucket/reports/a?x=/reports/date%3D2026-11-20/=body')).signal).toBeNull();
  expect((await call('s3:PutObject@/bucket/reports/date%3D2026-11-20/a=body')).signal).toBe('SIGKILL');
});

test('a process that is no child of the engine is left alone, and its request goes on', async () => {
  forward(1);
  const kills = proxy.arm([kill({}), kill({ moment: 'after' })]);
  expect(await call(`${COMMIT}=evt_1`)).toEqual({ signal: null, heard: ['answered 1'] });
  expect(kills.struck).toEqual({ kill: 0 });
  expect(kills.waiting).toHaveLength(2);
});

test('requests are counted by operation, killed ones too', async () => {
  proxy.arm([kill({ holding: ['evt_2'] })]);
  await call('sqs:SendMessage=a', 's3:PutObject=b', `${COMMIT}=evt_1`, `${COMMIT}=evt_2`);
  expect(Object.fromEntries(proxy.requests)).toEqual({ 'sqs:SendMessage': 1, 's3:PutObject': 1, [COMMIT]: 2 });
});

test('what requests ask for is counted by operation and resource, whether or not it is done', async () => {
  status = 400;
  const items = JSON.stringify({ TransactItems: [{ Put: { TableName: 'Ledger' } }, { Put: { TableName: 'Ledger' } }] });
  await call(`${COMMIT}=${items}`, `${COMMIT}=${items}`, 'sqs:SendMessage={"QueueUrl":"parking"}');
  expect(Object.fromEntries(proxy.units)).toEqual({ [`${COMMIT} Ledger`]: 4, 'sqs:SendMessage parking': 1 });
});

test('bytes, path and host pass unchanged in both directions, and the connection is kept', async () => {
  const body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  const answer = await new Promise<{ status?: number; headers: object; body: string }>((resolve, reject) => {
    httpRequest(`${proxy.url}/a%20b?c=d%2Fe`, { method: 'PUT', headers: { host: 'signed.example:1', expect: '100-continue' } })
      .on('error', reject)
      .on('response', async (response) => resolve({ status: response.statusCode, headers: response.headers, body: await text(response) }))
      .end(body);
  });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-from': 'engine' }, body: 'signed.example:1 /a%20b?c=d%2Fe' });
  expect(answer.headers).not.toMatchObject({ connection: 'close' });
  expect(Buffer.from(reached[0]!, 'latin1')).toEqual(body);
});

test('an engine that can not be reached breaks the connection, so that the SDK tries again', async () => {
  proxy.forwardTo('http://127.0.0.1:1');
  await expect(fetch(proxy.url)).rejects.toThrow('fetch failed');
});

test('an engine that ends in the middle of an answer breaks that connection, and the one that takes its place is found', async () => {
  const dying = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => response.socket?.destroy());
  }).listen(0, '127.0.0.1');
  await once(dying, 'listening');
  proxy.forwardTo(`http://127.0.0.1:${(dying.address() as AddressInfo).port}`);
  await expect(fetch(proxy.url).then((answer) => answer.text())).rejects.toThrow('terminated');
  dying.close();
  forward();
  expect((await fetch(proxy.url)).status).toBe(200);
});

test('the operation is read from the target and the signed scope', () => {
  const signed = (service: string) => `AWS4-HMAC-SHA256 Credential=ASIA1/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host`;
  const operation = (method: string, service: string, target?: string) =>
    operationOf({ method, headers: { authorization: signed(service), ...(target === undefined ? {} : { 'x-amz-target': target }) } });
  expect(operation('POST', 'dynamodb', 'DynamoDB_20120810.GetItem')).toBe('dynamodb:GetItem');
  expect(operation('POST', 'sqs', 'AmazonSQS.SendMessage')).toBe('sqs:SendMessage');
  expect(operation('PUT', 's3')).toBe('s3:PutObject');
  expect(operationOf({ method: 'GET', headers: {} })).toBe('unknown:GetObject');
});

test('a kill waits for the match of its number', () => {
  const kills = new KillList([kill({ occurrence: 3 })]);
  const request = { operation: COMMIT, path: '/', body: Buffer.from('evt') };
  expect([kills.takeBefore(request), kills.takeBefore(request)]).toEqual([undefined, undefined]);
  expect(kills.takeBefore(request)?.name).toBe('kill');
  expect(kills.takeBefore(request)).toBeUndefined();
});

test('kills that are added later wait beside the others, and are counted with them', () => {
  const kills = new KillList([kill({ name: 'first' })]);
  const request = { operation: COMMIT, path: '/', body: Buffer.from('evt') };
  kills.strike(kills.takeBefore(request)!);
  kills.add([kill({ name: 'second' }), kill({ name: 'first' })]);
  expect(kills.struck).toEqual({ first: 1, second: 0 });
  kills.strike(kills.takeBefore(request)!);
  expect(kills.struck).toEqual({ first: 1, second: 1 });
  expect(kills.waiting.map(({ name }) => name)).toEqual(['first']);
});

test('between two writes means within 0.3 seconds of the first', () => {
  const at = (sinceLastSuccess?: number) =>
    new KillList([kill({ moment: 'between' })]).takeBefore({
      operation: COMMIT,
      path: '/',
      body: Buffer.alloc(0),
      ...(sinceLastSuccess === undefined ? {} : { sinceLastSuccess }),
    });
  expect(at(300)?.name).toBe('kill');
  expect(at(301)).toBeUndefined();
  expect(at()).toBeUndefined();
});

test.each(['127.0.0.1', '::ffff:127.0.0.1'])('the process behind a connection is found, whichever way it came: %s', async (host) => {
  const server = listen(() => {}).listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['-e', `require('node:net').connect(${port}, '${host}')`]);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const owner = await processFinder()?.ownerOf(socket.remotePort!, process.pid);
  child.kill();
  socket.destroy();
  server.close();
  expect(owner).toBe(child.pid);
});

test('where the owner of a connection can not be told, there is no finder', () => {
  expect(processFinder('win32')).toBeUndefined();
});

test('a service that fails answers for itself until it is told to end, and others go on', async () => {
  const outage = proxy.fail({
    operation: COMMIT,
    holding: ['evt_2'],
    answer: { status: 503, contentType: 'application/json', body: '{}' },
  });
  await call(`${COMMIT}=evt_1`, `${COMMIT}=evt_2`);
  expect(reached).toEqual(['evt_1']);
  expect(outage.requests).toBe(1);
  outage.end();
  await call(`${COMMIT}=evt_2`);
  expect(reached).toEqual(['evt_1', 'evt_2']);
});

test('what the engine has done is kept for who asked to see it, and nothing that was refused', async () => {
  const seen = proxy.witness([COMMIT]);
  await call(`${COMMIT}=evt_1`, 'sqs:SendMessage=evt_1');
  status = 500;
  await call(`${COMMIT}=evt_2`);
  expect(seen.map(({ operation, body }) => [operation, body])).toEqual([[COMMIT, 'evt_1']]);
});
