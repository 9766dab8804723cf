import type { SesEvent } from '../../../../lib/patterns/notification-fanout/handlers/ses-event';
import { tagsOf } from '../../../../lib/runtime/channels/delivery-tags';

export const ADDRESS = 'recipient@example.com';

/** An event as https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html has it, in the envelope of EventBridge. */
export function sesEvent(detailType: string, eventType: string, parts: object = {}, delivery = NAME): SesEvent {
  const event = {
    ...{ version: '0', id: '12a18625-3328-fafd-2809-a5e16004f112', 'detail-type': detailType, source: 'aws.ses', account: '111122223333' },
    ...{
      time: '2026-11-21T10:00:05Z',
      region: 'us-east-1',
      resources: ['arn:aws:ses:us-east-1:111122223333:configuration-set/notifications'],
    },
    detail: {
      eventType,
      mail: {
        timestamp: '2026-11-21T10:00:00.000Z',
        source: 'Shop <shop@example.org>',
        sendingAccountId: '111122223333',
        messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
        destination: [ADDRESS],
        headersTruncated: false,
        headers: [{ name: 'To', value: ADDRESS }],
        commonHeaders: { to: [ADDRESS], messageId: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000', subject: 'On its way' },
        tags: {
          'ses:configuration-set': ['notifications'],
          'ses:source-ip': ['192.0.2.0'],
          ...Object.fromEntries(tagsOf(delivery).map(({ Name, Value }) => [Name, [Value]])),
        },
      },
      ...parts,
    },
  };
  return event;
}

export const NAME = { occurrence: 'o1', recipient: 'ann', channel: 'email', rule: 'order-shipped', event: 'e1' };

const TIMESTAMP = '2026-11-21T10:00:04.000Z';

export const EVENTS = {
  hardBounce: sesEvent('Email Bounced', 'Bounce', {
    bounce: {
      feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [
        { emailAddress: ADDRESS, action: 'failed', status: '5.1.1', diagnosticCode: `smtp; 550 5.1.1 <${ADDRESS}> user unknown` },
      ],
      timestamp: TIMESTAMP,
      reportingMTA: 'dsn; mta.example.com',
    },
  }),
  softBounce: sesEvent('Email Bounced', 'Bounce', {
    bounce: {
      feedbackId: 'f',
      bounceType: 'Transient',
      bounceSubType: 'MailboxFull',
      bouncedRecipients: [{ emailAddress: ADDRESS }],
      timestamp: TIMESTAMP,
    },
  }),
  complaint: sesEvent('Email Complaint Received', 'Complaint', {
    complaint: {
      feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
      complaintSubType: null,
      complainedRecipients: [{ emailAddress: ADDRESS }, { emailAddress: ADDRESS.toUpperCase() }],
      timestamp: TIMESTAMP,
      userAgent: 'Amazon SES Mailbox Simulator',
      complaintFeedbackType: 'abuse',
      arrivalDate: TIMESTAMP,
    },
  }),
  delivery: sesEvent('Email Delivered', 'Delivery', {
    delivery: {
      timestamp: TIMESTAMP,
      processingTimeMillis: 546,
      recipients: [ADDRESS],
      smtpResponse: '250 2.6.0 Message received',
      reportingMTA: 'mta.example.com',
    },
  }),
  open: sesEvent('Email Opened', 'Open', { open: { timestamp: TIMESTAMP, userAgent: 'Mozilla/5.0', ipAddress: '192.0.2.1' } }),
  click: sesEvent('Email Clicked', 'Click', {
    click: {
      timestamp: TIMESTAMP,
      ipAddress: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
      link: 'https://shop.example.org/orders/7',
      linkTags: null,
    },
  }),
  reject: sesEvent('Email Rejected', 'Reject', { reject: { reason: 'Bad content' } }),
  renderingFailure: sesEvent('Email Rendering Failed', 'Rendering Failure', {
    failure: { errorMessage: "Attribute 'attributeName' is not present in the rendering data.", templateName: 'MyTemplate' },
  }),
  delay: sesEvent('Email Delivery Delayed', 'DeliveryDelay', {
    deliveryDelay: {
      timestamp: TIMESTAMP,
      delayType: 'TransientCommunicationFailure',
      expirationTime: '2026-11-21T23:00:00.000Z',
      delayedRecipients: [{ emailAddress: ADDRESS, status: '4.4.1', diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host' }],
    },
  }),
  send: sesEvent('Email Sent', 'Send', { send: {} }),
} as const;
