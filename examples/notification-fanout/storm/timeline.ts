import type { StormScene } from '../../../lib/operate/storm/contract';
import type { Observed } from './judge/observed';

/** All that one recipient was told of, as an operator sees it: of somebody with whom much happened. */
export async function timelineOf({ breakwater }: StormScene, { deliveries, recipients }: Observed): Promise<string> {
  const statuses = new Map<string, Set<string>>();
  const known = new Set(recipients.map(({ id }) => id));
  for (const { recipient, timeline } of deliveries) {
    if (!known.has(recipient) || recipient.startsWith('desk-')) continue;
    const seen = statuses.get(recipient) ?? new Set();
    statuses.set(recipient, seen);
    for (const { channel, status } of timeline) seen.add(`${channel} ${status}`);
  }
  const [most] = [...statuses].sort(([, one], [, other]) => other.size - one.size);
  return most === undefined ? '' : breakwater(['notifications', 'timeline', '--recipient', most[0]]);
}
