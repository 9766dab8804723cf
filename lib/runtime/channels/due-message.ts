import { type ChannelMessage, DeliveryStatus, type Lane } from '../../blocks/fanout-contract';
import type { Recipient } from '../../notification-rules/records';
import type { NotificationRule } from '../../notification-rules/rules';
import { renderParts } from '../../notification-templates/render';
import { templateId } from '../../notification-templates/template-of-rule';
import { TemplateFault, type Templates } from '../../notification-templates/templates';
import type { Clock } from '../clock';
import { PermanentError } from '../failures';
import { addressOf, suppressionOf } from '../notifications/gates';
import type { FanoutSettings } from '../notifications/settings';
import {
  type DeliveryMessage,
  messageName,
  readDelivery,
  readEvent,
  readProfile,
  type StoredDelivery,
  type StoredEvent,
  type StoredItem,
} from '../notifications/store/items';
import { deliveryItemKey, eventKey, profileKey, suppressionKey } from '../notifications/store/keys';
import { storedSuppressions } from '../notifications/store/suppressed-addresses';
import type { OutgoingMessage } from './contract';
import { messageVariables } from './message-variables';
import type { TableReader } from './table-reader';

export interface DueMessageDependencies {
  readonly reader: Pick<TableReader, 'read'>;
  readonly settings: Pick<FanoutSettings<Templates>, 'rules' | 'templates'>;
  /** @returns where the recipient unsubscribes; undefined on a channel without links */
  readonly unsubscribeUrl: (about: { recipient: string; channel: string; category: string }) => Promise<string | undefined>;
  readonly clock: Clock;
}

/** A message as it stands, and what is to become of it. */
export interface DueMessage {
  readonly delivery: StoredDelivery;
  readonly message: DeliveryMessage;
  readonly next: { readonly end: DeliveryStatus; readonly reason: string } | { readonly send: Omit<OutgoingMessage, 'idempotencyKey'> };
}

/** From which a message may be sent. Of one whose outcome is unknown the step itself decides whether it is begun again. */
export const OPEN_STATUSES: readonly DeliveryStatus[] = [DeliveryStatus.QUEUED, DeliveryStatus.UNKNOWN];

/** What is known of an event for all its recipients is read again after so long: whether it was cancelled. */
const FRESH_MILLISECONDS = 1_000;
const MOST_EVENTS = 200;

interface Known {
  readonly item: Promise<StoredItem | undefined>;
  readonly readAt: number;
}

/**
 * Finds out what is to become of a message: gates that are looked at again when it leaves, and its content.
 *
 * @returns gives undefined for a message that has its end already
 */
export function dueMessages(dependencies: DueMessageDependencies): (message: ChannelMessage) => Promise<DueMessage | undefined> {
  const { reader, settings, clock } = dependencies;
  const { rules, templates } = settings;
  const events = new Map<string, Known>();

  return async (about) => {
    const [deliveryFound, profileFound, eventFound] = await Promise.all([
      reader.read(deliveryItemKey(about)),
      reader.read(profileKey(about.recipient)),
      about.event === undefined ? undefined : readEventItem(about.occurrence),
    ]);
    if (deliveryFound === undefined) throw new Error('the delivery is not there, or not any more');
    const delivery = readDelivery(deliveryFound);
    const message = delivery.messages[messageName(about)];
    if (message === undefined || !OPEN_STATUSES.includes(message.status)) return undefined;
    const found = delivery.digest === undefined ? [eventFound] : await readEventItems(delivery.digest.events);
    const told = found.flatMap((item) => (item === undefined ? [] : [readEvent(item)]));
    const recipient = profileFound && readProfile(profileFound).recipient;
    return { delivery, message, next: await nextOf(message, delivery, told, recipient) };
  };

  async function nextOf(
    { channel, rule: ruleId, lane }: DeliveryMessage,
    delivery: StoredDelivery,
    told: readonly StoredEvent[],
    recipient: Recipient | undefined,
  ): Promise<DueMessage['next']> {
    const kept = told.filter(({ state }) => state !== 'cancelled');
    if (told.length > 0 && kept.length === 0) return { end: DeliveryStatus.CANCELLED, reason: 'cancelled: the event was' };
    if (kept.length === 0) return { end: DeliveryStatus.FAILED, reason: 'event: it is not kept any more' };
    const address = recipient && addressOf({ rules, id: recipient.id, recipient }, channel);
    if (recipient === undefined || address === undefined) {
      return {
        end: DeliveryStatus.NO_ADDRESS,
        reason: `address: ${recipient === undefined ? 'the recipient is not known' : `none for ${channel}`}`,
      };
    }
    const suppressed = await suppressionNow(recipient, channel, address);
    if (suppressed !== undefined) return { end: DeliveryStatus.SUPPRESSED, reason: suppressed };
    const rule = rules.rules.find(({ id }) => id === ruleId);
    // Rules that were taken back can be given again, and the message sent back from the parking lot.
    if (rule === undefined) throw new PermanentError(`there is no rule ${ruleId} any more`);
    try {
      return { send: await outgoing(rule, lane, delivery, kept, recipient, channel, address) };
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      return { end: DeliveryStatus.FAILED, reason: `template: ${error.message}` };
    }
  }

  async function suppressionNow(recipient: Recipient, channel: string, address: string): Promise<string | undefined> {
    const item = await reader.read(suppressionKey(address));
    const suppressions = storedSuppressions(rules, item === undefined ? [] : [item]);
    return suppressionOf({ rules, id: recipient.id, recipient, suppressions }, channel, clock.now())?.reason;
  }

  async function outgoing(
    rule: NotificationRule,
    lane: Lane,
    { occurrence, digest }: StoredDelivery,
    told: readonly StoredEvent[],
    recipient: Recipient,
    channel: string,
    address: string,
  ): Promise<Omit<OutgoingMessage, 'idempotencyKey'>> {
    const { id, timezone, data } = recipient;
    const unsubscribeUrl = await dependencies.unsubscribeUrl({ recipient: id, channel, category: rule.category });
    const variables = messageVariables({ rule, events: told, isDigest: digest !== undefined, recipient, unsubscribeUrl });
    const template = own(own(templates, templateId(rule)) ?? {}, channel) ?? {};
    return {
      ...{ channel, address, variables, lane, occurrence, rule: rule.id, category: rule.category },
      recipient: { id, ...(timezone !== undefined && { timezone }), ...(data !== undefined && { data }) },
      content: await renderParts(template, variables),
      events: told.map((event) => event.id),
      ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
    };
  }

  function readEventItem(occurrence: string): Promise<StoredItem | undefined> {
    const known = events.get(occurrence);
    if (known !== undefined && clock.now() - known.readAt < FRESH_MILLISECONDS) return known.item;
    if (events.size >= MOST_EVENTS) events.clear();
    const item = reader.read(eventKey(occurrence));
    // A failure is no answer to others.
    item.catch(() => events.delete(occurrence));
    events.set(occurrence, { item, readAt: clock.now() });
    return item;
  }

  function readEventItems(among: readonly { readonly occurrence: string }[]): Promise<(StoredItem | undefined)[]> {
    return Promise.all(among.map(({ occurrence }) => readEventItem(occurrence)));
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
