import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { engineRequest, jsonRequest } from '../../../lib/operate/local/engine-request';

// The machine may be busy with other suites: a slow answer is no wrong one.
jest.setTimeout(60_000);

let server: Server;
let seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string };
let reply = { status: 200, text: '{}' };

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      response.writeHead(reply.status).end(reply.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  reply = { status: 200, text: '{}' };
});

const target = () => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: 'eu-west-1',
  accessKeyId: '123456789012',
  secretAccessKey: 'test',
});

class Sha256 {
  private readonly hash;
  constructor(private readonly secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : undefined;
  }
  private chunks: Buffer[] = [];
  update(data: Uint8Array | string): void {
    this.chunks.push(Buffer.from(data as Uint8Array));
  }
  async digest(): Promise<Uint8Array> {
    const all = Buffer.concat(this.chunks);
    if (this.hash !== undefined) return this.hash.update(all).digest();
    const { createHmac } = await import('node:crypto');
    return createHmac('sha256', Buffer.from(this.secret as Uint8Array))
      .update(all)
      .digest();
  }
}

test('signs like the AWS SDK, whatever the body, path, query and headers', async () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.array(word, { maxLength: 3 }),
      fc.dictionary(word, fc.stringMatching(/^[A-Za-z0-9/_.=-]{0,12}$/), { maxKeys: 3, noNullPrototype: true }),
      fc.constantFrom('POST', 'PUT', 'GET'),
      async (text, segments, query, method) => {
        const body = method === 'GET' ? '' : text;
        await engineRequest(target(), {
          service: 'logs',
          method,
          path: `/${segments.join('/')}`,
          query,
          headers: { 'x-amz-target': 'A.B' },
          body,
        });
        const { authorization, ...headers } = seen.headers;
        const names = /SignedHeaders=([^,]+)/.exec(authorization ?? '')?.[1]?.split(';') ?? [];
        const date = String(headers['x-amz-date']);
        const signer = new SignatureV4({
          service: 'logs',
          region: 'eu-west-1',
          credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
          sha256: Sha256 as never,
          uriEscapePath: true,
        });
        const signed = await signer.sign(
          {
            method,
            protocol: 'http:',
            hostname: '127.0.0.1',
            path: `/${segments.join('/')}`,
            query,
            headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
            body,
          },
          { signingDate: new Date(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')) },
        );
        expect(authorization).toBe(signed.headers.authorization);
        expect(seen.body).toBe(body);
      },
    ),
    { numRuns: 60 },
  );
});

test('a refusal of the engine becomes an error with the operation and what was said', async () => {
  reply = { status: 400, text: '{"__type":"ParameterNotFound"}' };
  await expect(jsonRequest(target(), 'ssm', 'AmazonSSM.GetParameter', {})).rejects.toThrow(
    /AmazonSSM\.GetParameter.*400.*ParameterNotFound/,
  );
});
