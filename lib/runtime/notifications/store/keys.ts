import { createHash } from 'node:crypto';
import { AUDIENCE_SHARDS, FanoutAttribute, RECIPIENT_INDEX } from '../../../blocks/fanout-contract';
import { deterministicId } from '../../deterministic-id';
import type { Remembered } from '../contract';

/** Key of an item in the table of a fan-out. */
export type ItemKey = {
  readonly [FanoutAttribute.PARTITION_KEY]: string;
  readonly [FanoutAttribute.SORT_KEY]: string;
};

export const { PARTITION_KEY, SORT_KEY, EXPIRATION } = FanoutAttribute;
export { RECIPIENT_INDEX };

/**
 * Longest id of an event or a recipient, in bytes: with both and a channel, the key of a message is still one that the idempotency table takes.
 *
 * @see LONGEST_KEY_BYTES of lib/runtime/message/message.ts
 */
export const LONGEST_ID_BYTES = 256;

/** Names of an item's part that fit into a sort key, which takes 1,024 bytes. */
const LONGEST_NAME_BYTES = 900;

/** Who has claimed an event's id. */
export function claimKey(event: string): ItemKey {
  return key(['EVENT', event], ['CLAIM']);
}

/** The event itself: the id may be claimed again once it is forgotten, so events are told apart by their occurrence. */
export function eventKey(occurrence: string): ItemKey {
  return key(['OCCURRENCE', occurrence], ['EVENT']);
}

export function segmentKey(occurrence: string, segment: string): ItemKey {
  return key(['OCCURRENCE', occurrence], ['SEGMENT', segment]);
}

/** What one page of a segment came to. @param after the page begins after this recipient; a segment's first after none */
export function pageKey(occurrence: string, segment: string, after = ''): ItemKey {
  return key(['OCCURRENCE', occurrence], ['PAGE', segment, after]);
}

export function profileKey(recipient: string): ItemKey {
  return key(['RECIPIENT', recipient], ['PROFILE']);
}

const STATE_NAMES: Readonly<Record<keyof Remembered, string>> = {
  cap: 'CAP',
  deduplication: 'DEDUPLICATION',
  digests: 'DIGEST',
  pending: 'PENDING',
  engagement: 'ENGAGED',
};

/** What is remembered of a recipient. @param name its key in `RecipientState` */
export function stateKey(recipient: string, kind: keyof Remembered, name: string): ItemKey {
  return key(['RECIPIENT', recipient], [STATE_NAMES[kind], Buffer.byteLength(name) > LONGEST_NAME_BYTES ? sha256(name) : name]);
}

/** Part of the audience in which a recipient lies, 0 to 15. */
export function shardOf(recipient: string): number {
  return createHash('sha256').update(recipient).digest().readUInt32BE(0) % AUDIENCE_SHARDS;
}

/** Members of a part of a topic, or of everybody: the sort key is the recipient's id as {@link keyPart} writes it. */
export function membersPartition(topic: string | undefined, shard: number): string {
  return topic === undefined ? joined(['EVERYBODY', String(shard)]) : joined(['TOPIC', topic, String(shard)]);
}

export function membershipKey(topic: string | undefined, recipient: string): ItemKey {
  return { [PARTITION_KEY]: membersPartition(topic, shardOf(recipient)), [SORT_KEY]: keyPart(recipient) };
}

/** What became of an event for a recipient; of a digest, of all of it. */
export function deliveryItemKey({ occurrence, recipient }: { readonly occurrence: string; readonly recipient: string }): ItemKey {
  return key(['DELIVERY', occurrence, recipient], ['DELIVERY']);
}

/** A digest that leaves is a delivery of its own. @param digest its key among what is remembered */
export function digestOccurrence(recipient: string, digest: string, opens: number): string {
  return deterministicId('digest', recipient, digest, opens);
}

/** What is known against an address, whoever has it. Addresses that differ in case only share an item; its entries tell them apart. */
export function suppressionKey(address: string): ItemKey {
  return key(['SUPPRESSED', sha256(address.toLowerCase())], ['ADDRESS']);
}

export function breakerKey(channel: string, provider: string): ItemKey {
  return key(['BREAKER', channel, provider], ['BREAKER']);
}

export function rateKey(channel: string): ItemKey {
  return key(['RATE', channel], ['RATE']);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `#` parts keys, so no name in one may hold it. */
export function keyPart(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('#', '%23');
}

/** What {@link keyPart} was given. */
export function nameOfPart(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}

function key(partition: readonly string[], sort: readonly string[]): ItemKey {
  return { [PARTITION_KEY]: joined(partition), [SORT_KEY]: joined(sort) };
}

function joined(names: readonly string[]): string {
  return names.map(keyPart).join('#');
}
