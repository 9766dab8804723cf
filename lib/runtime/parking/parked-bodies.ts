import { PARKED_BODY_PREFIX } from '../../blocks/parking-contract';
import { MalformedMessageError } from '../failures';
import type { FetchClaim } from '../message/claims';
import type { Telemetry } from '../telemetry';
import type { Arrived } from './arrived';
import type { Bodies } from './bodies';
import type { MessageItem } from './items';

/** Where a version of a message's body lies. */
export function bodyKey(id: string, version: number): string {
  return `${PARKED_BODY_PREFIX}${id}/${version}`;
}

/** What a message's item says of the objects beside it. */
export type StoredBody = Pick<MessageItem, 'bodyKey' | 'claimedBodyKey' | 'bodyBytes' | 'redacted' | 'attributes' | 'attributesKey'>;

export interface StoringDependencies {
  readonly bodies: Bodies;
  /** Reads from the claim bucket of a parking lot. */
  readonly fetchClaim: (lot: string) => FetchClaim;
  readonly telemetry: Pick<Telemetry, 'logger'>;
}

/** An item has 400 KB at most, and ten of them go into one transaction. */
const MOST_ATTRIBUTE_BYTES = 100 * 1024;

/**
 * Puts a message's body beside where its item will be, and what it claimed, because claims expire earlier. Storing it again changes nothing.
 *
 * A claim that is missing, or is not what was stored, is no reason to keep the message out: it may be what the message was parked for.
 */
export async function storeBody(arrived: Arrived, dependencies: StoringDependencies): Promise<StoredBody> {
  const { bodies } = dependencies;
  const { id, record, claim } = arrived;
  const body = Buffer.from(record.body);
  const key = bodyKey(id, 0);
  const claimed = claim && (await readClaim(arrived, dependencies));
  const attributes = JSON.stringify(arrived.attributes);
  const large = Buffer.byteLength(attributes) > MOST_ATTRIBUTE_BYTES;
  const attributesKey = large ? `${PARKED_BODY_PREFIX}${id}/attributes` : undefined;
  await Promise.all([
    bodies.write(key, body),
    claimed && bodies.write(`${key}.claim`, claimed),
    attributesKey && bodies.write(attributesKey, Buffer.from(attributes)),
  ]);
  return {
    bodyKey: key,
    ...(claimed && { claimedBodyKey: `${key}.claim` }),
    bodyBytes: claim?.bytes ?? body.byteLength,
    redacted: false,
    attributes: large ? {} : arrived.attributes,
    ...(attributesKey && { attributesKey }),
  };
}

async function readClaim({ id, lot, claim }: Arrived, { fetchClaim, telemetry }: StoringDependencies): Promise<Uint8Array | undefined> {
  try {
    return await fetchClaim(lot)(claim!);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    telemetry.logger.warn('the body that the message refers to is not kept', { message: id, error });
    return undefined;
  }
}

/** The attributes to send again, from wherever they lie. @throws Error when their object is gone */
export async function storedAttributes(
  message: Pick<MessageItem, 'attributes' | 'attributesKey'>,
  bodies: Pick<Bodies, 'read'>,
): Promise<MessageItem['attributes']> {
  if (message.attributesKey === undefined) return message.attributes;
  const stored = await bodies.read(message.attributesKey);
  if (stored === undefined) throw new Error(`the attributes of the message are gone: ${message.attributesKey}`);
  return JSON.parse(Buffer.from(stored).toString()) as MessageItem['attributes'];
}
