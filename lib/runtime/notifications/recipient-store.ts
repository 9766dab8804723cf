import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { CategoryPreferences, Preferences, Recipient, SuppressedAddress } from '../../notification-rules/records';
import { faultOfRecipient } from '../../notification-rules/records-file';
import { CLIENT_CONFIG } from '../client-config';
import { systemClock } from '../clock';
import { sideBySide } from '../side-by-side';
import { grouped } from './grouped';
import { FanoutStore, type FanoutStoreClients, hasRevision } from './store/fanout-store';
import { profileItem, readProfile, type StoredProfile } from './store/items';
import { LONGEST_ID_BYTES, membershipKey, profileKey } from './store/keys';
import { SuppressionSource, suppressionRemoval, suppressionUpdate } from './store/suppressed-addresses';

export interface RecipientStoreOptions {
  /** Name of the fan-out's table: `notifications.table.tableName`. */
  readonly tableName: string;
}

/** Who is told: addresses, preferences, topics. What is written holds for what is planned from then on. */
export interface RecipientStore {
  /**
   * Adds a recipient, or takes the place of the one with this id.
   *
   * Addresses that it lists as suppressed get nothing more, whoever has them, until it is put without them.
   *
   * @throws Error for what is no recipient, with the field
   */
  put(recipient: Recipient): Promise<void>;
  /**
   * As `put`, many at a time. Not all or nothing: what was written before an error stands, and can be put again.
   *
   * @throws Error for what is no recipient, with its place and the field, before anything is written
   */
  putMany(recipients: readonly Recipient[]): Promise<void>;
  get(id: string): Promise<Recipient | undefined>;
  /** Takes a recipient away. What was counted for caps and the like, and suppressed addresses, stay: somebody who comes back is not told twice. */
  delete(id: string): Promise<void>;
  /**
   * A recipient wants no more on a channel: of a category, or at all. Nothing happens for an id that nobody knows.
   *
   * @returns whether there is such a recipient
   */
  unsubscribe(wish: Unsubscription): Promise<boolean>;
}

/** What a recipient wants no more. */
export interface Unsubscription {
  readonly recipient: string;
  readonly channel: string;
  /** @default - every category */
  readonly category?: string;
}

const AT_ONCE = 25;
const TRIES = 10;

/** Recipients of a fan-out, for code that has `grantRecipients` of the construct. */
export function recipientStore({ tableName }: RecipientStoreOptions): RecipientStore {
  return createRecipientStore(tableName, { dynamoDb: new DynamoDBClient(CLIENT_CONFIG), clock: systemClock });
}

/** {@link recipientStore} on given clients. */
export function createRecipientStore(tableName: string, clients: FanoutStoreClients): RecipientStore {
  const store = new FanoutStore(tableName, clients);
  const change = (id: string, to: (before: Recipient | undefined) => Recipient | undefined) => changeRecipient(store, clients, id, to);
  const putMany = async (recipients: readonly Recipient[]): Promise<void> => {
    for (const [index, recipient] of recipients.entries()) check(recipient, recipients.length === 1 ? '' : `[${index}]: `);
    await sideBySide(recipients, AT_ONCE, async (recipient) => void (await change(recipient.id, () => recipient)));
  };
  return {
    put: (recipient) => putMany([recipient]),
    putMany,
    async get(id) {
      const item = await store.readOne(profileKey(id));
      return item && readProfile(item).recipient;
    },
    async delete(id) {
      await change(id, () => undefined);
    },
    unsubscribe: ({ recipient: id, channel, category }) =>
      change(id, (before) => before && { ...before, preferences: without(before.preferences, channel, category) }),
  };
}

/** @returns whether the recipient was there */
async function changeRecipient(
  store: FanoutStore,
  { clock }: FanoutStoreClients,
  id: string,
  to: (before: Recipient | undefined) => Recipient | undefined,
): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const item = await store.readOne(profileKey(id));
    const before = item && readProfile(item);
    const after = to(before?.recipient);
    if (before === undefined && after === undefined) return false;
    const revision = Math.max((before?.revision ?? 0) + 1, clock.now());
    if (await write(store, id, before, after && { recipient: after, revision }, revision)) return before !== undefined;
  }
  throw new Error(`recipient ${id} is changed by others all the time: put it again`);
}

