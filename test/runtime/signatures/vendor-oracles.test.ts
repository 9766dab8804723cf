import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import HmacValidator from '@adyen/api-library/lib/src/utils/hmacValidator';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { isValidSlackRequest } from '@slack/bolt/dist/receivers/verify-request';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks';
import { type VerificationInput, verify } from '../../../lib/runtime/signatures';
import { adyenBody, headerOf, NOW, SENDERS, twilioJson, withBody, withHeader } from '../../support/signatures/signed-requests';

/**
 * The vendors' own verifiers as judges: on random bodies and secrets, right and tampered with, they and this package must agree.
 * Only requests of regular form: where vendors read laxly, the mutation tests hold the line.
 */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((value) => !value.startsWith('\uFEFF'));
const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => /[\p{L}\p{N}\p{S}]/u.test(value));
const tampering = fc.constantFrom('none', 'body', 'secret', 'signature');
const runs = { numRuns: 150 };

/** Changes what was signed in the given way; every change keeps the regular form. */
function tamper(input: VerificationInput, way: string, signatureHeader: string): VerificationInput {
  if (way === 'body') return withBody(input, Buffer.concat([input.request.body, Buffer.from('x')]));
  if (way === 'secret') return { ...input, secrets: input.secrets.map((value) => `${value}x`) };
  if (way !== 'signature') return input;
  const value = headerOf(input, signatureHeader);
  const at = value.length - 12;
  const flipped = `${value.slice(0, at)}${value[at] === '0' ? '1' : '0'}${value.slice(at + 1)}`;
  return withHeader(input, signatureHeader, flipped);
}

async function expectAgreement(input: VerificationInput, way: string, vendorAccepts: boolean): Promise<void> {
  const verification = await verify(input);
  expect({ way, accepted: verification.accepted }).toEqual({ way, accepted: vendorAccepts });
  expect(vendorAccepts).toBe(way === 'none');
}

const bodyOf = (input: VerificationInput) => Buffer.from(input.request.body).toString();

test('stripe agrees', async () => {
  await fc.assert(
    fc.asyncProperty(text, secret, tampering, async (body, key, way) => {
      const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: key, timestamp: NOW });
      expect(headerOf(SENDERS.stripe({ body, secret: key }), 'Stripe-Signature')).toBe(header);
      const input = tamper(SENDERS.stripe({ body, secret: key }), way, 'Stripe-Signature');
      const given = headerOf(input, 'Stripe-Signature');
      const vendor = accepts(() =>
        Stripe.webhooks.signature?.verifyHeader(bodyOf(input), given, input.secrets[0], 300, undefined, NOW * 1000),
      );
      await expectAgreement(input, way, vendor);
    }),
    runs,
  );
});

test('@octokit/webhooks-methods agrees', async () => {
  // Its exports name an import condition only, which jest does not take from here.
  const octokit: typeof import('@octokit/webhooks-methods') = require('../../../node_modules/@octokit/webhooks-methods/dist-node/index.js');
  await fc.assert(
    fc.asyncProperty(text, secret, tampering, async (body, key, way) => {
      const signed = SENDERS.github({ body, secret: key });
      expect(headerOf(signed, 'X-Hub-Signature-256')).toBe(await octokit.sign(key, body));
      const input = tamper(signed, way, 'X-Hub-Signature-256');
      await expectAgreement(input, way, await octokit.verify(input.secrets[0], bodyOf(input), headerOf(input, 'X-Hub-Signature-256')));
    }),
    runs,
  );
});

test('@slack/bolt agrees', async () => {
  await fc.assert(
    fc.asyncProperty(text, secret, tampering, async (body, key, way) => {
      const input = tamper(SENDERS.slack({ body, secret: key }), way, 'X-Slack-Signature');
      const headers = { 'x-slack-signature': headerOf(input, 'X-Slack-Signature'), 'x-slack-request-timestamp': NOW };
      const options = { signingSecret: input.secrets[0], body: bodyOf(input), headers, nowMilliseconds: NOW * 1000 };
      await expectAgreement(input, way, isValidSlackRequest(options));
    }),
    runs,
  );
});

test('@shopify/shopify-api agrees', async () => {
  await fc.assert(
    fc.asyncProperty(text, secret, tampering, async (body, key, way) => {
      const input = tamper(SENDERS.shopify({ body, secret: key }), way, 'X-Shopify-Hmac-Sha256');
      const shopify = shopifyApi({
        apiKey: 'key',
        apiSecretKey: input.secrets[0],
        hostName: 'example.com',
        apiVersion: ApiVersion.October25,
        isEmbeddedApp: false,
        logger: { level: 0, log: () => undefined },
      });
      const headers = {
        ...Object.fromEntries(input.request.headers),
        'X-Shopify-Shop-Domain': 'a.myshopify.com',
        'X-Shopify-API-Version': '2025-10',
      };
      const rawRequest = { method: 'POST', url: '/', headers };
      const { valid } = await shopify.webhooks.validate({ rawBody: bodyOf(input), rawRequest, rawResponse: {} });
      await expectAgreement(input, way, valid);
    }),
    runs,
  );
});

