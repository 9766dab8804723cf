import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import {
  HmacAlgorithm,
  type HmacSenderOptions,
  SamePayload,
  SignatureEncoding,
  type WebhookIngestionProps,
  WebhookSender,
} from '../../../lib';
import { checkConfig } from '../../../lib/patterns/webhook-ingestion/sender-config-rules';
import { receiveTimeout } from '../../../lib/patterns/webhook-ingestion/webhook-rules';
import { PROVIDERS, type Provider, type ProviderConfig } from '../../../lib/runtime/signatures/contract';
import { validateProviderConfig } from '../../../lib/runtime/signatures/provider-config';
import { payments, secret, shop } from '../../support/cdk/stacks';

const OWN_URL = 'https://api.example.com/shop';

function everySender(scope: Stack): Record<Provider, WebhookSender> {
  const key = (name: string) => secret(scope, name);
  return {
    stripe: WebhookSender.stripe(key('Stripe')),
    github: WebhookSender.github(key('GitHub')),
    shopify: WebhookSender.shopify(key('Shopify')),
    slack: WebhookSender.slack(key('Slack')),
    standardWebhooks: WebhookSender.standardWebhooks(key('Standard')),
    square: WebhookSender.square(key('Square')),
    twilio: WebhookSender.twilio(key('Twilio')),
    adyen: WebhookSender.adyen(key('Adyen')),
    paypal: WebhookSender.paypal({ webhookId: 'WH-1' }),
    hmac: WebhookSender.hmac(key('Hmac'), { header: 'X-Signature' }),
  };
}

