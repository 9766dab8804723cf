import { channelSettings } from '../../notification-rules/channels';
import type { Recipient, SuppressedAddress } from '../../notification-rules/records';
import type { NotificationRules } from '../../notification-rules/rules';
import { grouped } from './grouped';

/** Addresses that get nothing more. */
export interface Suppressions {
  /** @returns why, or undefined when the address may be sent to at that time */
  reasonFor(channel: string, address: string, at: number): string | undefined;
}

/** Those of all recipients: an address is suppressed whoever has it. */
export function suppressionsOf(rules: NotificationRules, recipients: Iterable<Recipient>): Suppressions {
  const entries = [...recipients].flatMap(({ suppressed = [] }) =>
    suppressed.map((one) => (typeof one === 'string' ? { address: one } : one)),
  );
  const byAddress = grouped(entries.map((entry): readonly [string, SuppressedAddress] => [entry.address.toLowerCase(), entry]));
  return {
    reasonFor(channel, address, at) {
      const { caseSensitive } = channelSettings(rules, channel);
      const entries = (byAddress.get(address.toLowerCase()) ?? []).filter((entry) => !caseSensitive || entry.address === address);
      return oldestReason(entries, channel, at);
    },
  };
}

/** Of several entries against an address, the oldest one's reason: in which order they were read says nothing. */
export function oldestReason(entries: readonly Entry[], channel: string, at: number): string | undefined {
  const [found] = entries
    .filter((entry) => (entry.channel === undefined || entry.channel === channel) && since(entry) <= at)
    .sort((one, other) => since(one) - since(other) || (whyOf(one) < whyOf(other) ? -1 : 1));
  return found && whyOf(found);
}

type Entry = Omit<SuppressedAddress, 'address'>;

/** 0 for always: what is before 1970 is no time of an event. */
function since({ at }: Entry): number {
  return at === undefined ? 0 : Date.parse(at);
}

function whyOf({ reason }: Entry): string {
  return reason ?? 'no reason given';
}
