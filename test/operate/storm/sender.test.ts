import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Delivery } from '../../../lib/operate/storm/contract';
import { sendAll } from '../../../lib/operate/storm/sender';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

beforeEach(async () => {
  server = createServer(async (request, response) => answer(request, response, await buffer(request))).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function url(base = ''): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
}

function delivery(eventId: string, fields: Partial<ReturnType<Delivery['request']>> = {}): Delivery {
  return { eventId, request: () => ({ method: 'POST', path: `/${eventId}`, headers: [], body: Buffer.from(eventId), ...fields }) };
}

test('what is sent arrives byte for byte, repeated headers and path below the base included', async () => {
  const seen: { url?: string; headers: string[]; body: Buffer }[] = [];
  answer = (request, response, body) => {
    seen.push({ url: request.url, headers: request.rawHeaders, body });
    response.writeHead(202).end();
  };
  const body = Buffer.from([0, 255, 10, 13]);
  const headers = [
    ['X-Signature', 'one'],
    ['X-Signature', 'two'],
  ] as const;
  const attempts = await sendAll([[delivery('a', { path: '/stripe', headers, body })]], { url: url('/api/$default'), concurrency: 1 });
  expect(attempts.map(({ eventId, status }) => [eventId, status])).toEqual([['a', 202]]);
  expect(seen[0]?.url).toBe('/api/$default/stripe');
  expect(seen[0]?.body).toEqual(body);
  expect(seen[0]?.headers.join(' ')).toContain('X-Signature one X-Signature two content-length 4');
});

test('a 5xx, a 429 and a broken connection are tried again with a fresh signature, a 4xx is not', async () => {
  const failures: Record<string, number> = { b: 502, c: 429, d: 0 };
  answer = (request, response) => {
    const name = request.url!.slice(1);
    const failure = failures[name];
    delete failures[name];
    if (failure === 0) request.socket.destroy();
    else response.writeHead(failure ?? (name === 'a' ? 401 : 200)).end();
  };
  let signed = 0;
  const counted = (name: string): Delivery => ({
    eventId: name,
    request: (now) => {
      signed += 1;
      return delivery(name).request(now);
    },
  });
  const attempts = await sendAll([[counted('a')], [counted('b')], [counted('c')], [counted('d')]], { url: url(), concurrency: 1 });
  expect(attempts.map(({ eventId, status }) => [eventId, status])).toEqual([
    ['a', 401],
    ['b', 502],
    ['b', 200],
    ['c', 429],
    ['c', 200],
    ['d', undefined],
    ['d', 200],
  ]);
  expect(signed).toBe(7);
});

test('a sender gives up when its patience is spent', async () => {
  answer = (_, response) => void response.writeHead(503).end();
  const attempts = await sendAll([[delivery('a')]], { url: url(), concurrency: 1, patienceMilliseconds: 200 });
  expect(attempts.map(({ status }) => status)).toEqual([503, 503, 503]);
});

test('a sender that is not answered in time sends again', async () => {
  let seen = 0;
  answer = (_, response) => {
    seen += 1;
    if (seen > 1) response.writeHead(202).end();
  };
  const attempts = await sendAll([[delivery('a')]], { url: url(), concurrency: 1, answerTimeoutMilliseconds: 50 });
  expect(attempts.map(({ status }) => status)).toEqual([undefined, 202]);
});

test('each burst is told when it is taken', async () => {
  answer = (_, response) => void response.writeHead(202).end();
  const taken: number[] = [];
  await sendAll([[delivery('a')], [delivery('b'), delivery('c')], [delivery('d')]], {
    url: url(),
    concurrency: 2,
    onBurst: (count) => taken.push(count),
  });
  expect(taken).toEqual([1, 2, 3]);
});

test('when nothing but failures comes back, sending ends early; one answer among them keeps it going', async () => {
  let answered = 0;
  let accepts = 0;
  answer = (_, response) => {
    answered += 1;
    response.writeHead(answered <= accepts ? 202 : 503).end();
  };
  const bursts = Array.from({ length: 20 }, (_, index) => [delivery(`e${index}`)]);
  expect(await sendAll(bursts, { url: url(), concurrency: 1, patienceMilliseconds: 0 })).toHaveLength(10);
  answered = 0;
  accepts = 1;
  expect(await sendAll(bursts, { url: url(), concurrency: 1, patienceMilliseconds: 0 })).toHaveLength(20);
});

test('the deliveries of a burst are under way at the same time, each over a connection of its own', async () => {
  const waiting: ServerResponse[] = [];
  const ports = new Set<number | undefined>();
  answer = (request, response) => {
    ports.add(request.socket.remotePort);
    waiting.push(response);
    // None is answered before all three are here: sent one after another, this would never end.
    if (waiting.length === 3) for (const each of waiting) each.writeHead(202).end();
  };
  await sendAll([[delivery('a'), delivery('a'), delivery('a')]], { url: url(), concurrency: 1 });
  expect(ports.size).toBe(3);
});

test('as many senders are at work as asked for, never more, and connections are kept', async () => {
  const waiting: ServerResponse[] = [];
  let most = 0;
  const ports = new Set<number | undefined>();
  const answerAll = (): void => {
    for (const each of waiting.splice(0)) each.writeHead(202).end();
  };
  answer = (request, response) => {
    ports.add(request.socket.remotePort);
    waiting.push(response);
    most = Math.max(most, waiting.length);
    // Fewer senders would never fill the four places; a fifth would come while the four wait.
    if (waiting.length === 4) setTimeout(answerAll, 20);
  };
  const bursts = Array.from({ length: 40 }, (_, index) => [delivery(`e${index}`)]);
  expect(await sendAll(bursts, { url: url(), concurrency: 4 })).toHaveLength(40);
  expect(most).toBe(4);
  expect(ports.size).toBe(4);
});

test('an interruption ends the sending', async () => {
  const interruption = new AbortController();
  answer = (_, response) => {
    interruption.abort(new Error('stopped'));
    response.writeHead(202).end();
  };
  const bursts = [[delivery('a')], [delivery('b')]];
  await expect(sendAll(bursts, { url: url(), concurrency: 1, signal: interruption.signal })).rejects.toThrow('stopped');
});