describe('every provider of the runtime', () => {
  const stack = shop();
  const senders = everySender(stack);

  test.each([...PROVIDERS])('%s has a sender whose settings its scheme accepts', (provider) => {
    const sender = senders[provider];
    expect(sender.provider).toBe(provider);
    expect(() => validateProviderConfig(provider, sender._config(OWN_URL) as ProviderConfig)).not.toThrow();
    expect(sender._secrets).toHaveLength(provider === 'paypal' ? 0 : 1);
  });

  test.each<[Provider, number, Duration]>([
    ['stripe', 10, Duration.days(30)],
    ['github', 10, Duration.days(3)],
    ['shopify', 5, Duration.hours(4)],
    ['slack', 3, Duration.hours(24)],
    ['standardWebhooks', 15, Duration.days(4)],
    ['square', 10, Duration.hours(72)],
    ['twilio', 15, Duration.days(1)],
    ['adyen', 10, Duration.days(30)],
    ['paypal', 10, Duration.days(30)],
    ['hmac', 10, Duration.days(3)],
  ])('%s waits %i seconds for an answer and may send again for %s', (provider, deadline, horizon) => {
    expect(senders[provider].answerDeadline.toSeconds()).toBe(deadline);
    expect(senders[provider].retryHorizon.toSeconds()).toBe(horizon.toSeconds());
  });

  test('fits one construct', () => {
    const whole = shop();
    payments(whole, { senders: everySender(whole) });
    const functions = Object.values(Template.fromStack(whole).findResources('AWS::Lambda::Function'));
    const told = functions.map(({ Properties }) => Properties.Environment.Variables.BREAKWATER_SENDERS).find(Boolean);
    const settings = JSON.parse(told['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'token')).join(''));
    expect(Object.keys(settings).sort()).toEqual([...PROVIDERS].sort());
    expect(settings.square.config.notificationUrl).toMatch(/\/square$/);
    expect(settings.twilio.config.url).toMatch(/\/twilio$/);
    expect(settings.stripe).toEqual({
      provider: 'stripe',
      secretArns: ['arn:aws:secretsmanager:eu-west-1:111111111111:secret:Stripe-AbCdEf'],
      config: {},
    });
  });
});

describe('options', () => {
  const stack = shop();

  test('reach the scheme', () => {
    const hmac: HmacSenderOptions = {
      header: 'X-Signature',
      algorithm: HmacAlgorithm.SHA512,
      encoding: SignatureEncoding.BASE64,
      signaturePrefix: 'v1=',
      idJsonPointer: '/event/id',
    };
    expect(WebhookSender.hmac(secret(stack, 'A'), hmac)._config(OWN_URL)).toEqual({
      header: 'X-Signature',
      algorithm: 'sha512',
      encoding: 'base64',
      signaturePrefix: 'v1=',
      idJsonPointer: '/event/id',
    });
    expect(WebhookSender.slack(secret(stack, 'B'), { tolerance: Duration.minutes(2) })._config(OWN_URL)).toEqual({ toleranceSeconds: 120 });
    expect(WebhookSender.square(secret(stack, 'C'), { notificationUrl: 'https://own.example.com/s' })._config(OWN_URL)).toEqual({
      notificationUrl: 'https://own.example.com/s',
    });
    expect(WebhookSender.twilio(secret(stack, 'D'))._config(OWN_URL)).toEqual({ url: OWN_URL });
    expect(WebhookSender.paypal({ webhookId: 'WH-1', allowedCertHosts: ['api.paypal.com'] })._config(OWN_URL)).toEqual({
      webhookId: 'WH-1',
      allowedCertHosts: ['api.paypal.com'],
    });
  });

  test('let two secrets be valid during a rotation', () => {
    const [current, next] = [secret(stack, 'Current'), secret(stack, 'Next')];
    expect(WebhookSender.stripe(current, { additionalSecrets: [next] })._secrets).toEqual([current, next]);
  });

  test('say what every delivery of an event has in common; without a word it is the bytes', () => {
    const whole = shop();
    payments(whole, {
      senders: {
        some: WebhookSender.hmac(secret(whole, 'A'), { header: 'X', samePayload: SamePayload.at('/type', '/data/object') }),
        nothing: WebhookSender.stripe(secret(whole, 'B'), { samePayload: SamePayload.notCompared() }),
        bytes: WebhookSender.github(secret(whole, 'C'), { samePayload: SamePayload.bytes() }),
        silent: WebhookSender.github(secret(whole, 'D')),
      },
    });
    Template.fromStack(whole).hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          BREAKWATER_SENDERS: Match.serializedJson(
            Match.objectLike({
              some: Match.objectLike({ samePayload: ['/type', '/data/object'] }),
              nothing: Match.objectLike({ samePayload: [] }),
              bytes: Match.objectLike({ samePayload: Match.absent() }),
              silent: Match.objectLike({ samePayload: Match.absent() }),
            }),
          ),
        },
      },
    });
  });

  test('replace what is documented for the sender', () => {
    const sender = WebhookSender.github(secret(stack, 'E'), { answerDeadline: Duration.seconds(4), retryHorizon: Duration.days(9) });
    expect([sender.answerDeadline.toSeconds(), sender.retryHorizon.toDays()]).toEqual([4, 9]);
  });

  test.each([
    [[3], 5],
    [[3, 15], 15],
    [[60], 29],
  ])('with deadlines %j the receive function runs for %i seconds at most', (deadlines, timeout) => {
    const senders = deadlines.map((deadline, index) =>
      WebhookSender.hmac(secret(stack, `Deadline${deadline}${deadlines.length}${index}`), {
        header: 'X',
        answerDeadline: Duration.seconds(deadline),
      }),
    );
    expect(receiveTimeout(senders).toSeconds()).toBe(timeout);
  });
});

