import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { type PushService, pushAdapter } from '../../../lib/runtime/channels/push';
import { smsAdapter } from '../../../lib/runtime/channels/sms';
import { answered, outgoing, verdictOf } from './messages';

const PHONE = '+4915112345678';
const APPLICATION = 'arn:aws:sns:eu-west-1:111122223333:app/GCM/shop';
const ENDPOINT = 'arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/shop/1';

describe('a text message', () => {
  const sent = async (parts: Parameters<typeof outgoing>[0] = {}, senderId?: string) => {
    const inputs: PublishCommandInput[] = [];
    const adapter = smsAdapter({ kind: 'sms', ...(senderId && { senderId }) }, async (input) => {
      inputs.push(input);
      return { MessageId: 'sns-1' };
    });
    return { answer: await adapter(outgoing({ address: PHONE, channel: 'sms', ...parts })), input: inputs[0] };
  };

  test('goes to a phone number, of the type of its lane and from who sends', async () => {
    const { answer, input } = await sent({}, 'SHOP');
    expect(answer).toEqual({ id: 'sns-1' });
    expect(input).toEqual({
      PhoneNumber: PHONE,
      Message: 'Your order 7 left.',
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
        'AWS.SNS.SMS.SenderID': { DataType: 'String', StringValue: 'SHOP' },
      },
    });
    expect((await sent({ lane: 'bulk' })).input!.MessageAttributes).toEqual({
      'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Promotional' },
    });
  });

  test.each(['0151 12345678', '+0151', 'nobody'])('goes nowhere when the address is %p', async (address) => {
    const never = smsAdapter({ kind: 'sms' }, () => Promise.reject(new Error('asked')));
    await expect(verdictOf(never, { ...outgoing(), address })).resolves.toBe('refused address');
  });

  test.each<[string, number, string, string]>([
    ['OptedOutException', 400, '', 'refused opted_out, suppressed'],
    ['InvalidParameterException', 400, `Invalid parameter: PhoneNumber Reason: ${PHONE} is not valid to publish to`, 'refused address'],
    ['InvalidParameterValueException', 400, 'PhoneNumber', 'refused address'],
    ['ValidationException', 400, 'phone number is not valid', 'refused address'],
    ['InvalidParameterException', 400, 'Invalid parameter: AWS.SNS.SMS.SenderID', 'not sent'],
    ['AuthorizationErrorException', 403, '', 'not sent'],
    ['InvalidSecurityException', 403, '', 'not sent'],
    ['KMSDisabledException', 400, '', 'not sent'],
    ['ThrottledException', 429, '', 'not sent'],
    ['UserErrorException', 400, 'no quota left for account', 'not sent'],
    ['InternalErrorException', 500, '', 'unknown'],
  ])('that SNS answers %s (%i) "%s" is: %s', async (name, status, text, verdict) => {
    const adapter = smsAdapter({ kind: 'sms' }, () => Promise.reject(answered(name, status, text)));
    await expect(verdictOf(adapter, outgoing({ address: PHONE }))).resolves.toBe(verdict);
  });
});

