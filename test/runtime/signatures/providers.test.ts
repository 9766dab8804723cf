import { createHash } from 'node:crypto';
import { verify } from '../../../lib/runtime/signatures';
import {
  adyenBody,
  ed25519Sender,
  headerOf,
  hmac,
  NOW,
  SENDERS,
  twilioJson,
  withBody,
  withHeader,
  withHeaders,
} from '../../support/signatures/signed-requests';
import { accepted, refused } from '../../support/signatures/verdicts';

const sha256 = (...content: string[]) => `sha256:${createHash('sha256').update(content.join('')).digest('hex')}`;

describe('stripe', () => {
  const body = '{"id":"evt_1"}';
  const right = hmac('sha256', 'whsec_stripe', 'hex', `${NOW}.`, body);
  const wrong = '0'.repeat(64);
  const send = (header: string) => verify(withHeader(SENDERS.stripe({ body }), 'Stripe-Signature', header));

  test.each([
    `t=${NOW},v1=${wrong},v1=${right}`,
    `v1=${right},t=${NOW}`,
    `t=${NOW},v1=${right},v0=${wrong}`,
    `t=${NOW},v0=anything,v1=${right}`,
  ])('accepts several signatures, any order and other schemes beside: %s', async (header) => {
    expect(await send(header)).toMatchObject({ accepted: true });
  });

  test.each([
    [`t=${NOW},t=${NOW},v1=${right}`, 'duplicated_header'],
    [`t=${NOW},v1=${right},t=${NOW},v1=${right}`, 'duplicated_header'],
    [`v1=${right}`, 'missing_timestamp'],
    [`t=${NOW}`, 'missing_signature'],
    [`t=${NOW},v0=${right}`, 'missing_signature'],
    [`t=${NOW},v1=${right},v1=${right.toUpperCase()}`, 'malformed_signature'],
    [`t=${NOW},v1=${right},v1=`, 'malformed_signature'],
    [`t=${NOW}, v1=${right}`, 'malformed_signature'],
    [`t=${NOW},v1=${right},`, 'malformed_signature'],
    [`t=${NOW},v1=${right} `, 'malformed_signature'],
    [`t=${NOW};v1=${right}`, 'missing_signature'],
  ] as const)('refuses %s as %s', async (header, reason) => {
    expect(await send(header)).toEqual(refused(reason));
  });
});

