import type { ChannelAdapter, OutgoingMessage } from '../../../lib/runtime/channels/contract';
import { certainlyNotDone } from '../../../lib/runtime/external/outcome';
import { permanentReason } from '../../../lib/runtime/failures';

export const ADDRESS = 'ann.bell@example.com';

export function outgoing(parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    channel: 'email',
    recipient: { id: 'ann' },
    address: ADDRESS,
    content: { subject: 'On its way', text: 'Your order 7 left.', html: '<p>Your order 7 left.</p>' },
    variables: { order: 7 },
    idempotencyKey: '0d7f2c66-5be0-8d6a-9a58-0e6d6f2a1f11',
    rule: 'order-shipped',
    category: 'orders',
    lane: 'transactional',
    occurrence: 'occurrence-1',
    events: ['e1'],
    ...parts,
  };
}

/** What an adapter makes of a failure, in the words of its table. */
export async function verdictOf(send: ChannelAdapter, message: OutgoingMessage): Promise<string> {
  try {
    await send(message);
    return 'sent';
  } catch (error) {
    const { name, message: text, suppress } = error as Error & { readonly suppress?: boolean };
    // Whatever it says is logged, and of a refusal kept.
    if (text.includes(message.address)) throw new Error(`tells the address: ${text}`);
    if (name === 'RefusedError') return `refused ${text.split(':', 1)[0]}${suppress ? ', suppressed' : ''}`;
    if (permanentReason(error) !== undefined) return 'ours, for good';
    return certainlyNotDone(error) ? 'not sent' : 'unknown';
  }
}

/** As the SDK throws what a service answers. */
export function answered(name: string, status: number, message = ''): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}