/**
 * Memberships that are new come before the recipient, those that are over after: so nobody is missed in between, and a membership too many finds nobody to tell.
 *
 * @returns false when the recipient is not what it was any more
 */
async function write(
  store: FanoutStore,
  id: string,
  before: StoredProfile | undefined,
  after: StoredProfile | undefined,
  revision: number,
): Promise<boolean> {
  const { tableName } = store;
  const [old, wanted] = [placesOf(before), placesOf(after)];
  const [listed, said] = [suppressedBy(after), suppressedBy(before)];
  for (const [key, entries] of listed)
    if (!isDeepStrictEqual(entries, said.get(key)))
      await store.update(suppressionUpdate(tableName, SuppressionSource.recipient(id), entries, { replace: true }));
  for (const topic of wanted.filter((one) => !old.includes(one))) await join(store, topic, id, revision);
  if (after === undefined) {
    const gone = await store.delete(profileKey(id), hasRevision(before?.revision));
    if (!gone) return false;
  } else if ((await store.put(profileItem(after), hasRevision(before?.revision))) !== undefined) return false;
  for (const topic of old.filter((one) => !wanted.includes(one))) await leave(store, topic, id, revision);
  if (after === undefined) return true;
  for (const [key, [entry]] of said)
    if (!listed.has(key)) await store.update(suppressionRemoval(tableName, SuppressionSource.recipient(id), entry!.address));
  return true;
}

/** Where a recipient is found: topics, and `undefined` for among all. */
function placesOf(profile: StoredProfile | undefined): readonly (string | undefined)[] {
  return profile === undefined ? [] : [undefined, ...new Set(profile.recipient.topics ?? [])];
}

async function join(store: FanoutStore, topic: string | undefined, id: string, revision: number): Promise<void> {
  await store.put(marshall({ ...membershipKey(topic, id), revision }));
}

/** Unless another change has made the recipient a member again. */
async function leave(store: FanoutStore, topic: string | undefined, id: string, revision: number): Promise<void> {
  await store.delete(membershipKey(topic, id), {
    ConditionExpression: '#revision <= :revision',
    ExpressionAttributeNames: { '#revision': 'revision' },
    ExpressionAttributeValues: marshall({ ':revision': revision }),
  });
}

/** Those that differ in case only share an item. */
function suppressedBy(profile: StoredProfile | undefined): ReadonlyMap<string, readonly SuppressedAddress[]> {
  const entries = (profile?.recipient.suppressed ?? []).map((one) => (typeof one === 'string' ? { address: one } : one));
  return grouped(entries.map((entry): readonly [string, SuppressedAddress] => [entry.address.toLowerCase(), entry]));
}

/** Also where a more specific preference would decide: what is wanted no more is said at each level. */
function without(preferences: Preferences = {}, channel: string, category: string | undefined): Preferences {
  const closed = (name: string): CategoryPreferences => {
    const said = preferences.categories?.[name];
    const { enabled, channels } = typeof said === 'object' ? said : { enabled: said };
    return { ...(enabled !== undefined && { enabled }), channels: { ...channels, [channel]: false } };
  };
  const names = category === undefined ? Object.keys(preferences.categories ?? {}) : [category];
  const categories = { ...preferences.categories, ...Object.fromEntries(names.map((name) => [name, closed(name)])) };
  return {
    ...preferences,
    ...(category === undefined && { channels: { ...preferences.channels, [channel]: false } }),
    ...(Object.keys(categories).length > 0 && { categories }),
  };
}

function check(recipient: Recipient, place: string): void {
  const fault = faultOfRecipient(recipient);
  if (fault !== undefined) throw new Error(`${place}${fault}`);
  const bytes = Buffer.byteLength(recipient.id);
  if (bytes > LONGEST_ID_BYTES) throw new Error(`${place}id: has ${bytes} bytes, allowed are ${LONGEST_ID_BYTES}`);
}