describe('shopify', () => {
  test('the delivery id stands in for a missing event id', async () => {
    expect((await accepted(withHeader(SENDERS.shopify(), 'X-Shopify-Event-Id', undefined))).dedupeId).toBe(
      'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    );
  });

  test('headers without X- are read as well, never both families', async () => {
    const input = SENDERS.shopify();
    const renamed = input.request.headers.map(([name, value]) => [name.replace('X-', ''), value] as const);
    expect((await accepted(withHeaders(input, renamed))).dedupeId).toBe('98880550-7158-44d4-b7cd-2c97c8a091b5');
    for (const extra of renamed) {
      expect(await verify(withHeaders(input, [...input.request.headers, extra]))).toEqual(refused('duplicated_header'));
    }
  });
});

describe('standardWebhooks', () => {
  test('one right signature in a list is enough, unknown versions are passed over', async () => {
    const input = SENDERS.standardWebhooks();
    const right = headerOf(input, 'webhook-signature');
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
    for (const list of [
      `${wrong} ${right}`,
      `${right} ${wrong}`,
      `v2,x ${right}`,
      `${right} v10,x`,
      `${right} v1a,${Buffer.alloc(64).toString('base64')}`,
      `${right}${' v2,x'.repeat(15)}`,
    ]) {
      expect(await verify(withHeader(input, 'webhook-signature', list))).toMatchObject({ accepted: true });
    }
    for (const [list, reason] of [
      [`${right}  ${wrong}`, 'malformed_signature'],
      [`${right} v1,short`, 'malformed_signature'],
      [`${right} text`, 'malformed_signature'],
      [`${right} v1`, 'malformed_signature'],
      [`${right} xv1,AAAA`, 'malformed_signature'],
      [`${right} v1!,AAAA`, 'malformed_signature'],
      [`${right},${wrong}`, 'duplicated_header'],
      [`${right}, ${wrong}`, 'duplicated_header'],
      ['v2,x', 'missing_signature'],
      [`${right}${' v2,x'.repeat(16)}`, 'malformed_signature'],
    ] as const) {
      expect(await verify(withHeader(input, 'webhook-signature', list))).toEqual(refused(reason));
    }
  });

  test('HMAC secrets and ed25519 public keys may be mixed', async () => {
    const symmetric = SENDERS.standardWebhooks();
    const asymmetric = ed25519Sender()();
    const secrets = [...symmetric.secrets, ...asymmetric.secrets];
    for (const input of [symmetric, asymmetric]) expect(await verify({ ...input, secrets })).toMatchObject({ accepted: true });
    expect(await verify({ ...asymmetric, secrets: symmetric.secrets })).toEqual(refused('signature_mismatch'));
    expect(await verify({ ...symmetric, secrets: asymmetric.secrets })).toEqual(refused('signature_mismatch'));
  });

  test('the names of Svix are read as well, never both families', async () => {
    const input = SENDERS.standardWebhooks();
    const renamed = input.request.headers.map(([name, value]) => [name.replace('webhook-', 'svix-'), value] as const);
    expect((await accepted(withHeaders(input, renamed))).dedupeId).toBe('msg_1');
    for (const extra of renamed) {
      expect(await verify(withHeaders(input, [...input.request.headers, extra]))).toEqual(refused('duplicated_header'));
    }
  });

  test('keys are 24 to 75 bytes in canonical base64', async () => {
    const withSecret = async (secret: string) => verify(SENDERS.standardWebhooks({ secret }));
    for (const length of [24, 32, 64, 75]) {
      expect(await withSecret(`whsec_${Buffer.alloc(length, 7).toString('base64')}`)).toMatchObject({ accepted: true });
      expect(await withSecret(Buffer.alloc(length, 7).toString('base64'))).toMatchObject({ accepted: true });
    }
    const unpadded = Buffer.alloc(25, 7).toString('base64').replace(/=+$/, '');
    for (const secret of [
      Buffer.alloc(23, 7).toString('base64'),
      Buffer.alloc(76, 7).toString('base64'),
      '',
      unpadded,
      `${'_'.repeat(32)}`,
      `${'A'.repeat(32)} `,
    ]) {
      expect(await withSecret(`whsec_${secret}`)).toEqual(refused('malformed_secret'));
    }
    for (const secret of [
      'whpk_',
      `whpk_${Buffer.alloc(31).toString('base64')}`,
      `whsk_${Buffer.alloc(64).toString('base64')}`,
      `WHSEC_${'A'.repeat(32)}`,
    ]) {
      expect(await verify({ ...SENDERS.standardWebhooks(), secrets: [secret] })).toEqual(refused('malformed_secret'));
    }
  });

  test('an id with a full stop is refused: what was signed could be cut otherwise', async () => {
    const signed = SENDERS.standardWebhooks({ id: 'msg_1', body: `${NOW}.{}` });
    const cutOtherwise = withBody(withHeader(signed, 'webhook-id', `msg_1.${NOW}`), Buffer.from('{}'));
    expect(await verify(signed)).toMatchObject({ accepted: true });
    expect(await verify(cutOtherwise)).toEqual(refused('malformed_id'));
  });
});

describe('twilio', () => {
  const url = 'https://example.com/twilio';

  test('the query of the request counts, under the registered scheme, host and path', async () => {
    const input = SENDERS.twilio({ config: { url: `${url}?tenant=1` } });
    const at = (path: string) => verify({ ...input, config: { url }, request: { ...input.request, path } });
    expect(await at('/stage/other?tenant=1')).toMatchObject({ accepted: true });
    expect(await at('/twilio?tenant=2')).toEqual(refused('signature_mismatch'));
    expect(await at('/twilio')).toEqual(refused('signature_mismatch'));
    expect(await verify({ ...input, request: { ...input.request, path: '/twilio' } })).toMatchObject({ accepted: true });
  });

  test('a body that is no form must be bound by exactly one bodySHA256', async () => {
    const { request, ...rest } = twilioJson();
    const withPath = (path: string) => verify({ ...rest, request: { ...request, path } });
    const hash = request.path.slice(-64);
    expect(await withPath(`${request.path}&bodySHA256=${hash}`)).toEqual(refused('malformed_signature'));
    expect(await withPath(request.path.toUpperCase().replace('BODYSHA256', 'bodySHA256'))).toEqual(refused('malformed_signature'));
    expect(await withPath('/twilio?foo=1&bodySHA256')).toEqual(refused('malformed_signature'));
    expect(await withPath('/twilio?foo=1')).toEqual(refused('malformed_body'));
    expect(await verify(withBody(twilioJson(), Buffer.from('{}')))).toEqual(refused('signature_mismatch'));
  });

  test.each(['%2b=1', 'a', 'a=1&', '&a=1', 'a=1&&b=2', 'a=%', 'a=%2', 'a=%zz', 'a=%ff', 'a=%FF', '%FF=a', 'a= b', 'a=é', 'a=1\n'])(
    'refuses %j as no form',
    async (body) => {
      expect(await verify(SENDERS.twilio({ body }))).toEqual(refused('malformed_body'));
    },
  );

  /** Registered as one URL, signed as another. */
  const signedAs = (registered: string, signed: string) => {
    const input = SENDERS.twilio({ config: { url: signed } });
    return verify({ ...input, config: { url: registered } });
  };

  test.each([
    ['https://example.com/a', 'https://example.com:443/a'],
    ['http://example.com/a', 'http://example.com:80/a'],
    ['https://example.com:443/a', 'https://example.com/a'],
    ['https://example.com:8443/a?b=1', 'https://example.com/a?b=1'],
    ['https://example.com:8443/a', 'https://example.com:8443/a'],
    ['https://example.com?b=1:2', 'https://example.com:443?b=1:2'],
    ['https://user:pass@example.com/a', 'https://user:pass@example.com:443/a'],
    ['https://[2001:db8::1]/a', 'https://[2001:db8::1]:443/a'],
    ['https://[2001:db8::1]:8443/a', 'https://[2001:db8::1]/a'],
  ])('%s counts with and without its port: %s', async (registered, signed) => {
    expect(await signedAs(registered, signed)).toMatchObject({ accepted: true });
  });

  test.each([
    ['https://example.com/a', 'https://example.com:80/a'],
    ['http://example.com/a', 'http://example.com:443/a'],
    ['https://example.com:8443/a', 'https://example.com:443/a'],
    ['https://example.com/a', 'http://example.com/a'],
    ['https://example.com/a', 'https://example.org/a'],
    ['https://example.com/a', 'https://user@example.com/a'],
  ])('%s is not %s', async (registered, signed) => {
    expect(await signedAs(registered, signed)).toEqual(refused('signature_mismatch'));
  });

  test('several values of one name are signed in order, each once', async () => {
    const input = SENDERS.twilio({ body: 'A=2&B=1&A=1&A=2' });
    const signature = (text: string) => hmac('sha1', '12345', 'base64', 'https://example.com/twilio?foo=1', text);
    expect(await verify(withHeader(input, 'X-Twilio-Signature', signature('A1A2B1')))).toMatchObject({ accepted: true });
    expect(await verify(withHeader(input, 'X-Twilio-Signature', signature('A2A1A2B1')))).toEqual(refused('signature_mismatch'));
  });

  test('the hash of a body may be the first parameter of the URL', async () => {
    const { request, ...rest } = twilioJson();
    const hash = request.path.slice(-64);
    const input = { ...rest, config: { url }, request: { ...request, path: `/twilio?bodySHA256=${hash}` } };
    const signature = hmac('sha1', '12345', 'base64', `${url}?bodySHA256=${hash}`);
    expect(await verify(withHeader(input, 'X-Twilio-Signature', signature))).toMatchObject({ accepted: true });
  });

  test.each(['https://example.com/a&bodySHA256=00', 'https://example.com/a?xbodySHA256=00', 'https://example.com/a?bodySHA256x=00'])(
    'no hash of a body is in %s',
    async (other) => {
      expect(await verify(SENDERS.twilio({ config: { url: other } }))).toMatchObject({ accepted: true });
    },
  );

  test('without its token an event is named by URL and parameters, in whatever order they came', async () => {
    const id = async (body: string, query: string) => {
      const input = SENDERS.twilio({ body, config: { url: `${url}${query}` } });
      return (await accepted(withHeader(input, 'I-Twilio-Idempotency-Token', undefined))).dedupeId;
    };
    expect(await id('A=1&B=2', '?a=1')).toBe(sha256(`${url}?a=1`, 'A1B2'));
    expect(await id('B=2&A=1', '?a=1')).toBe(await id('A=1&B=2', '?a=1'));
    expect(await id('A=1&B=2', '?a=2')).not.toBe(await id('A=1&B=2', '?a=1'));
    expect(await id('', '?a=2')).toBe(sha256(`${url}?a=2`));
  });
});

describe('adyen', () => {
  const items = (...bodies: string[]) =>
    JSON.stringify({ notificationItems: bodies.flatMap((body) => JSON.parse(body).notificationItems) });
  const failed = adyenBody({ success: 'false' });

  test('a later success after a failure is another event', async () => {
    expect((await accepted(SENDERS.adyen({ body: failed }))).dedupeId).toBe('7914073381342284:AUTHORISATION:false');
  });

  test('every one of several items must verify, and together they are one event', async () => {
    const both = SENDERS.adyen({ body: items(failed, adyenBody()) });
    const { dedupeId } = await accepted(both);
    expect(dedupeId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await accepted(SENDERS.adyen({ body: items(failed, adyenBody(), adyenBody()) }))).dedupeId).not.toBe(dedupeId);
    const text = Buffer.from(both.request.body).toString();
    expect(await verify(withBody(both, Buffer.from(text.replace('"false"', '"true"'))))).toEqual(refused('signature_mismatch'));
    expect(await verify(withBody(both, Buffer.from(text.replace('"hmacSignature"', '"other"'))))).toEqual(refused('missing_signature'));
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"notificationItems":{}}',
    '{"notificationItems":[]}',
    '{"notificationItems":[null]}',
    '{"notificationItems":[{}]}',
    '{"notificationItems":[{"NotificationRequestItem":null}]}',
  ])('refuses %s as no notification', async (body) => {
    expect(await verify(withBody(SENDERS.adyen(), Buffer.from(body)))).toEqual(refused('malformed_body'));
  });

  test('items of which one has no identity are named by their content, and have a type when they share it', async () => {
    for (const [change, eventType] of [
      [{ pspReference: '' }, 'AUTHORISATION'],
      [{ success: undefined }, 'AUTHORISATION'],
      [{ pspReference: '', eventCode: 'CAPTURE' }, undefined],
    ] as const) {
      const input = SENDERS.adyen({ body: items(adyenBody(), adyenBody(change)) });
      expect(await accepted(input)).toMatchObject({ dedupeId: sha256(Buffer.from(input.request.body).toString()), eventType });
    }
    const alone = SENDERS.adyen({ body: adyenBody({ success: undefined }) });
    expect((await accepted(alone)).dedupeId).toBe(sha256(Buffer.from(alone.request.body).toString()));
  });

  test('a missing field counts as empty; numbers, lists and colons where none belong are refused', async () => {
    const { originalReference: _, ...without } = JSON.parse(adyenBody()).notificationItems[0].NotificationRequestItem;
    const missing = JSON.stringify({ notificationItems: [{ NotificationRequestItem: without }] });
    expect(await verify(SENDERS.adyen({ body: missing }))).toMatchObject({ accepted: true });
    expect(await verify(SENDERS.adyen({ body: adyenBody({ merchantReference: 'a:b:c' }) }))).toMatchObject({ accepted: true });
    expect((await accepted(SENDERS.adyen({ body: adyenBody({ pspReference: '' }) }))).dedupeId).toMatch(/^sha256:/);
    for (const change of [
      { pspReference: 7 },
      { success: true },
      { eventCode: ['A'] },
      { amount: { value: 1.5, currency: 'EUR' } },
      { pspReference: 'a:b' },
    ]) {
      expect(await verify(SENDERS.adyen({ body: adyenBody(change) }))).toEqual(refused('malformed_body'));
    }
  });

  test('what was signed can not be cut into other fields', async () => {
    const signed = SENDERS.adyen({ body: adyenBody({ merchantReference: 'order:9', amount: { value: 1130, currency: 'EUR' } }) });
    const cutOtherwise = Buffer.from(signed.request.body)
      .toString()
      .replace('"order:9"', '"order"')
      .replace('"value":1130,"currency":"EUR"', '"value":9,"currency":"1130:EUR"');
    expect(await verify(signed)).toMatchObject({ accepted: true });
    expect(await verify(withBody(signed, Buffer.from(cutOtherwise)))).toEqual(refused('malformed_body'));
  });
});

