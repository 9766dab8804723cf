import { type ChannelMessage, DeliveryStatus, FanoutMetric, type UnknownOutcome } from '../../blocks/fanout-contract';
import type { Clock } from '../clock';
import type { ExternalOptions } from '../external/external';
import { certainlyNotDone } from '../external/outcome';
import { NotStartedError, UnknownOutcomeError } from '../failures';
import { type DeliveryChange, deliveryUpdate } from '../notifications/store/delivery-change';
import type { FanoutStore } from '../notifications/store/fanout-store';
import type { DeliveryMessage, StoredDelivery } from '../notifications/store/items';
import { SuppressionSource, suppressionUpdate } from '../notifications/store/suppressed-addresses';
import type { Telemetry } from '../telemetry';
import type { UpdateOperation } from '../transaction/operation';
import type { HandlerContext } from '../worker/options';
import { type OutgoingMessage, RefusedError } from './contract';
import { type DueMessage, OPEN_STATUSES } from './due-message';
import { type Provider, type ProviderAnswer, sendByOneOf } from './failover';
import type { SharedRate } from './shared-rate';

/** What the provider said; kept with the step, so that a later run of the message says the same. */
export type SendOutcome =
  | ({ readonly kind: 'sent' } & ProviderAnswer)
  | { readonly kind: 'refused'; readonly reason: string; readonly suppress: boolean };

export interface SendMessageDependencies {
  readonly due: (message: ChannelMessage) => Promise<DueMessage | undefined>;
  readonly providers: readonly Provider[];
  /** @default - not limited */
  readonly rate?: Pick<SharedRate, 'waitForPlace'>;
  readonly unknownOutcome: UnknownOutcome;
  /** Handler runs that a message may cost; after the last it is parked. */
  readonly attempts: number;
  /** How an outcome that nobody knows is found out. */
  readonly resolution: Pick<ExternalOptions<SendOutcome>, 'confirm' | 'providerRemembersSeconds'>;
  readonly store: Pick<FanoutStore, 'tableName' | 'update'>;
  readonly publish: boolean;
  readonly telemetry: Pick<Telemetry, 'count' | 'time'>;
  readonly clock: Clock;
}

/** Name of the one external effect of a message: also that of its record. */
const STEP = 'send';

