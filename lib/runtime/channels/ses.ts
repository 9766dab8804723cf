import type { SendEmailCommandInput, SendEmailCommandOutput } from '@aws-sdk/client-sesv2';
import type { ProviderSettings } from '../../blocks/fanout-contract';
import { PermanentError } from '../failures';
import { askService, type ServiceAnswer } from './aws-provider';
import { type ChannelAdapter, type OutgoingMessage, RefusedError } from './contract';
import { tagsOf } from './delivery-tags';

export type SendEmail = (input: SendEmailCommandInput) => Promise<Pick<SendEmailCommandOutput, 'MessageId'>>;

/**
 * E-mail by SES version 2. SES takes no idempotency key: an unknown outcome stays unknown.
 *
 * AWS action on identity and configuration set: `ses:SendEmail`.
 */
export function sesAdapter(settings: Extract<ProviderSettings, { kind: 'ses' }>, sendEmail: SendEmail): ChannelAdapter {
  return async (message) => {
    const input = emailOf(message, settings);
    const { MessageId: id } = await askService({ service: 'SES', refusal }, () => sendEmail(input));
    return { ...(id !== undefined && { id }) };
  };
}

function emailOf(message: OutgoingMessage, settings: Extract<ProviderSettings, { kind: 'ses' }>): SendEmailCommandInput {
  const { subject, html, text } = message.content;
  if (subject === undefined || (html === undefined && text === undefined)) {
    throw new PermanentError(
      `the template of rule ${message.rule} has no subject, or neither html nor text, for channel ${message.channel}`,
    );
  }
  const { occurrence, recipient, channel, rule, events } = message;
  return {
    FromEmailAddress: settings.from,
    Destination: { ToAddresses: [message.address] },
    ...(settings.replyTo !== undefined && { ReplyToAddresses: [...settings.replyTo] }),
    ...(settings.configurationSet !== undefined && { ConfigurationSetName: settings.configurationSet }),
    Content: {
      Simple: {
        Subject: { Data: subject, Charset: 'UTF-8' },
        Body: {
          ...(text !== undefined && { Text: { Data: text, Charset: 'UTF-8' } }),
          ...(html !== undefined && { Html: { Data: html, Charset: 'UTF-8' } }),
        },
        ...(message.unsubscribeUrl !== undefined && { Headers: unsubscribeHeaders(message.unsubscribeUrl) }),
      },
    },
    // Of a digest, engagements are with each of its events: the delivery knows them.
    EmailTags: tagsOf({ occurrence, recipient: recipient.id, channel, rule, ...(events.length === 1 && { event: events[0]! }) }),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc8058#section-3.1 */
function unsubscribeHeaders(url: string): { Name: string; Value: string }[] {
  return [
    { Name: 'List-Unsubscribe', Value: `<${url}>` },
    { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
  ];
}

/**
 * What SES refuses for this message. All else is about the account, the identity or the pace.
 *
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 * @see https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
 */
function refusal({ name, text, told }: ServiceAnswer): Error | undefined {
  // An identity that is not verified is ours to mend, and so is the recipient's while the account is in the sandbox.
  if (name === 'MessageRejected') return /not verified/i.test(text) ? undefined : new RefusedError(`content: ${told}`);
  const isAboutAddress =
    /illegal (address|semicolon)|missing final|local address|domain (starts|ends|contains)|invalid (email|address|domain)/i;
  if (name === 'BadRequestException' && isAboutAddress.test(text)) return new RefusedError(`address: ${told}`);
  return undefined;
}