describe('what the scheme would refuse at the first request is refused at synth', () => {
  const scope = new Stack(new App(), 'Shop');
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('', '/', '/a/b', '/a~1b', '/a~', '/a~2', 'a', 'X-Id', 'X Id', 'v1=', 'a,b', 'WH|1', 'WH-1', 'é'),
    fc.constantFrom('https://x.example/a?b=c', 'http://', 'https://x.example/#f', 'ftp://x', 'https:// x', 'https://x.example:99999/'),
  );
  const configs: fc.Arbitrary<[Provider, ProviderConfig]> = fc.oneof(
    fc
      .record({ toleranceSeconds: fc.oneof(fc.integer(), fc.double({ min: -1e6, max: 1e6 })) })
      .map((config): [Provider, ProviderConfig] => ['stripe', config]),
    fc.record({ notificationUrl: text }).map((config): [Provider, ProviderConfig] => ['square', config]),
    fc.record({ url: text }).map((config): [Provider, ProviderConfig] => ['twilio', config]),
    fc
      .record({
        webhookId: text,
        allowedCertHosts: fc.array(fc.constantFrom('api.paypal.com', 'API.paypal.com', '*.paypal.com', ''), { maxLength: 2 }),
      })
      .map((config): [Provider, ProviderConfig] => ['paypal', config]),
    fc
      .record({ header: text, signaturePrefix: text, idHeader: text, idJsonPointer: text }, { requiredKeys: ['header'] })
      .map((config): [Provider, ProviderConfig] => ['hmac', config]),
  );
  const accepts = (check: () => void) => {
    try {
      check();
      return true;
    } catch {
      return false;
    }
  };

  test('for the same configurations', () => {
    const verdicts = new Set<string>();
    fc.assert(
      fc.property(configs, ([provider, config]) => {
        const atRunTime = accepts(() => validateProviderConfig(provider, config));
        const atSynth = accepts(() => checkConfig(scope, 'shop', config as Record<string, string>));
        verdicts.add(`${provider} ${atSynth}`);
        expect(atSynth).toBe(atRunTime);
      }),
      { numRuns: 3000 },
    );
    expect(verdicts.size).toBe(10);
  });

  test('naming construct, rule, allowed and given value', () => {
    const stack = shop();
    const senders = { shop: WebhookSender.hmac(secret(stack, 'A'), { header: 'X Signature' }) };
    expect(() => payments(stack, { senders })).toThrow(
      /^\[Shop\/Payments\] header of the sender 'shop': allowed the name of a header, given 'X Signature'\. Change it/,
    );
  });

  test.each(['data', '/a~2', undefined])('also %j as a pointer to what stays the same', (pointer) => {
    const stack = shop();
    const samePayload = SamePayload.at('/type', pointer as string);
    expect(() => payments(stack, { senders: { shop: WebhookSender.github(secret(stack, 'A'), { samePayload }) } })).toThrow(
      `[Shop/Payments] samePayload of the sender 'shop' names parts of its body: allowed an RFC 6901 pointer: empty or beginning with '/', with '~' only as ~0 or ~1, given '${pointer}'. Change SamePayload.at`,
    );
  });

  test('without repeating a password', () => {
    const stack = shop();
    const senders = { sms: WebhookSender.twilio(secret(stack, 'A'), { url: 'https://user:hunter2@x.example/#f' }) };
    expect(() => payments(stack, { senders })).toThrow("given 'https://…@x.example/#f'");
  });

  test('but not what is only known at deployment', () => {
    const stack = shop();
    const webhookId = Lazy.string({ produce: () => 'with spaces' });
    expect(() => payments(stack, { senders: { paypal: WebhookSender.paypal({ webhookId }) } })).not.toThrow();
  });
});

describe('senders are refused', () => {
  test.each<[string, (stack: Stack) => Partial<WebhookIngestionProps>, RegExp]>([
    ['when there is none', () => ({ senders: {} }), /^\[Shop\/Payments\] webhooks need a sender: allowed at least one, given none/],
    [
      'when a name is no segment of a URL',
      (stack) => ({ senders: { 'a/b': WebhookSender.github(secret(stack, 'A')) } }),
      /a sender's name is a segment of its URL: allowed 1 to 64 letters, digits, - and _, given 'a\/b'/,
    ],
    [
      'when there are more than the environment of a function holds',
      (stack) => ({
        senders: Object.fromEntries([...Array(30).keys()].map((n) => [`sender${n}`, WebhookSender.github(secret(stack, `Secret${n}`))])),
      }),
      /the senders' settings must fit.*limits to 4 KB in all: allowed about 3396 bytes, given about \d+ bytes for 30 senders/,
    ],
    [
      'when answers are promised beyond what the API waits',
      () => ({ objective: { answerTime: Duration.seconds(31) } }),
      /the objective for answers.*allowed 0.05 to 30 s, given 31 s/,
    ],
  ])('%s', (_, props, message) => {
    const stack = shop();
    expect(() => payments(stack, props(stack))).toThrow(message);
  });
});
