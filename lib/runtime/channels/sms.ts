import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import type { ProviderSettings } from '../../blocks/fanout-contract';
import { PermanentError } from '../failures';
import { askService, type ServiceAnswer } from './aws-provider';
import { type ChannelAdapter, RefusedError } from './contract';

export type Publish = (input: PublishCommandInput) => Promise<Pick<PublishCommandOutput, 'MessageId'>>;

/** @see https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html (E.164) */
const PHONE_NUMBER = /^\+[1-9]\d{3,14}$/;

/**
 * Text messages by SNS. SNS takes no idempotency key for phone numbers: an unknown outcome stays unknown.
 *
 * AWS action: `sns:Publish`.
 */
export function smsAdapter(settings: Extract<ProviderSettings, { kind: 'sms' }>, publish: Publish): ChannelAdapter {
  return async ({ address, content, lane, rule, channel }) => {
    if (content.text === undefined) throw new PermanentError(`the template of rule ${rule} has no text for channel ${channel}`);
    if (!PHONE_NUMBER.test(address)) throw new RefusedError('address: no phone number as E.164 writes it');
    const input = {
      PhoneNumber: address,
      Message: content.text,
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': textAttribute(lane === 'transactional' ? 'Transactional' : 'Promotional'),
        ...(settings.senderId !== undefined && { 'AWS.SNS.SMS.SenderID': textAttribute(settings.senderId) }),
      },
    };
    const { MessageId: id } = await askService({ service: 'SNS', refusal }, () => publish(input));
    return { ...(id !== undefined && { id }) };
  };
}

export function textAttribute(text: string): { DataType: 'String'; StringValue: string } {
  return { DataType: 'String', StringValue: text };
}

/**
 * What SNS refuses for this phone number. All else is about the account, the spending limit or the pace.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
 * @see https://docs.aws.amazon.com/sns/latest/dg/sms_manage_optout.html
 */
function refusal({ name, text, told }: ServiceAnswer): Error | undefined {
  if (name.startsWith('OptedOut') || /opted out/i.test(text)) return new RefusedError(`opted_out: ${told}`, { suppress: true });
  const isInvalid = name.startsWith('InvalidParameter') || name === 'ValidationException';
  return isInvalid && /phone ?number/i.test(text) ? new RefusedError(`address: ${told}`) : undefined;
}
