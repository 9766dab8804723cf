import { verify } from '../../../lib/runtime/signatures';
import {
  adyenSpellings,
  BLANK,
  bodyBits,
  type Mutant,
  renamed,
  repetitions,
  spellings,
  swapCase,
  textBits,
} from '../../support/signatures/mutations';
import {
  ed25519Sender,
  headerOf,
  NOW,
  paypalSender,
  SENDERS,
  type Sender,
  twilioJson,
  withBody,
  withHeader,
  withHeaders,
} from '../../support/signatures/signed-requests';

/** A scheme with what of its request is signed, so that every change to it must be noticed. */
interface Subject {
  readonly send: Sender;
  /** Header with the signature; `undefined` where it stands in the body. */
  readonly signature?: string;
  /** Further headers of which every bit is signed or checked. */
  readonly signedHeaders?: readonly string[];
  /** Further headers that are read: missing or not, they must not come twice. */
  readonly readHeaders?: readonly string[];
  /** What of the body is signed. @default all of it */
  readonly signedText?: readonly string[];
  /** Writes a time in the unit of the scheme; where a time is signed. */
  readonly time?: (epochSeconds: number) => string;
  /** Whether the secret's own text is the key. */
  readonly textSecret?: boolean;
  readonly algorithms?: readonly [from: string, to: readonly string[]];
}

const seconds = (epochSeconds: number) => String(epochSeconds);
const paypal = paypalSender();

const SUBJECTS: Readonly<Record<string, Subject>> = {
  stripe: {
    send: SENDERS.stripe,
    signature: 'Stripe-Signature',
    time: seconds,
    textSecret: true,
    algorithms: ['v1=', ['v0=', 'V1=', 'v2=', 'v1a=', '']],
  },
  github: {
    send: SENDERS.github,
    signature: 'X-Hub-Signature-256',
    readHeaders: ['X-GitHub-Delivery', 'X-GitHub-Event'],
    textSecret: true,
    algorithms: ['sha256=', ['sha1=', 'SHA256=', 'sha512=', 'sha256:', 'md5=', '']],
  },
  shopify: {
    send: SENDERS.shopify,
    signature: 'X-Shopify-Hmac-Sha256',
    readHeaders: ['X-Shopify-Event-Id', 'X-Shopify-Webhook-Id', 'X-Shopify-Topic'],
    textSecret: true,
  },
  slack: {
    send: SENDERS.slack,
    signature: 'X-Slack-Signature',
    signedHeaders: ['X-Slack-Request-Timestamp'],
    time: seconds,
    textSecret: true,
    algorithms: ['v0=', ['v1=', 'V0=', 'v00=', '']],
  },
  'standardWebhooks HMAC': {
    send: SENDERS.standardWebhooks,
    signature: 'webhook-signature',
    signedHeaders: ['webhook-timestamp', 'webhook-id'],
    time: seconds,
    algorithms: ['v1,', ['v1a,', 'V1,', 'v2,', 'v1=', '']],
  },
  'standardWebhooks ed25519': {
    send: ed25519Sender(),
    signature: 'webhook-signature',
    signedHeaders: ['webhook-timestamp', 'webhook-id'],
    time: seconds,
    algorithms: ['v1a,', ['v1,', 'V1a,', 'v1b,', '']],
  },
  square: { send: SENDERS.square, signature: 'x-square-hmacsha256-signature', textSecret: true },
  'twilio form': { send: SENDERS.twilio, signature: 'X-Twilio-Signature', readHeaders: ['I-Twilio-Idempotency-Token'], textSecret: true },
  'twilio JSON': { send: () => twilioJson(), signature: 'X-Twilio-Signature' },
  adyen: {
    send: SENDERS.adyen,
    signedText: [
      '7914073381342284',
      '8814073381342284',
      'TestMerchant',
      'TestPayment-1407325143704',
      '1130',
      'EUR',
      'AUTHORISATION',
      'true',
    ],
  },
  paypal: {
    send: paypal.send,
    signature: 'PAYPAL-TRANSMISSION-SIG',
    signedHeaders: ['PAYPAL-TRANSMISSION-TIME', 'PAYPAL-TRANSMISSION-ID', 'PAYPAL-CERT-URL', 'PAYPAL-AUTH-ALGO'],
    time: (epochSeconds) => new Date(epochSeconds * 1000).toISOString().replace('.000', ''),
  },
  ...Object.fromEntries(
    (['sha1', 'sha256', 'sha512'] as const).flatMap((algorithm) =>
      (['hex', 'base64'] as const).map((encoding) => [
        `hmac ${algorithm} ${encoding}`,
        {
          send: (signing) => SENDERS.hmac({ ...signing, config: { algorithm, encoding, signaturePrefix: 'mac=' } }),
          signature: 'X-Signature',
          readHeaders: ['X-Delivery'],
          textSecret: true,
          algorithms: ['mac=', ['MAC=', 'mac', 'mac==', '']],
        } satisfies Subject,
      ]),
    ),
  ),
};

