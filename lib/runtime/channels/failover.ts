import { certainlyNotDone } from '../external/outcome';
import { permanentReason, RetryAfterError } from '../failures';
import { type ChannelAdapter, type OutgoingMessage, RefusedError, type SentMessage } from './contract';
import type { SharedBreaker } from './shared-breaker';

/** A way to send the messages of a channel. */
export interface Provider {
  /** The same over deployments: what is known of the provider is kept under it. */
  readonly name: string;
  readonly send: ChannelAdapter;
  /** @default - it is always called: there is no other one */
  readonly breaker?: Pick<SharedBreaker, 'admit'>;
}

/** What the provider that took a message said. */
export interface ProviderAnswer extends SentMessage {
  readonly provider: string;
  /** Whether it was another one than the first. */
  readonly failover: boolean;
}

/**
 * Sends by the first provider that works. The next one is only called when the one before has surely sent nothing.
 *
 * @throws what the last one threw that was called; `RetryAfterError` when none was
 */
export async function sendByOneOf(providers: readonly Provider[], message: OutgoingMessage): Promise<ProviderAnswer> {
  let failure: unknown;
  let wait = Number.POSITIVE_INFINITY;
  for (const [index, { name, send, breaker }] of providers.entries()) {
    const admission = await breaker?.admit();
    if (admission?.admitted === false) {
      wait = Math.min(wait, admission.waitMilliseconds);
      continue;
    }
    try {
      const sent = await send(message);
      await admission?.report(true);
      return { ...(sent?.id !== undefined && { id: sent.id }), provider: name, failover: index > 0 };
    } catch (error) {
      await admission?.report(error instanceof RefusedError);
      // Whether one that gave no answer has sent it nobody knows; and what is wrong with the message itself no other one mends.
      if (!certainlyNotDone(error) || permanentReason(error) !== undefined) throw error;
      failure = error;
    }
  }
  throw failure ?? new RetryAfterError(wait / 1000, `no provider of the channel works: none was called`);
}
