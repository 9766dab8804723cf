import type { NotificationRule, NotificationRules } from '../../../notification-rules/rules';
import type { RecipientContext } from '../../../runtime/notifications/contract';
import { addressOf } from '../../../runtime/notifications/gates';
import type { FanoutStore } from '../../../runtime/notifications/store/fanout-store';
import { readProfile } from '../../../runtime/notifications/store/items';
import { profileKey, suppressionKey } from '../../../runtime/notifications/store/keys';
import { storedSuppressions } from '../../../runtime/notifications/store/suppressed-addresses';

/** Who recipients are and what is known against their addresses, in two rounds of reads for all of them. @param ofInterest whose channels are asked for */
export async function contextsOf(
  ids: readonly string[],
  rules: NotificationRules,
  ofInterest: readonly NotificationRule[],
  store: Pick<FanoutStore, 'read'>,
): Promise<ReadonlyMap<string, RecipientContext>> {
  const profiles = await store.read(ids.map(profileKey));
  const known = ids.map((id) => {
    const item = profiles.get(profileKey(id));
    return { rules, id, ...(item && { recipient: readProfile(item).recipient }) };
  });
  const channels = [
    ...new Set(ofInterest.flatMap((rule) => [...rule.channels, ...(rule.fallback === undefined ? [] : [rule.fallback.channel])])),
  ];
  const addresses = known.flatMap((one) => channels.flatMap((channel) => addressOf(one, channel) ?? []));
  const suppressed = await store.read([...new Set(addresses)].map(suppressionKey));
  const suppressions = storedSuppressions(rules, suppressed.all);
  return new Map(known.map((one) => [one.id, { ...one, suppressions }]));
}