let mutants = 0;

afterAll(() => {
  // Without a floor a suite whose mutations no longer apply would stay green.
  expect(mutants).toBeGreaterThan(20_000);
});

describe.each(Object.entries(SUBJECTS))('%s', (_, subject) => {
  const { send, signature, signedHeaders = [], readHeaders = [] } = subject;
  const allHeaders = [...(signature ? [signature] : []), ...signedHeaders, ...readHeaders];

  test('the unchanged request is accepted, in any case of header names', async () => {
    const input = send();
    expect(await verify(input)).toMatchObject({ accepted: true });
    for (const change of [(name: string) => name.toLowerCase(), (name: string) => name.toUpperCase()]) {
      const headers = input.request.headers.map(([name, value]) => [change(name), value] as const);
      expect(await verify(withHeaders(input, headers))).toMatchObject({ accepted: true });
    }
  });

  test('no changed bit of the body is accepted', async () => {
    await expectNoneAccepted(bodyBits(send(), subject.signedText));
  });

  test('no changed, cut or lengthened body is accepted', async () => {
    const input = send();
    const text = Buffer.from(input.request.body).toString();
    const changed = subject.signedText
      ? subject.signedText.flatMap((part) => [
          text.replace(`"${part}"`, `"${part} "`),
          text.replace(`"${part}"`, `" ${part}"`),
          text.replace(`"${part}"`, '""'),
        ])
      : [
          `${text} `,
          ` ${text}`,
          `${text}\n`,
          `\uFEFF${text}`,
          `${text}\0`,
          text.slice(1),
          text.slice(0, -1),
          '',
          `${text}${text}`,
          text.toUpperCase(),
        ];
    await expectNoneAccepted(
      changed.filter((body) => body !== text).map((body) => [JSON.stringify(body), withBody(input, Buffer.from(body))]),
    );
  });

  test('no changed bit of a signed header is accepted', async () => {
    const input = send();
    const headers = [...(signature ? [signature] : []), ...signedHeaders];
    await expectNoneAccepted(
      headers.flatMap((name) =>
        textBits(headerOf(input, name)).map((value): Mutant => [`${name}: ${value}`, withHeader(input, name, value)]),
      ),
    );
  });

  test('no other spelling of the signature is accepted', async () => {
    const input = send();
    await expectNoneAccepted(
      signature
        ? spellings(headerOf(input, signature)).map((value) => [value, withHeader(input, signature, value)])
        : adyenSpellings(input),
    );
  });

  if (subject.algorithms) {
    const [from, to] = subject.algorithms;
    test('no other name of the algorithm is accepted', async () => {
      const input = send();
      const header = headerOf(input, signature ?? '');
      await expectNoneAccepted(to.map((name) => [name, withHeader(input, signature ?? '', header.replace(from, name))]));
    });
  }

  test('no missing, empty or padded header is accepted', async () => {
    const input = send();
    const required = [...(signature ? [signature] : []), ...signedHeaders];
    const deciding = [...required, ...readHeaders.filter((name) => !/Event$|Topic$/.test(name))];
    await expectNoneAccepted([
      ...required.map((name): Mutant => [`${name} missing`, withHeader(input, name, undefined)]),
      ...required.map((name): Mutant => [`${name} renamed`, renamed(input, name)]),
      ...required.map((name): Mutant => [`${name} quoted`, withHeader(input, name, `"${headerOf(input, name)}"`)]),
      ...deciding.flatMap((name) => {
        const value = headerOf(input, name);
        const padded = ['', ' ', ` ${value}`, `${value} `, `\t${value}`, `${value}\r\n`, `${value}\0`];
        return padded.map((text): Mutant => [`${name}: ${JSON.stringify(text)}`, withHeader(input, name, text)]);
      }),
    ]);
  });

  test('no repeated header is accepted, as two entries or as one value joined by a comma', async () => {
    const input = send();
    await expectNoneAccepted(allHeaders.flatMap((name) => repetitions(input, name)));
  });

  const { time } = subject;
  if (time) {
    test('no time that is too old, too new or spelled otherwise is accepted, though signed rightly', async () => {
      const config = { ...send().config, toleranceSeconds: 300 };
      for (const edge of [NOW - 300, NOW + 300]) expect(await verify(send({ time: time(edge), config }))).toMatchObject({ accepted: true });
      const outside = [NOW - 301, NOW + 301, NOW - 3600, NOW + 3600, 0, NOW * 1000].map(time);
      const now = time(NOW);
      const misspelled = [
        `+${now}`,
        `-${now}`,
        ` ${now}`,
        `${now} `,
        `0${now}`,
        `${now}.0`,
        `${now}.`,
        `${now}e0`,
        `${now}n`,
        `1.7e9`,
        `0x${NOW.toString(16)}`,
        `${now}\n`,
        `${now}_`,
        '',
        'NaN',
        'Infinity',
        '1_700_000_000',
        '１７００００００００',
        now.replace('T', ' '),
        now.replace('Z', ''),
        now.toLowerCase(),
      ];
      const wrong = [...outside, ...misspelled.filter((text) => text !== now)];
      await expectNoneAccepted(wrong.map((text) => [JSON.stringify(text), send({ time: text, config })]));
    });
  }

  const [secret] = send().secrets;
  if (secret !== undefined) {
    test('no request under a wrong, empty, blank or broken secret is accepted', async () => {
      const input = send();
      const others = [
        `${secret} `,
        ` ${secret}`,
        `${secret}\n`,
        swapCase(secret),
        secret.slice(1),
        secret.slice(0, -1),
        `${secret}é`,
        secret.normalize('NFD'),
        '秘密',
        '🔑',
        'null',
        'undefined',
      ];
      await expectNoneAccepted([
        ['no secret', { ...input, secrets: [] }],
        ...BLANK.map((one): Mutant => [`only ${JSON.stringify(one)}`, { ...input, secrets: [one] }]),
        ...BLANK.map((one): Mutant => [`also ${JSON.stringify(one)}`, { ...input, secrets: [secret, one] }]),
        // Adyen's key in the other case is the same key.
        ...others
          .filter((one) => one !== secret && !(input.provider === 'adyen' && one === swapCase(secret)))
          .map((one): Mutant => [`only ${JSON.stringify(one)}`, { ...input, secrets: [one] }]),
      ]);
    });
  }

  if (subject.textSecret) {
    test('a secret may be any text but blank, and is its exact bytes', async () => {
      await expectNoneAccepted(BLANK.map((one) => [`signed with ${JSON.stringify(one)}`, send({ secret: one })]));
      for (const unicode of ['Zoë', '秘密の鍵', '🔑🗝', 'a b'])
        expect(await verify(send({ secret: unicode }))).toMatchObject({ accepted: true });
      // The composed and the decomposed form look alike and are different keys.
      await expectNoneAccepted([['normalised', { ...send({ secret: 'Zo\u00eb' }), secrets: ['Zoe\u0308'] }]]);
    });
  }
});

test('Twilio: no changed bit of the signed query is accepted', async () => {
  for (const input of [SENDERS.twilio(), twilioJson()]) {
    const { path } = input.request;
    const start = path.indexOf('?') + 1;
    await expectNoneAccepted(
      textBits(path.slice(start)).map((query) => [query, { ...input, request: { ...input.request, path: path.slice(0, start) + query } }]),
    );
  }
});

async function expectNoneAccepted(candidates: readonly Mutant[]): Promise<void> {
  const accepted: string[] = [];
  for (const [name, input] of candidates) {
    mutants += 1;
    if ((await verify(input)).accepted) accepted.push(name);
  }
  expect(accepted).toEqual([]);
}