describe('hmac', () => {
  test.each([
    ['/id', '{"id":"order-1"}', 'order-1'],
    ['/data/0/id', '{"data":[{"id":42}]}', '42'],
    ['/a~1b/m~0n', '{"a/b":{"m~n":"x"}}', 'x'],
    ['', '"whole"', 'whole'],
    ['/id', '{"id":1.5}', undefined],
    ['/id', '{"id":9007199254740993}', undefined],
    ['/id', '{"id":true}', undefined],
    ['/data/00', '{"data":["x"]}', undefined],
    ['/data/length', '{"data":["x"]}', undefined],
    ['/id', 'no json', undefined],
  ])('takes the id at %j of %s: %s', async (idJsonPointer, body, id) => {
    const { dedupeId } = await accepted(SENDERS.hmac({ body, config: { idHeader: undefined, idJsonPointer } }));
    expect(dedupeId).toBe(id ?? sha256(body));
  });

  test('the signature counts under the configured algorithm only', async () => {
    const input = SENDERS.hmac({ config: { algorithm: 'sha512' } });
    expect(await verify({ ...input, config: { ...input.config, algorithm: 'sha256' } })).toEqual(refused('malformed_signature'));
    expect(await verify({ ...input, config: { ...input.config, encoding: 'base64' } })).toEqual(refused('malformed_signature'));
  });
});
