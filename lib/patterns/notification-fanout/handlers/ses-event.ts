import { DeliveryStatus } from '../../../blocks/fanout-contract';
import { type DeliveryName, deliveryOf } from '../../../runtime/channels/delivery-tags';
import { MalformedMessageError } from '../../../runtime/failures';

/**
 * What SES tells of an e-mail on the default bus, as far as it is read here.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html
 */
export interface SesEvent {
  readonly id?: string;
  readonly source?: string;
  readonly detail?: {
    readonly eventType?: string;
    readonly mail?: {
      readonly messageId?: string;
      readonly timestamp?: string;
      readonly tags?: Readonly<Record<string, readonly string[]>>;
    };
    readonly bounce?: Timed & {
      /** `Permanent`, `Transient` or `Undetermined`. */
      readonly bounceType?: string;
      readonly bounceSubType?: string;
      readonly bouncedRecipients?: readonly Addressed[];
    };
    readonly complaint?: Timed & { readonly complaintFeedbackType?: string; readonly complainedRecipients?: readonly Addressed[] };
    readonly delivery?: Timed;
    readonly open?: Timed;
    readonly click?: Timed;
    readonly reject?: { readonly reason?: string };
    readonly failure?: { readonly errorMessage?: string };
    readonly deliveryDelay?: Timed & { readonly delayType?: string };
  };
}

interface Timed {
  readonly timestamp?: string;
}

interface Addressed {
  readonly emailAddress?: string;
}

/** What an event means for a delivery. */
export interface Feedback {
  /** Undefined for an e-mail that is not of a fan-out. */
  readonly delivery: DeliveryName | undefined;
  /** What SES calls the e-mail; with `word` and `at` it names the event, whose copies are the same. */
  readonly email: string;
  /** A status, or what the recipient did: `opened`, `clicked`. */
  readonly word: string;
  /** Undefined for what changes no status. */
  readonly status?: DeliveryStatus;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  /** Addresses that get nothing more, and why. */
  readonly suppress?: { readonly addresses: readonly string[]; readonly reason: 'bounce' | 'complaint' };
}

/** @returns undefined for what is of no interest: `Send`, `Subscription`. @throws MalformedMessageError for what is no event of SES */
export function readSesEvent({ detail }: SesEvent): Feedback | undefined {
  const { eventType, mail } = detail ?? {};
  if (typeof eventType !== 'string' || typeof mail?.messageId !== 'string') {
    throw new MalformedMessageError('it is no event of SES: detail.eventType or detail.mail.messageId is missing');
  }
  const said = whatItSays(eventType, detail!);
  return (
    said && {
      ...said,
      at: said.at ?? mail.timestamp ?? new Date(0).toISOString(),
      email: mail.messageId,
      delivery: deliveryOf(mail.tags ?? {}),
    }
  );
}

type Said = Omit<Feedback, 'at' | 'email' | 'delivery'> & { readonly at: string | undefined };

function whatItSays(eventType: string, detail: NonNullable<SesEvent['detail']>): Said | undefined {
  const { bounce, complaint, delivery, open, click, deliveryDelay, mail } = detail;
  switch (eventType) {
    case 'Bounce': {
      const reason = `bounce: ${word(bounce?.bounceType)}, ${word(bounce?.bounceSubType)}`;
      const suppress = { addresses: addressesOf(bounce?.bouncedRecipients), reason: 'bounce' as const };
      return { ...statusSaid(DeliveryStatus.BOUNCED, reason, bounce), ...(bounce?.bounceType === 'Permanent' && { suppress }) };
    }
    case 'Complaint': {
      const suppress = { addresses: addressesOf(complaint?.complainedRecipients), reason: 'complaint' as const };
      return { ...statusSaid(DeliveryStatus.COMPLAINED, `complaint: ${word(complaint?.complaintFeedbackType)}`, complaint), suppress };
    }
    case 'Delivery':
      return statusSaid(DeliveryStatus.DELIVERED, 'delivered: to the mail server of the recipient', delivery);
    case 'Reject':
      return statusSaid(DeliveryStatus.FAILED, `rejected: by SES, ${word(detail.reject?.reason)}`, mail);
    case 'Rendering Failure':
      return statusSaid(DeliveryStatus.FAILED, 'rendering: SES could not render a template of its own', mail);
    case 'DeliveryDelay':
      return { word: 'delayed', reason: `delayed: ${word(deliveryDelay?.delayType)}`, at: deliveryDelay?.timestamp };
    case 'Open':
      return { word: 'opened', reason: 'engagement: of the recipient', at: open?.timestamp };
    case 'Click':
      return { word: 'clicked', reason: 'engagement: of the recipient', at: click?.timestamp };
    default:
      return undefined;
  }
}

function statusSaid(status: DeliveryStatus, reason: string, timed: Timed | undefined): Said {
  return { word: status, status, reason, at: timed?.timestamp };
}

/** Those that differ in case only are one. */
function addressesOf(recipients: readonly Addressed[] | undefined): string[] {
  const named = (recipients ?? []).flatMap(({ emailAddress }) =>
    typeof emailAddress === 'string' && emailAddress !== '' ? [emailAddress] : [],
  );
  return [...new Map(named.map((address) => [address.toLowerCase(), address])).values()];
}

/** What SES says in a word or two. Longer texts may quote an address. */
function word(text: string | undefined): string {
  return text !== undefined && /^[A-Za-z][A-Za-z -]{0,40}$/.test(text) ? text : 'no reason given';
}
