import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type VerifiedLine, verify, verifyRequests } from '../../lib/operate/verify';
import type { VerificationInput } from '../../lib/runtime/signatures';
import { paypalSender, SENDERS, withBody } from '../support/signatures/signed-requests';

/** A line of the file for a request that a sender signed. */
function lineFor(id: string, input: VerificationInput, change: Record<string, unknown> = {}): Record<string, unknown> {
  const { method, path: requestPath, headers, body } = input.request;
  return {
    id,
    provider: input.provider,
    secrets: input.secrets,
    config: input.config,
    nowEpochSeconds: input.nowEpochSeconds,
    request: { method, path: requestPath, headers, bodyBase64: Buffer.from(body).toString('base64') },
    ...change,
  };
}

async function* feed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function judge(...lines: readonly (string | Record<string, unknown>)[]): Promise<{ exitCode: number; told: VerifiedLine[] }> {
  const told: VerifiedLine[] = [];
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const exitCode = await verifyRequests(feed(texts), (line) => told.push(line));
  return { exitCode, told };
}

const stripe = SENDERS.stripe();

test.each(Object.entries({ ...SENDERS, paypal: paypalSender().send }))(
  'a request of %s is accepted, an altered one refused',
  async (_name, send) => {
    const input = send();
    const altered = withBody(
      input,
      Buffer.from(
        Buffer.from(input.request.body)
          .toString()
          .replace(/opened|created|\d/, 'x'),
      ),
    );
    const { exitCode, told } = await judge(lineFor('right', input), lineFor('altered', altered));
    expect(exitCode).toBe(0);
    expect(told).toEqual([
      { id: 'right', accepted: true, reason: null, dedupeId: expect.stringMatching(/./) },
      { id: 'altered', accepted: false, reason: expect.stringMatching(/^(signature_mismatch|malformed_body)$/), dedupeId: null },
    ]);
  },
);

test("the dedupe id is the event's", async () => {
  expect((await judge(lineFor('a', stripe))).told[0]!.dedupeId).toBe('evt_1');
});

test('without a time it is judged now', async () => {
  const now = String(Math.floor(Date.now() / 1000));
  const { told } = await judge(
    lineFor('old', stripe, { nowEpochSeconds: undefined }),
    lineFor('fresh', SENDERS.stripe({ time: now }), { nowEpochSeconds: undefined }),
  );
  expect(told.map(({ reason }) => reason)).toEqual(['stale_timestamp', null]);
});

test("PayPal's certificates are not fetched: a request without them is refused", async () => {
  const input = paypalSender().send();
  const { certificates: _, ...config } = input.config;
  const { secrets: __, ...line } = lineFor('p', input, { config });
  expect(await judge(line)).toEqual({
    exitCode: 0,
    told: [{ id: 'p', accepted: false, reason: 'untrusted_certificate', dedupeId: null }],
  });
});