test('square agrees', async () => {
  // The package exports only its whole client, which takes a second to load.
  const { WebhooksHelper }: Pick<typeof import('square'), 'WebhooksHelper'> = require(
    join(dirname(require.resolve('square')), 'wrapper/WebhooksHelper.js'),
  );
  await fc.assert(
    fc.asyncProperty(text, secret, fc.webUrl(), tampering, async (body, key, notificationUrl, way) => {
      const header = 'x-square-hmacsha256-signature';
      const input = tamper(SENDERS.square({ body, secret: key, config: { notificationUrl } }), way, header);
      const request = {
        requestBody: bodyOf(input),
        signatureHeader: headerOf(input, header),
        signatureKey: input.secrets[0],
        notificationUrl,
      };
      await expectAgreement(input, way, await WebhooksHelper.verifySignature(request));
    }),
    runs,
  );
});

test('standardwebhooks agrees', async () => {
  const time = Math.floor(Date.now() / 1000);
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const key = fc.integer({ min: 24, max: 64 }).map((length) => randomBytes(length).toString('base64'));
  await fc.assert(
    fc.asyncProperty(text, key, fc.constantFrom('', 'whsec_'), id, tampering, async (body, base64, prefix, id, way) => {
      const signed = { ...SENDERS.standardWebhooks({ body, secret: `${prefix}${base64}`, id, time: String(time) }), nowEpochSeconds: time };
      expect(headerOf(signed, 'webhook-signature')).toBe(new Webhook(base64).sign(id, new Date(time * 1000), body));
      const otherKey = { ...signed, secrets: [`whsec_${randomBytes(24).toString('base64')}`] };
      const input = way === 'secret' ? otherKey : tamper(signed, way, 'webhook-signature');
      const vendor = accepts(() =>
        new Webhook(input.secrets[0]).verify(bodyOf(input), Object.fromEntries(input.request.headers), { jsonParse: false }),
      );
      await expectAgreement(input, way, vendor);
    }),
    runs,
  );
});

test('twilio agrees on forms, with several values of one name and with or without a port', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const value = fc.string({ unit: 'grapheme', maxLength: 30 });
  const parameters = fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 4 })), { minKeys: 1, maxKeys: 6 });
  const url = fc
    .tuple(fc.constantFrom('http', 'https'), fc.constantFrom('', ':443', ':80', ':8443'), fc.constantFrom('', '?a=1', '?a=1&b=%27'))
    .map(([scheme, port, query]) => `${scheme}://example.com${port}/twilio${query}`);
  await fc.assert(
    fc.asyncProperty(parameters, secret, url, fc.boolean(), tampering, async (given, key, config, withoutPort, way) => {
      const body = Object.entries(given)
        .flatMap(([name, values]) => [values].flat().map((value) => String(new URLSearchParams([[name, value]]))))
        .join('&');
      // Twilio may sign the URL without the port that was registered.
      const signedUrl = withoutPort ? config.replace(/:\d+\//, '/') : config;
      const signature = getExpectedTwilioSignature(key, signedUrl, given);
      const path = config.replace(/^https?:\/\/[^/]*/, '');
      const signed = SENDERS.twilio({ secret: key, config: { url: config } });
      const request = { ...signed.request, path, body: Buffer.from(body) };
      const input = tamper(withHeader({ ...signed, request }, 'X-Twilio-Signature', signature), way, 'X-Twilio-Signature');
      const changed = way === 'body' ? { ...given, [Object.keys(given).at(-1) ?? '']: 'other value, longer than any' } : given;
      const vendor = validateRequest(input.secrets[0], headerOf(input, 'X-Twilio-Signature'), config, changed);
      await expectAgreement(input, way, vendor);
    }),
    runs,
  );
});

test('twilio agrees on bodies bound by bodySHA256', async () => {
  await fc.assert(
    fc.asyncProperty(text, secret, tampering, async (body, key, way) => {
      const input = tamper(twilioJson({ body, secret: key }), way, 'X-Twilio-Signature');
      const url = `https://example.com${input.request.path}`;
      const vendor = validateRequestWithBody(input.secrets[0], headerOf(input, 'X-Twilio-Signature'), url, bodyOf(input));
      await expectAgreement(input, way, vendor);
    }),
    runs,
  );
});

test('@adyen/api-library agrees', async () => {
  const validator = new HmacValidator();
  const plain = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes(':'));
  const item = fc.record({
    pspReference: plain,
    originalReference: plain,
    merchantAccountCode: plain,
    merchantReference: fc.string({ unit: 'grapheme', maxLength: 30 }),
    amount: fc.record({ value: fc.integer(), currency: plain }),
    eventCode: plain,
    success: fc.constantFrom('true', 'false'),
  });
  const hexKey = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  await fc.assert(
    fc.asyncProperty(item, hexKey, fc.constantFrom('none', 'secret', 'amount', 'success'), async (fields, key, way) => {
      const signed = SENDERS.adyen({ body: adyenBody(fields), secret: key });
      const notification = JSON.parse(bodyOf(signed));
      const received = notification.notificationItems[0].NotificationRequestItem;
      if (way === 'amount') received.amount.value += 1;
      if (way === 'success') received.success += 'x';
      const input = { ...withBody(signed, Buffer.from(JSON.stringify(notification))), secrets: [way === 'secret' ? `${key}00ff` : key] };
      await expectAgreement(input, way, validator.validateHMAC(received, input.secrets[0]));
    }),
    runs,
  );
});

function accepts(vendor: () => unknown): boolean {
  try {
    vendor();
    return true;
  } catch {
    return false;
  }
}