/** Sends a message of a channel once, and writes down what became of it. */
export function sendMessage(dependencies: SendMessageDependencies): (message: ChannelMessage, context: HandlerContext) => Promise<void> {
  const { due, telemetry, clock } = dependencies;

  return async (about, context) => {
    const { channel } = about;
    const found = await due(about);
    if (found === undefined) {
      context.logger.debug('the message has its end already', { channel, occurrence: about.occurrence });
      return;
    }
    if ('end' in found.next) return end(found, found.next, context);
    await waitForPlace(found.message, context);
    const outcome = await sendOnce(found, found.next.send, context);
    if (outcome.kind === 'sent') {
      change(found, DeliveryStatus.SENT, `sent: by ${outcome.provider}${outcome.id === undefined ? '' : `, ${outcome.id}`}`, context);
      return;
    }
    telemetry.count(FanoutMetric.FAILED, { channel });
    change(found, DeliveryStatus.FAILED, outcome.reason, context);
    if (outcome.suppress) context.transaction.update(suppression(found.next.send, outcome.reason));
  };

  function end(
    found: DueMessage,
    { end: status, reason }: { readonly end: DeliveryStatus; readonly reason: string },
    context: HandlerContext,
  ): void {
    // That it must not go out now does not tell whether it did before.
    if (found.message.status === DeliveryStatus.UNKNOWN) throw new UnknownOutcomeError(`its outcome is unknown, and now ${reason}`);
    const { channel } = found.message;
    if (status === DeliveryStatus.SUPPRESSED) telemetry.count(FanoutMetric.SUPPRESSED, { channel });
    if (status === DeliveryStatus.FAILED) telemetry.count(FanoutMetric.FAILED, { channel });
    change(found, status, reason, context);
  }

  /** Half of the time that is left may be spent on waiting, the other half is for the provider. */
  async function waitForPlace({ lane, channel }: DeliveryMessage, { remainingMilliseconds }: HandlerContext): Promise<void> {
    const wait = await dependencies.rate?.waitForPlace(lane, clock.now() + remainingMilliseconds() / 2);
    if (wait === undefined) return;
    // Those that are given back together come back apart.
    throw new NotStartedError((wait / 1000) * (1 + clock.random()), `channel ${channel} has no place within the time that is left`);
  }

  async function sendOnce(
    found: DueMessage,
    send: Omit<OutgoingMessage, 'idempotencyKey'>,
    { external, attempt }: HandlerContext,
  ): Promise<SendOutcome> {
    const { resolution, unknownOutcome } = dependencies;
    let failure: unknown;
    try {
      return await external(
        STEP,
        async (idempotencyKey) => {
          try {
            return await ask({ ...send, idempotencyKey }, found.delivery);
          } catch (error) {
            failure = error;
            throw error;
          }
        },
        unknownOutcome === 'sendAgain' ? { providerRemembersSeconds: Number.POSITIVE_INFINITY, ...resolution } : resolution,
      );
    } catch (error) {
      const isOfProvider = error === failure;
      const isUnknown = error instanceof UnknownOutcomeError || (isOfProvider && !certainlyNotDone(error));
      const nobodyTells =
        unknownOutcome === 'park' && resolution.confirm === undefined && resolution.providerRemembersSeconds === undefined;
      if (!isUnknown) throw error;
      // Where it can still be found out, or sent again, it is not the end: but for the last attempt.
      const isTriedAgain = isOfProvider && !nobodyTells;
      if (!isTriedAgain || attempt >= dependencies.attempts) await noteUnknown(found);
      throw error instanceof UnknownOutcomeError || isTriedAgain
        ? error
        : new UnknownOutcomeError(`nobody knows whether the message went out: ${(error as Error).message}`, { cause: error });
    }
  }

  async function ask(message: OutgoingMessage, delivery: StoredDelivery): Promise<SendOutcome> {
    const { channel } = message;
    try {
      const answer = await sendByOneOf(dependencies.providers, message);
      telemetry.count(FanoutMetric.SENT, { channel });
      if (answer.failover) telemetry.count(FanoutMetric.FAILOVER, { channel });
      if (!wasHeld(delivery, message)) telemetry.time(FanoutMetric.SEND_TIME, Math.max(0, clock.now() - delivery.receivedAt));
      return { kind: 'sent', ...answer };
    } catch (error) {
      withoutAddress(error, message.address);
      if (error instanceof RefusedError) return { kind: 'refused', reason: error.message, suppress: error.suppress };
      throw error;
    }
  }

  function change(found: DueMessage, status: DeliveryStatus, reason: string, { transaction }: HandlerContext): void {
    transaction.update(update(found, status, reason, OPEN_STATUSES));
  }

  /** Beside the transaction, which a message that is parked does not have. */
  async function noteUnknown(found: DueMessage): Promise<void> {
    const operation = update(found, DeliveryStatus.UNKNOWN, 'unknown: it was begun, and nobody knows whether it went out', [
      DeliveryStatus.QUEUED,
    ]);
    await dependencies.store.update(operation);
  }

  function update(
    { delivery, message }: DueMessage,
    status: DeliveryStatus,
    reason: string,
    from: DeliveryChange['changes'][0]['from'],
  ): UpdateOperation {
    const { store, publish } = dependencies;
    const now = clock.now();
    return deliveryUpdate(store.tableName, delivery, {
      changes: [{ message: { ...message, status, reason, at: now }, from }],
      publish,
      now,
    });
  }

  function suppression({ address, channel }: Omit<OutgoingMessage, 'idempotencyKey'>, reason: string): UpdateOperation {
    const at = new Date(clock.now()).toISOString();
    return suppressionUpdate(dependencies.store.tableName, SuppressionSource.provider(channel), [
      { address, channel, reason: reason.split(':', 1)[0]!, at },
    ]);
  }
}

function wasHeld({ timeline, digest }: StoredDelivery, { channel, rule }: Pick<OutgoingMessage, 'channel' | 'rule'>): boolean {
  return (
    digest !== undefined || timeline.some((line) => line.channel === channel && line.rule === rule && line.status === DeliveryStatus.HELD)
  );
}

/** What an adapter says of a failure is logged, parked and kept. */
function withoutAddress(error: unknown, address: string): void {
  if (!(error instanceof Error) || address === '') return;
  const clean = (text: string) => text.replaceAll(address, '<address>');
  if (error.message.includes(address)) error.message = clean(error.message);
  if (error.stack?.includes(address)) error.stack = clean(error.stack);
  withoutAddress(error.cause, address);
}