describe('a line that can not be judged', () => {
  const request = lineFor('x', stripe).request as Record<string, unknown>;
  test.each<[string, string | Record<string, unknown>, string | null, RegExp]>([
    ['is no JSON', '{"id":"x","secrets":["whsec_private"', null, /^the line must be JSON$/],
    ['is no object', '[]', null, /the line must be a JSON object; given an array/],
    ['has no id', lineFor('x', stripe, { id: undefined }), null, /id must be text or a number; given nothing/],
    ['has an unknown provider', lineFor('x', stripe, { provider: 'nobody' }), 'x', /provider must be one of stripe, github/],
    ['has no secrets', lineFor('x', stripe, { secrets: undefined }), 'x', /secrets/],
    ['has a secret that is no text', lineFor('x', stripe, { secrets: [1] }), 'x', /secrets/],
    ['has a config out of range', lineFor('x', stripe, { config: { toleranceSeconds: -1 } }), 'x', /toleranceSeconds.*given -1/],
    ['has a config that lacks a field', lineFor('x', SENDERS.square(), { config: undefined }), 'x', /notificationUrl/],
    ['has no config object', lineFor('x', stripe, { config: null }), 'x', /config must be a JSON object; given null/],
    ['has a time that is none', lineFor('x', stripe, { nowEpochSeconds: '1700000000' }), 'x', /nowEpochSeconds/],
    ['has a time before all', lineFor('x', stripe, { nowEpochSeconds: -1 }), 'x', /nowEpochSeconds/],
    ['has no request', lineFor('x', stripe, { request: undefined }), 'x', /request must be a JSON object; given nothing/],
    ['has no method', lineFor('x', stripe, { request: { ...request, method: undefined } }), 'x', /request\.method/],
    ['has no path', lineFor('x', stripe, { request: { ...request, path: 7 } }), 'x', /request\.path must be text; given a number/],
    ['has headers as an object', lineFor('x', stripe, { request: { ...request, headers: {} } }), 'x', /request\.headers/],
    ['has a header of three', lineFor('x', stripe, { request: { ...request, headers: [['a', 'b', 'c']] } }), 'x', /request\.headers/],
    ['has no body', lineFor('x', stripe, { request: { ...request, bodyBase64: undefined } }), 'x', /request\.bodyBase64/],
    ['has a body without its padding', lineFor('x', stripe, { request: { ...request, bodyBase64: 'YQ' } }), 'x', /canonical base64/],
    ['has a body with loose bits', lineFor('x', stripe, { request: { ...request, bodyBase64: 'YR==' } }), 'x', /canonical base64/],
    ['has a body for URLs', lineFor('x', stripe, { request: { ...request, bodyBase64: '_-8=' } }), 'x', /canonical base64/],
  ])('because it %s is told so, and the others are judged', async (_name, line, id, detail) => {
    const { exitCode, told } = await judge(lineFor('before', stripe), line, lineFor('after', stripe));
    expect(exitCode).toBe(2);
    expect(told).toEqual([
      expect.objectContaining({ id: 'before', accepted: true }),
      { id, accepted: false, reason: 'invalid_input', dedupeId: null, detail: expect.stringMatching(detail) },
      expect.objectContaining({ id: 'after', accepted: true }),
    ]);
  });

  test('is told whatever JSON it holds, and nothing throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom('provider', 'secrets', 'config', 'nowEpochSeconds', 'request'),
        async (value, field) => {
          const { told } = await judge(JSON.stringify(value), lineFor('x', stripe, { [field]: value }));
          for (const { accepted, reason, dedupeId } of told) expect(accepted).toBe(reason === null && dedupeId !== null);
        },
      ),
    );
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'breakwater-verify-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function judgeFile(content: string | Buffer): Promise<{ exitCode: number; told: VerifiedLine[] }> {
    const file = path.join(folder, 'requests.jsonl');
    writeFileSync(file, content);
    const lines: string[] = [];
    const exitCode = await verify(file, (line) => lines.push(line));
    return { exitCode, told: lines.map((line) => JSON.parse(line) as VerifiedLine) };
  }

  test('is judged line by line in its order; blank lines, a byte order mark and carriage returns do not matter', async () => {
    const ids = Array.from({ length: 300 }, (_, number) => `request-${number}`);
    const content = `\uFEFF\n${ids.map((id) => `${JSON.stringify(lineFor(id, stripe))}\r\n  \r\n`).join('\n')}`;
    const { exitCode, told } = await judgeFile(content);
    expect(exitCode).toBe(0);
    expect(told.map(({ id }) => id)).toEqual(ids);
  });

  test('may hold a line of megabytes, characters that cross its chunks, and separators that end no line', async () => {
    const body = JSON.stringify({ id: 'evt_large', note: 'é\u2028\u2029😀'.repeat(300_000) });
    const large = SENDERS.stripe({ body });
    const { told } = await judgeFile(`${JSON.stringify(lineFor('a\u2028é😀b', large))}\n${JSON.stringify(lineFor('next', stripe))}`);
    expect(told.map(({ id, dedupeId }) => [id, dedupeId])).toEqual([
      ['a\u2028é😀b', 'evt_large'],
      ['next', 'evt_1'],
    ]);
  });

  test('may come over standard input', async () => {
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
    Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(JSON.stringify(lineFor('piped', stripe)))]) });
    try {
      const lines: string[] = [];
      expect(await verify('-', (line) => lines.push(line))).toBe(0);
      expect(lines).toEqual(['{"id":"piped","accepted":true,"reason":null,"dedupeId":"evt_1"}']);
    } finally {
      Object.defineProperty(process, 'stdin', stdin);
    }
  });

  test('that is empty is no error, one that is missing is', async () => {
    expect(await judgeFile('')).toEqual({ exitCode: 0, told: [] });
    await expect(verify(path.join(folder, 'missing.jsonl'), () => undefined)).rejects.toThrow('ENOENT');
  });
});
