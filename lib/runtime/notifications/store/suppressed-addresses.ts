import { unmarshall } from '@aws-sdk/util-dynamodb';
import { channelSettings } from '../../../notification-rules/channels';
import type { SuppressedAddress } from '../../../notification-rules/records';
import type { NotificationRules } from '../../../notification-rules/rules';
import type { UpdateOperation } from '../../transaction/operation';
import { oldestReason, type Suppressions } from '../suppressions';
import type { StoredItem } from './items';
import { PARTITION_KEY, sha256, suppressionKey } from './keys';

/** Who says that an address gets nothing more: each takes back what it said itself. */
export const SuppressionSource = {
  /** Someone at the command line. */
  operator: (channel = '*') => `operator:${channel}`,
  /** What the provider of a channel told: a bounce, a complaint. */
  provider: (channel: string) => `provider:${channel}`,
  /** `suppressed` of a recipient. */
  recipient: (id: string) => `recipient:${id}`,
} as const;

/** Against one address, which the item does not name. */
export interface SuppressionEntry extends Omit<SuppressedAddress, 'address'> {
  /** Hash of the address with its case. */
  readonly exact: string;
}

const SOURCE_PREFIX = 'by#';

/**
 * Says that an address gets nothing more. An entry of the same source that is there already stays, unless `replace` says otherwise: of several reasons the oldest is told.
 *
 * @param entries all of one address, but for its case
 */
export function suppressionUpdate(
  tableName: string,
  source: string,
  entries: readonly SuppressedAddress[],
  { replace = false }: { readonly replace?: boolean } = {},
): UpdateOperation {
  const [{ address }] = entries as readonly [SuppressedAddress];
  const value = entries.map(({ address: exact, ...entry }): SuppressionEntry => ({ ...entry, exact: sha256(exact) }));
  return {
    TableName: tableName,
    Key: suppressionKey(address),
    UpdateExpression: replace ? 'SET #by = :entries' : 'SET #by = if_not_exists(#by, :entries)',
    ExpressionAttributeNames: { '#by': `${SOURCE_PREFIX}${source}` },
    ExpressionAttributeValues: { ':entries': value },
  };
}

/** Takes back what a source said against an address. */
export function suppressionRemoval(tableName: string, source: string, address: string): UpdateOperation {
  return {
    TableName: tableName,
    Key: suppressionKey(address),
    UpdateExpression: 'REMOVE #by',
    ExpressionAttributeNames: { '#by': `${SOURCE_PREFIX}${source}` },
  };
}

/** What is known against an address, by source. */
export function readSuppression(item: StoredItem): ReadonlyMap<string, readonly SuppressionEntry[]> {
  const said = Object.entries(unmarshall(item)).filter(([name]) => name.startsWith(SOURCE_PREFIX));
  return new Map(said.map(([name, entries]) => [name.slice(SOURCE_PREFIX.length), entries as readonly SuppressionEntry[]]));
}

/** @param items those of the addresses that will be asked for, as far as there are any */
export function storedSuppressions(rules: NotificationRules, items: readonly StoredItem[]): Suppressions {
  const byKey = new Map(items.map((item) => [item[PARTITION_KEY]!.S!, [...readSuppression(item).values()].flat()]));
  return {
    reasonFor(channel, address, at) {
      const entries = byKey.get(suppressionKey(address)[PARTITION_KEY]) ?? [];
      const { caseSensitive } = channelSettings(rules, channel);
      const exact = caseSensitive ? sha256(address) : undefined;
      return oldestReason(
        entries.filter((entry) => exact === undefined || entry.exact === exact),
        channel,
        at,
      );
    },
  };
}
