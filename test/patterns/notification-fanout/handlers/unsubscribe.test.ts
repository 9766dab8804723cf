import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import fc from 'fast-check';
import { createUnsubscribe } from '../../../../lib/patterns/notification-fanout/handlers/unsubscribe';
import { readUnsubscribeToken, type Unsubscription, unsubscribeToken } from '../../../../lib/runtime/channels/unsubscribe-token';
import { createSecretReader } from '../../../../lib/runtime/secret-reader';
import { recordedTelemetry } from '../../../runtime/worker/worker-bench';
import { describeWithChromium } from '../../../support/browser/browser';

const WISH: Unsubscription = { recipient: 'ann <1>', channel: 'email', category: 'news & "offers"' };

function makeHandler() {
  const wishes: Unsubscription[] = [];
  const secret = { current: 'secret one', previous: undefined as string | undefined, failing: false };
  const state = { failing: false, now: 0 };
  const telemetry = recordedTelemetry();
  const handler = createUnsubscribe({
    secretArn: 'arn:secret',
    secrets: createSecretReader({
      now: () => state.now,
      getSecretValue: async ({ VersionStage }) => {
        if (secret.failing) throw new Error('no access');
        const SecretString = VersionStage === 'AWSCURRENT' ? secret.current : secret.previous;
        if (SecretString === undefined) throw Object.assign(new Error(), { name: 'ResourceNotFoundException' });
        return { SecretString };
      },
    }),
    unsubscribe: async (wish) => {
      if (state.failing) throw new Error('no table');
      wishes.push(wish);
      return true;
    },
    telemetry,
  });
  const ask = (method: string, token: string | undefined, body?: string) =>
    handler(
      {
        requestContext: { http: { method } },
        ...(token !== undefined && { queryStringParameters: { token } }),
        ...(body !== undefined && { body }),
      } as unknown as APIGatewayProxyEventV2,
      {} as Context,
    );
  return { ask, wishes, secret, state, telemetry, handler };
}

const token = (secret = 'secret one') => unsubscribeToken(WISH, secret);

describe('a link to unsubscribe', () => {
  test.each(['GET', 'HEAD'])('only asks when it is opened, however often: %s', async (method) => {
    const { ask, wishes } = makeHandler();
    for (let times = 0; times < 3; times++) expect((await ask(method, token())).statusCode).toBe(200);
    expect(wishes).toEqual([]);
  });

  test.each(['List-Unsubscribe=One-Click', '', undefined])('acts when it is posted to, as a mail program does: %p', async (body) => {
    const { ask, wishes } = makeHandler();
    const answer = await ask('POST', token(), body);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('You are unsubscribed');
    expect(wishes).toEqual([WISH]);
  });

  test.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['nonsense', 'v1.abc.def'],
    ['one of another secret', unsubscribeToken(WISH, 'secret two')],
    ['one of an empty secret', unsubscribeToken(WISH, '')],
    ['one with more behind it', `${unsubscribeToken(WISH, 'secret one')}.x`],
    ['one of another version', unsubscribeToken(WISH, 'secret one').replace('v1', 'v2')],
  ])('does nothing with a token that is none: %s', async (_name, given) => {
    const { ask, wishes } = makeHandler();
    expect((await ask('POST', given)).statusCode).toBe(400);
    expect(wishes).toEqual([]);
  });

  test('works on after its secret was changed', async () => {
    const { ask, wishes, secret, state } = makeHandler();
    await ask('GET', token());
    Object.assign(secret, { current: 'secret two', previous: 'secret one' });
    state.now += 10_000;
    expect((await ask('POST', token('secret two'))).statusCode).toBe(200);
    expect((await ask('POST', token('secret one'))).statusCode).toBe(200);
    expect(wishes).toHaveLength(2);
  });

  test('asks to come back when our side fails', async () => {
    const { ask, secret, state } = makeHandler();
    state.failing = true;
    await expect(ask('POST', token())).resolves.toMatchObject({ statusCode: 503, headers: { 'retry-after': '60' } });
    secret.failing = true;
    state.now += 1_000_000;
    await expect(ask('GET', token())).resolves.toMatchObject({ statusCode: 503 });
  });

  test('takes no other method', async () => {
    await expect(makeHandler().ask('DELETE', token())).resolves.toEqual({ statusCode: 405, headers: { allow: 'GET, HEAD, POST' } });
  });

  test('logs neither who it is, nor the token', async () => {
    const { ask, telemetry } = makeHandler();
    await ask('POST', token());
    await ask('POST', 'v1.guess.guess');
    const logged = JSON.stringify(telemetry.lines);
    expect(logged).toContain('unsubscribed');
    for (const secret of ['ann <', token(), 'guess']) expect(logged).not.toContain(secret);
  });
});

describe('a token', () => {
  test('names what it was made for, whatever that is, and fits into a link', () => {
    const text = fc.string({ unit: 'binary' }).filter((one) => Buffer.from(one).toString() === one);
    fc.assert(
      fc.property(text, text, text, fc.string({ minLength: 1 }), (recipient, channel, category, secret) => {
        const wish = { recipient, channel, category };
        const made = unsubscribeToken(wish, secret);
        expect(made).toMatch(/^[\w.-]+$/);
        expect(readUnsubscribeToken(made, ['other', secret])).toEqual(wish);
      }),
    );
  });

  test('with any character changed is none', () => {
    const made = token();
    fc.assert(
      fc.property(fc.nat(made.length - 1), fc.constantFrom(...'AZaz09-_.'), (index, character) => {
        const changed = made.slice(0, index) + character + made.slice(index + 1);
        fc.pre(changed !== made);
        expect(readUnsubscribeToken(changed, ['secret one'])).toBeUndefined();
      }),
    );
  });
});

describeWithChromium('the page of a link to unsubscribe', (browser) => {
  test('asks, acts on the button, fetches nothing, and fits a phone in light and dark', async () => {
    const { handler, wishes } = makeHandler();
    const requests: string[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url!, 'http://localhost');
      requests.push(`${request.method} ${url.pathname}`);
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', async () => {
        const answer = await handler(
          {
            requestContext: { http: { method: request.method } },
            queryStringParameters: Object.fromEntries(url.searchParams),
            body,
          } as unknown as APIGatewayProxyEventV2,
          {} as Context,
        );
        response.writeHead(answer.statusCode!, answer.headers as Record<string, string>).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser().newPage({ viewport: { width: 320, height: 640 }, colorScheme });
        const problems: string[] = [];
        page.on('console', (message) => problems.push(message.text()));
        page.on('pageerror', (error) => problems.push(error.message));
        await page.goto(`http://127.0.0.1:${port}/unsubscribe?token=${token()}`);
        expect(await page.textContent('h1')).toBe('Unsubscribe');
        expect(await page.textContent('main p')).toBe('No more messages about news & "offers" by email?');
        // The style is allowed, and applied.
        expect(await page.evaluate('getComputedStyle(document.querySelector("button")).borderRadius')).toBe('8px');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.textContent')).toBe('Unsubscribe');
        await page.keyboard.press('Enter');
        await page.waitForSelector('[role=status]');
        expect(await page.textContent('h1')).toBe('You are unsubscribed');
        expect(problems).toEqual([]);
        await page.close();
      }
      expect(wishes).toEqual([WISH, WISH]);
      expect(requests.filter((one) => one !== 'GET /favicon.ico')).toEqual([
        'GET /unsubscribe',
        'POST /unsubscribe',
        'GET /unsubscribe',
        'POST /unsubscribe',
      ]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
