import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryStatus, Lane, PlanMessage } from '../../../blocks/fanout-contract';
import type { NotificationRules } from '../../../notification-rules/rules';
import type { DeliveryName } from '../../../runtime/channels/delivery-tags';
import type { TableReader } from '../../../runtime/channels/table-reader';
import type { Clock } from '../../../runtime/clock';
import { deliveryUpdate } from '../../../runtime/notifications/store/delivery-change';
import { type DeliveryMessage, messageName, readDelivery, type StoredDelivery } from '../../../runtime/notifications/store/items';
import { deliveryItemKey } from '../../../runtime/notifications/store/keys';
import { SuppressionSource, suppressionUpdate } from '../../../runtime/notifications/store/suppressed-addresses';
import type { WorkerOptions } from '../../../runtime/worker/options';
import { type Feedback, readSesEvent, type SesEvent } from './ses-event';

export interface FeedbackDependencies {
  readonly tableName: string;
  readonly reader: Pick<TableReader, 'read'>;
  readonly sqs: Pick<SQSClient, 'send'>;
  /** URL of the planning queue by lane: there engagements are remembered for fallbacks. */
  readonly planQueues: Readonly<Record<Lane, string>>;
  readonly rules: Pick<NotificationRules, 'rules'>;
  readonly publish: boolean;
  readonly clock: Clock;
}

/** Statuses that what is told may follow. SES tells in any order, and maybe before the message was noted as sent. */
const FOLLOWS: Readonly<Partial<Record<DeliveryStatus, readonly DeliveryStatus[]>>> = {
  delivered: ['queued', 'sent', 'unknown'],
  bounced: ['queued', 'sent', 'delivered', 'unknown'],
  complained: ['queued', 'sent', 'delivered', 'bounced', 'unknown'],
  failed: ['queued', 'sent', 'unknown'],
};

/** Behind the queue of what SES tells of its messages: suppresses addresses, sets the status of deliveries, and passes engagements on to where fallbacks wait for them. */
export function createFeedback(dependencies: FeedbackDependencies): WorkerOptions<SesEvent> {
  const { tableName, reader, publish, clock } = dependencies;
  return {
    idempotencyKey(event) {
      const feedback = readSesEvent(event);
      return feedback === undefined ? `ses#${event.detail!.mail!.messageId}` : `ses#${feedback.email}#${feedback.word}#${feedback.at}`;
    },
    async handle(event, { transaction, logger }) {
      const feedback = readSesEvent(event);
      if (feedback === undefined) return;
      const { delivery: name, suppress, at } = feedback;
      for (const address of suppress?.addresses ?? []) {
        const channel = name?.channel ?? 'email';
        transaction.update(
          suppressionUpdate(tableName, SuppressionSource.provider(channel), [{ address, channel, reason: suppress!.reason, at }]),
        );
      }
      const item = name && (await reader.read(deliveryItemKey(name)));
      if (name === undefined || item === undefined) {
        logger.info('of no delivery that is kept', { event: feedback.word });
        return;
      }
      const delivery = readDelivery(item);
      const message = delivery.messages[messageName(name)];
      if (message === undefined) return;
      transaction.update(deliveryUpdate(tableName, delivery, { ...changeOf(message, feedback), publish, now: clock.now() }));
      if (isWaitedFor(feedback.word, message)) await passOn(feedback, name, delivery, message);
    },
  };

  /** `delivered` and the like are no engagement, unless a rule says that it waits for them. */
  function isWaitedFor(word: string, { rule }: DeliveryMessage): boolean {
    if (word === 'opened' || word === 'clicked') return true;
    return dependencies.rules.rules.find(({ id }) => id === rule)?.fallback?.until?.includes(word) ?? false;
  }

  async function passOn(
    { word, at }: Feedback,
    { recipient, channel }: DeliveryName,
    delivery: StoredDelivery,
    { lane }: DeliveryMessage,
  ): Promise<void> {
    const events = delivery.digest?.events.map(({ id }) => id) ?? (delivery.event === undefined ? [] : [delivery.event]);
    for (const event of events) {
      const message: PlanMessage = { kind: 'engagement', recipient, event, channel, engagement: word, at };
      await dependencies.sqs.send(
        new SendMessageCommand({ QueueUrl: dependencies.planQueues[lane], MessageBody: JSON.stringify(message) }),
      );
    }
  }
}

function changeOf(
  message: DeliveryMessage,
  { status, word, reason, at }: Feedback,
): Pick<Parameters<typeof deliveryUpdate>[2], 'changes' | 'happened'> {
  const { channel, rule } = message;
  const time = Date.parse(at);
  if (status !== undefined && FOLLOWS[status]!.includes(message.status)) {
    return { changes: [{ message: { ...message, status, reason, at: time }, from: [message.status] }] };
  }
  return { changes: [], happened: [{ channel, rule, status: word, reason, at: time }] };
}
