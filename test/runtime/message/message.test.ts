import { createHash } from 'node:crypto';
import { MalformedMessageError } from '../../../lib/runtime';
import { claimReader } from '../../../lib/runtime/message/claims';
import { decodeBody } from '../../../lib/runtime/message/decode';
import { openMessage, parkedAtOf, requireKey, traceOf } from '../../../lib/runtime/message/message';
import { envelope, NOW, RecordedClient, sqsRecord } from '../worker/worker-bench';

const open = (overrides: Parameters<typeof envelope>[1]) => openMessage(sqsRecord({ body: envelope(1, overrides) }));
const text = (stringValue: string) => ({ dataType: 'String' as const, stringValue });
const SHA256 = 'a'.repeat(64);
const ABC = createHash('sha256').update('abc').digest('hex');

function refused(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError);
    return error as Error;
  }
  throw new Error('it was not refused');
}

describe('a message without an envelope', () => {
  test('has the attributes that are texts and that parking did not add', () => {
    const messageAttributes = {
      tenant: text('acme'),
      seal: { dataType: 'Binary' as const, binaryValue: 'AA==' },
      BreakwaterReason: text('permanent'),
      BreakwaterCorrelationId: text('c-1'),
    };
    const opened = openMessage(sqsRecord({ body: 'käse', messageAttributes }));
    expect(opened).toStrictEqual({
      source: '',
      correlationId: 'c-1',
      receivedAt: new Date(NOW - 1000).toISOString(),
      contentType: undefined,
      attributes: { tenant: 'acme' },
      body: Buffer.from('käse', 'utf8'),
      payloadHash: createHash('sha256').update('käse', 'utf8').digest('hex'),
    });
  });

  test('is correlated by its message id when nobody gave it another', () => {
    expect(openMessage(sqsRecord({ body: '{}', messageId: 'm-1' })).correlationId).toBe('m-1');
  });

  test.each(['the word "breakwater" in a text', '["breakwater"]', '"breakwater"', '{"a":"breakwater"}', '{"a":{"breakwater":1}}'])(
    'may hold the name of the envelope: %s',
    (body) => {
      expect(openMessage(sqsRecord({ body }))).toMatchObject({ source: '', body: Buffer.from(body) });
    },
  );
});

describe('an envelope', () => {
  const claim = { key: 'claims/1', bytes: 3, sha256: SHA256 };

  test('that claims its body names where it lies, and is told by the hash of it', () => {
    expect(open({ body: undefined, claim })).toMatchObject({ key: 'stripe#evt_1', body: claim, payloadHash: SHA256 });
  });

  test('without a content type has none, without attributes an empty set of them', () => {
    expect(open({ contentType: undefined, attributes: undefined })).toMatchObject({ contentType: undefined, attributes: {} });
  });

  test.each([
    ['no object', 'claims/1'],
    ['null', null],
    ['without a key', { ...claim, key: undefined }],
    ['with an empty key', { ...claim, key: '' }],
    ['without a size', { ...claim, bytes: undefined }],
    ['with a broken size', { ...claim, bytes: 1.5 }],
    ['without a hash', { ...claim, sha256: undefined }],
    ['with a hash that is no text', { ...claim, sha256: [SHA256] }],
    ['with a hash that is too long', { ...claim, sha256: `${SHA256}a` }],
    ['with a hash that begins with something else', { ...claim, sha256: `-${SHA256}` }],
    ['with a hash in upper case', { ...claim, sha256: 'A'.repeat(64) }],
  ])('whose claim is %s is refused', (_name, wrong) => {
    expect(refused(() => open({ claim: wrong })).message).toBe('the claim of the envelope lacks its key, its size in bytes or its SHA-256');
  });

  test.each([
    ['a text', 'acme'],
    ['null', null],
    ['texts and others', { tenant: 'acme', age: 7 }],
  ])('whose attributes are %s is refused', (_name, attributes) => {
    expect(refused(() => open({ attributes })).message).toBe('attributes of the envelope are not an object of strings');
  });

  test.each(['id', 'source', 'correlationId', 'receivedAt', 'contentType'] as const)('needs a text for %s', (field) => {
    for (const wrong of ['', 7, null])
      expect(refused(() => open({ [field]: wrong })).message).toBe(`${field} of the envelope is not a non-empty string`);
  });

  test.each([
    ['no text', { encoding: 'utf8', data: 7 }],
    ['a text of no encoding', { encoding: 'latin1', data: 'x' }],
    ['null', null],
  ])('whose body is %s is refused', (_name, body) => {
    expect(refused(() => open({ body })).message).toBe(
      'the envelope has neither a claim nor a body with data and an encoding of utf8 or base64',
    );
  });

  test('may say what the payload is told by, in place of its body', () => {
    expect(open({ payloadHash: SHA256 }).payloadHash).toBe(SHA256);
    for (const wrong of [null, [SHA256], `${SHA256}a`, `-${SHA256}`])
      expect(refused(() => open({ payloadHash: wrong })).message).toBe('payloadHash of the envelope is no SHA-256');
  });

  test('may have a key of 1,024 bytes', () => {
    expect(open({ source: 's', id: 'x'.repeat(1022) }).key).toHaveLength(1024);
    expect(refused(() => open({ source: 's', id: 'x'.repeat(1023) })).message).toBe(
      'source#id of the envelope has 1025 bytes, more than the 1024 an idempotency key may have',
    );
  });
});

