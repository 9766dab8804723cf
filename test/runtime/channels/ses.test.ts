import { SESv2Client, SendEmailCommand, type SendEmailCommandInput } from '@aws-sdk/client-sesv2';
import { PROVIDER_CLIENT_CONFIG } from '../../../lib/runtime/channels/aws-provider';
import { deliveryOf, tagsOf } from '../../../lib/runtime/channels/delivery-tags';
import { sesAdapter } from '../../../lib/runtime/channels/ses';
import { RawAnswer, startAwsEndpoint } from '../../support/aws-endpoint';
import { ADDRESS, answered, outgoing, verdictOf } from './messages';

const SETTINGS = {
  kind: 'ses',
  from: 'Shop <shop@example.org>',
  configurationSet: 'notifications',
  replyTo: ['help@example.org'],
} as const;

async function inputOf(parts: Parameters<typeof outgoing>[0] = {}): Promise<SendEmailCommandInput> {
  const inputs: SendEmailCommandInput[] = [];
  await sesAdapter(SETTINGS, async (input) => {
    inputs.push(input);
    return { MessageId: 'ses-1' };
  })(outgoing(parts));
  return inputs[0]!;
}

describe('an e-mail', () => {
  test('has what was rendered, and names its delivery in tags', async () => {
    expect(await inputOf()).toEqual({
      FromEmailAddress: 'Shop <shop@example.org>',
      Destination: { ToAddresses: [ADDRESS] },
      ReplyToAddresses: ['help@example.org'],
      ConfigurationSetName: 'notifications',
      Content: {
        Simple: {
          Subject: { Data: 'On its way', Charset: 'UTF-8' },
          Body: {
            Text: { Data: 'Your order 7 left.', Charset: 'UTF-8' },
            Html: { Data: '<p>Your order 7 left.</p>', Charset: 'UTF-8' },
          },
        },
      },
      EmailTags: tagsOf({ occurrence: 'occurrence-1', recipient: 'ann', channel: 'email', rule: 'order-shipped', event: 'e1' }),
    });
  });

  test('can be unsubscribed from with one click', async () => {
    const { Content } = await inputOf({ unsubscribeUrl: 'https://n.example.org/u?t=abc' });
    expect(Content!.Simple!.Headers).toEqual([
      { Name: 'List-Unsubscribe', Value: '<https://n.example.org/u?t=abc>' },
      { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
    ]);
  });

  test('tells what SES calls it', async () => {
    await expect(sesAdapter(SETTINGS, async () => ({ MessageId: 'ses-1' }))(outgoing())).resolves.toEqual({ id: 'ses-1' });
  });

  test.each([{ text: 'no subject' }, { subject: 'no body' }])('without its parts is a fault of ours: %j', async (content) => {
    await expect(
      verdictOf(
        sesAdapter(SETTINGS, async () => ({ MessageId: '' })),
        outgoing({ content }),
      ),
    ).resolves.toBe('ours, for good');
  });
});

describe('what SES answers', () => {
  test.each<[string, number, string, string]>([
    ['MessageRejected', 400, 'Email contains a virus', 'refused content'],
    ['MessageRejected', 400, `Email address is not verified. The following identities failed the check: ${ADDRESS}`, 'not sent'],
    ['BadRequestException', 400, `Illegal address: ${ADDRESS}`, 'refused address'],
    ['BadRequestException', 400, "Missing final '@domain'", 'refused address'],
    ['BadRequestException', 400, 'Local address contains control or whitespace', 'refused address'],
    ['BadRequestException', 400, 'Domain contains illegal character', 'refused address'],
    ['BadRequestException', 400, 'Configuration set <notifications> does not exist', 'not sent'],
    ['NotFoundException', 404, 'Configuration set does not exist', 'not sent'],
    ['AccountSuspendedException', 400, '', 'not sent'],
    ['SendingPausedException', 400, '', 'not sent'],
    ['MailFromDomainNotVerifiedException', 400, '', 'not sent'],
    ['LimitExceededException', 400, 'Daily message quota exceeded', 'not sent'],
    ['TooManyRequestsException', 429, 'Maximum sending rate exceeded', 'not sent'],
    ['AccessDeniedException', 403, `not authorized on ${ADDRESS}`, 'not sent'],
    ['RequestTimeoutException', 408, '', 'unknown'],
    ['InternalServiceErrorException', 500, ADDRESS, 'unknown'],
    ['ServiceUnavailable', 503, '', 'unknown'],
  ])('%s (%i) "%s" means: %s', async (name, status, text, verdict) => {
    const adapter = sesAdapter(SETTINGS, () => Promise.reject(answered(name, status, text)));
    await expect(verdictOf(adapter, outgoing())).resolves.toBe(verdict);
  });

  test.each<[string, object, string]>([
    ['no connection', { code: 'ECONNREFUSED' }, 'not sent'],
    ['no host', { code: 'ENOTFOUND' }, 'not sent'],
    ['no credentials', { name: 'CredentialsProviderError' }, 'not sent'],
    [
      'no connection in time',
      {
        name: 'TimeoutError',
        message:
          '@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 1000 ms.',
      },
      'not sent',
    ],
    ['a connection that was lost', { code: 'ECONNRESET' }, 'unknown'],
    ['no answer in time', { name: 'TimeoutError', message: 'a request has exceeded the configured 10000 ms requestTimeout' }, 'unknown'],
  ])('%s means: %s', async (_name, error, verdict) => {
    await expect(
      verdictOf(
        sesAdapter(SETTINGS, () => Promise.reject(Object.assign(new Error(''), error))),
        outgoing(),
      ),
    ).resolves.toBe(verdict);
  });

  test('is asked for once, by the client that we send with, and its errors come as the table has them', async () => {
    const endpoint = await startAwsEndpoint(({ body }) => {
      const { Simple } = body.Content as { Simple: { Subject: { Data: string } } };
      const name = Simple.Subject.Data;
      return new RawAnswer(
        name === 'InternalFailure' ? 500 : 400,
        { 'content-type': 'application/json', 'x-amzn-errortype': name },
        '{"message":"virus"}',
      );
    });
    const client = new SESv2Client({
      ...PROVIDER_CLIENT_CONFIG,
      endpoint: endpoint.environment.AWS_ENDPOINT_URL!,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const adapter = sesAdapter(SETTINGS, (input) => client.send(new SendEmailCommand(input)));
    const saying = (subject: string) => verdictOf(adapter, outgoing({ content: { subject, text: 'x' } }));
    try {
      await expect(saying('MessageRejected')).resolves.toBe('refused content');
      await expect(saying('SendingPausedException')).resolves.toBe('not sent');
      await expect(saying('InternalFailure')).resolves.toBe('unknown');
      expect(endpoint.requests).toHaveLength(3);
    } finally {
      client.destroy();
      endpoint.stop();
    }
  });
});

describe('the tags of an e-mail', () => {
  const name = { occurrence: 'o', recipient: 'ann#1 ä', channel: 'email', rule: 'r' };

  test.each([name, { ...name, event: 'e1' }, { ...name, recipient: 'r'.repeat(600) }])(
    'are read back as the delivery they name',
    (delivery) => {
      const tags = tagsOf(delivery);
      for (const { Value } of tags) expect(Value).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
      expect(deliveryOf(Object.fromEntries(tags.map(({ Name, Value }) => [Name, [Value]])))).toEqual(delivery);
    },
  );

  test('of others name none', () => {
    expect(deliveryOf({})).toBeUndefined();
    expect(deliveryOf({ 'breakwater-0': ['nonsense'] })).toBeUndefined();
    expect(deliveryOf({ 'breakwater-0': [Buffer.from('["a"]').toString('base64url')] })).toBeUndefined();
  });

  test('hold so much and no more', () => {
    expect(() => tagsOf({ ...name, recipient: 'r'.repeat(2000) })).toThrow('tags hold 2048');
  });
});