describe('a push notification', () => {
  function service(overrides: Partial<PushService> = {}) {
    const calls: [string, object][] = [];
    const own: PushService = {
      createEndpoint: async () => ({ EndpointArn: ENDPOINT }),
      publish: async () => ({ MessageId: 'sns-2' }),
      ...overrides,
    };
    const recorded: PushService = {
      createEndpoint: (input) => {
        calls.push(['create', input]);
        return own.createEndpoint(input);
      },
      publish: (input) => {
        calls.push(['publish', input]);
        return own.publish(input);
      },
    };
    return { calls, recorded, named: (name: string) => calls.filter(([call]) => call === name).map(([, input]) => input) };
  }
  const FCM = { kind: 'push', applicationArn: APPLICATION, platform: 'fcm' } as const;
  const message = outgoing({ channel: 'push', address: 'token-1', content: { title: 'On its way', text: 'Order 7 left.' } });

  test('to a token makes its endpoint, once for a process', async () => {
    const { recorded, calls } = service();
    const adapter = pushAdapter(FCM, recorded);
    await expect(adapter(message)).resolves.toEqual({ id: 'sns-2' });
    await adapter(message);
    expect(calls.map(([call]) => call)).toEqual(['create', 'publish', 'publish']);
    expect(calls[0]![1]).toEqual({ PlatformApplicationArn: APPLICATION, Token: 'token-1' });
    const { Message, ...target } = calls[1]![1] as { Message: string };
    expect(target).toEqual({ TargetArn: ENDPOINT, MessageStructure: 'json' });
    const { GCM, ...others } = JSON.parse(Message);
    expect(others).toEqual({ default: 'Order 7 left.' });
    expect(JSON.parse(GCM)).toEqual({ fcmV1Message: { message: { notification: { title: 'On its way', body: 'Order 7 left.' } } } });
  });

  test('to an endpoint goes straight there, as APNs wants it', async () => {
    const { recorded, calls } = service();
    await pushAdapter({ ...FCM, platform: 'apns' }, recorded)({ ...message, address: ENDPOINT });
    const [[call, input]] = calls as [[string, { Message: string }]];
    expect([call, calls.length]).toEqual(['publish', 1]);
    const { APNS, APNS_SANDBOX } = JSON.parse(input.Message);
    expect(JSON.parse(APNS)).toEqual({ aps: { alert: { title: 'On its way', body: 'Order 7 left.' } } });
    expect(APNS_SANDBOX).toBe(APNS);
    expect(input).toMatchObject({ MessageAttributes: { 'AWS.SNS.MOBILE.APNS.PUSH_TYPE': { StringValue: 'alert' } } });
  });

  test('finds an endpoint that was made with other attributes', async () => {
    const other = `${ENDPOINT}-other`;
    const { recorded, named } = service({
      createEndpoint: () =>
        Promise.reject(
          answered(
            'InvalidParameterException',
            400,
            `Invalid parameter: Token Reason: Endpoint ${other} already exists with the same Token, but different attributes.`,
          ),
        ),
    });
    await pushAdapter(FCM, recorded)(message);
    expect(named('publish')).toMatchObject([{ TargetArn: other }]);
  });

  test('makes an endpoint anew that was deleted since, and says that one is gone which the user named', async () => {
    let gone = false;
    const { recorded, calls } = service({
      publish: async () => {
        if (!gone) return { MessageId: 'sns-2' };
        gone = false;
        throw answered('NotFoundException', 404, 'Endpoint does not exist');
      },
    });
    const adapter = pushAdapter(FCM, recorded);
    await adapter(message);
    gone = true;
    await expect(adapter(message)).resolves.toEqual({ id: 'sns-2' });
    expect(calls.map(([call]) => call)).toEqual(['create', 'publish', 'publish', 'create', 'publish']);
    gone = true;
    await expect(verdictOf(adapter, { ...message, address: ENDPOINT })).resolves.toBe('refused endpoint_gone, suppressed');
  });

  test.each<[keyof PushService, string, number, string, string]>([
    ['publish', 'EndpointDisabledException', 400, '', 'refused endpoint_disabled, suppressed'],
    ['publish', 'PlatformApplicationDisabledException', 400, '', 'not sent'],
    ['publish', 'InvalidParameterException', 400, '', 'not sent'],
    ['publish', 'AuthorizationErrorException', 403, '', 'not sent'],
    ['publish', 'ThrottledException', 429, '', 'not sent'],
    ['publish', 'InternalErrorException', 500, '', 'unknown'],
    ['createEndpoint', 'InvalidParameterException', 400, 'Invalid parameter: Token', 'refused address, suppressed'],
    ['createEndpoint', 'NotFoundException', 404, 'PlatformApplication does not exist', 'not sent'],
    ['createEndpoint', 'InternalErrorException', 500, '', 'not sent'],
    ['createEndpoint', 'TimeoutError', 0, '', 'not sent'],
  ])('for which %s answers %s (%i) "%s" is: %s', async (call, name, status, text, verdict) => {
    const { recorded } = service({ [call]: () => Promise.reject(answered(name, status, text)) });
    await expect(verdictOf(pushAdapter(FCM, recorded), message)).resolves.toBe(verdict);
  });
});