test.each([undefined, 7, ''])('a key that is %j is refused, and says where it came from', (key) => {
  expect(refused(() => requireKey(key, 'what idempotencyKey returned')).message).toBe(
    'what idempotencyKey returned is not a non-empty string',
  );
});

test('the trace of a record is the root of its header', () => {
  expect(traceOf(sqsRecord({ body: '', traceHeader: 'Sampled=1;Root=1-2-3;Parent=4' }))).toBe('1-2-3');
  expect(traceOf(sqsRecord({ body: '', traceHeader: 'Sampled=1' }))).toBeUndefined();
  expect(traceOf(sqsRecord({ body: '' }))).toBeUndefined();
});

test('a redriven copy is known by when it was parked', () => {
  expect(parkedAtOf(sqsRecord({ body: '', messageAttributes: { BreakwaterParkedAt: text('2026-05-01T12:00:00.000Z') } }))).toBe(
    '2026-05-01T12:00:00.000Z',
  );
  expect(parkedAtOf(sqsRecord({ body: '' }))).toBeUndefined();
});

describe('a claimed body', () => {
  const stored = (bytes: Uint8Array | undefined) =>
    new RecordedClient(() => ({ Body: bytes && { transformToByteArray: async () => bytes } }));
  const failing = (error: Error) =>
    new RecordedClient(() => {
      throw error;
    });
  const read = (s3: RecordedClient, claim = { key: 'k', bytes: 3, sha256: ABC }) => claimReader('claims', async () => s3 as never)(claim);

  test('is read from its bucket by its key, with a client that is made once', async () => {
    const s3 = stored(Buffer.from('abc'));
    let made = 0;
    const fetch = claimReader('claims', async () => {
      made++;
      return s3 as never;
    });
    for (let round = 0; round < 2; round++) expect(await fetch({ key: 'k', bytes: 3, sha256: ABC })).toEqual(Buffer.from('abc'));
    expect(s3.sent).toEqual([
      { name: 'GetObject', input: { Bucket: 'claims', Key: 'k' } },
      { name: 'GetObject', input: { Bucket: 'claims', Key: 'k' } },
    ]);
    expect(made).toBe(1);
  });

  test.each([
    ['altered', 'abd', 'the claimed body k is not the one that was stored: 3 bytes, expected 3'],
    ['cut', 'ab', 'the claimed body k is not the one that was stored: 2 bytes, expected 3'],
  ])('that was %s since is refused', async (_name, now, message) => {
    await expect(read(stored(Buffer.from(now)))).rejects.toThrow(new MalformedMessageError(message));
  });

  test('whose size is not the one that was noted is refused, whatever its hash', async () => {
    await expect(read(stored(Buffer.from('abc')), { key: 'k', bytes: 4, sha256: ABC })).rejects.toThrow('3 bytes, expected 4');
  });

  test('that is empty may be answered without a stream', async () => {
    const empty = createHash('sha256').digest('hex');
    await expect(read(stored(undefined), { key: 'k', bytes: 0, sha256: empty })).resolves.toEqual(new Uint8Array());
  });

  test('that is gone is malformed, with the reason; a bucket that does not answer is not', async () => {
    const gone = Object.assign(new Error('gone'), { name: 'NoSuchKey' });
    const error = (await read(failing(gone)).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(MalformedMessageError);
    expect(error).toMatchObject({ message: 'the claimed body k is missing', cause: gone });
    const busy = Object.assign(new Error('slow down'), { name: 'SlowDown' });
    await expect(read(failing(busy))).rejects.toBe(busy);
  });

  test('can not be read without a bucket', async () => {
    const fetch = claimReader(undefined, () => Promise.reject(new Error('not to be asked')));
    await expect(fetch({ key: 'k', bytes: 3, sha256: ABC })).rejects.toThrow(
      new MalformedMessageError('the body was claimed, and this function has no claim bucket'),
    );
  });
});

describe('a body', () => {
  const decode = (body: string, contentType?: string) => decodeBody(Buffer.from(body), contentType);

  test.each([
    [undefined, '{"a":1}', { a: 1 }],
    ['APPLICATION/JSON', '{"a":1}', { a: 1 }],
    [' application/json ; charset=utf-8', '{"a":1}', { a: 1 }],
    ['application/problem+json;a=b', '[]', []],
    ['text/csv', '1,2', '1,2'],
    ['image/svg+xml', '<svg/>', '<svg/>'],
    ['application/x-www-form-urlencoded', '', {}],
  ])('of %s', (contentType, body, expected) => {
    expect(decode(body, contentType)).toEqual(expected);
  });

  test.each(['image/png', '+json/a', 'application/text/', '+xml/a'])('of %s stays bytes', (contentType) => {
    expect(decode('{}', contentType)).toEqual(Buffer.from('{}'));
  });

  test('that is not UTF-8 says so with the reason, one that is not JSON without a word of it', () => {
    expect(refused(() => decodeBody(new Uint8Array([0xff]), 'text/plain'))).toMatchObject({
      message: 'the body is not UTF-8',
      cause: expect.objectContaining({ name: 'TypeError' }),
    });
    const error = refused(() => decode('secret'));
    expect(error.message).toBe('the body is not JSON');
    expect(error.cause).toBeUndefined();
  });
});
