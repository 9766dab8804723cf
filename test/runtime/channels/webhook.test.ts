import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { webhookAdapter } from '../../../lib/runtime/channels/webhook';
import { systemClock } from '../../../lib/runtime/clock';
import { outgoing, verdictOf } from './messages';

const SECRET = `whsec_${Buffer.from('a key of four and twenty bytes').toString('base64')}`;

/** A receiver that answers as it is told. */
async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: { readonly headers: IncomingMessage['headers']; readonly body: string; readonly method: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      requests.push({ headers: request.headers, body, method: request.method! });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { requests, url: `http://127.0.0.1:${port}/hook`, stop };
}

function adapter(secrets?: readonly string[], timeoutSeconds = 5) {
  return webhookAdapter(
    { kind: 'webhook', timeoutSeconds },
    { fetch, clock: systemClock, ...(secrets && { secrets: async () => secrets }) },
  );
}

async function answering(status: number, headers: Record<string, string> = {}) {
  const { url, requests, stop } = await receiver((_, response) => response.writeHead(status, headers).end('no'));
  try {
    const message = outgoing({ address: url });
    return {
      verdict: await verdictOf(adapter(), message),
      requests,
      error: await adapter()(message).catch((error: unknown) => error as Error),
    };
  } finally {
    stop();
  }
}

describe('a webhook', () => {
  test('is posted as JSON and signed so that the library of Standard Webhooks takes it, by old and new secret', async () => {
    const old = `whsec_${Buffer.from('another key of 24 bytes or more').toString('base64')}`;
    const { url, requests, stop } = await receiver((_, response) => response.writeHead(204).end());
    try {
      await expect(adapter([SECRET, old])(outgoing({ address: url, channel: 'chat' }))).resolves.toBeUndefined();
      const [{ headers, body, method }] = requests as [(typeof requests)[0]];
      expect(method).toBe('POST');
      expect(headers['webhook-id']).toBe(outgoing().idempotencyKey);
      for (const secret of [SECRET, old]) {
        const verified = new Webhook(secret).verify(body, headers as Record<string, string>);
        expect(verified).toMatchObject({
          type: 'notification',
          data: {
            recipient: 'ann',
            channel: 'chat',
            rule: 'order-shipped',
            events: ['e1'],
            variables: { order: 7 },
            content: { text: 'Your order 7 left.' },
          },
        });
      }
      expect(body).not.toContain(url);
    } finally {
      stop();
    }
  });

  test.each<[number, Record<string, string>, string]>([
    [200, {}, 'sent'],
    [202, {}, 'sent'],
    [400, {}, 'refused refused'],
    [404, {}, 'refused refused'],
    [422, {}, 'refused refused'],
    [410, {}, 'refused gone, suppressed'],
    [301, { location: '/elsewhere' }, 'refused redirect'],
    [307, { location: '/elsewhere' }, 'refused redirect'],
    [401, {}, 'not sent'],
    [403, {}, 'not sent'],
    [429, {}, 'not sent'],
    [408, {}, 'unknown'],
    [409, {}, 'unknown'],
    [500, {}, 'unknown'],
    [503, { 'retry-after': '5' }, 'unknown'],
  ])('answered %i %j is: %s', async (status, headers, expected) => {
    const { verdict, requests } = await answering(status, headers);
    expect(verdict).toBe(expected);
    // Nobody followed a redirect.
    expect(requests).toHaveLength(2);
  });

  test.each([
    ['7', 7],
    ['99999', 3600],
    [new Date(Date.now() + 60_000).toUTCString(), 60],
  ])('that is to wait %s comes back then', async (value, seconds) => {
    const { error } = await answering(429, { 'retry-after': value });
    expect((error as Error & { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(seconds - 5);
    expect((error as Error & { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(seconds);
  });

  test('without an answer in time is of unknown outcome, one that never connected is not sent', async () => {
    const { url, stop } = await receiver(() => {});
    await expect(verdictOf(adapter(undefined, 0.2), outgoing({ address: url }))).resolves.toBe('unknown');
    stop();
    await expect(verdictOf(adapter(), outgoing({ address: url }))).resolves.toBe('not sent');
  });

  test.each(['http://example.com/hook', 'ftp://example.com', 'example.com', '/hook'])('to %s goes nowhere', async (address) => {
    await expect(verdictOf(adapter(), outgoing({ address }))).resolves.toBe('refused address');
  });

  test('is not sent without its secret, or with one that is none', async () => {
    const failing = webhookAdapter(
      { kind: 'webhook', timeoutSeconds: 1 },
      { fetch, clock: systemClock, secrets: () => Promise.reject(new Error('no access')) },
    );
    const message = outgoing({ address: 'https://example.com/hook' });
    await expect(verdictOf(failing, message)).resolves.toBe('not sent');
    await expect(verdictOf(adapter(['short']), message)).resolves.toBe('ours, for good');
  });
});
