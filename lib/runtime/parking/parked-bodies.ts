import { PARKED_BODY_PREFIX } from '../../blocks/parking-contract';
import { MalformedMessageError } from '../failures';
import type { FetchClaim } from '../message/claims';
import { inline } from '../message/inline-body';
import type { Telemetry } from '../telemetry';
import { MOST_MESSAGE_BYTES } from '../worker/parked-attributes';
import type { Arrived } from './arrived';
import type { Bodies } from './bodies';
import { rewrap } from './event-in-message';
import type { MessageItem } from './items';
import type { Redact } from './redaction';

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
  /** Absent when bodies are stored as they came. */
  readonly redact?: Redact;
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
  const { id, claim } = arrived;
  const key = bodyKey(id, 0);
  const attributes = JSON.stringify(arrived.attributes);
  const large = Buffer.byteLength(attributes) > MOST_ATTRIBUTE_BYTES;
  const attributesKey = large ? `${PARKED_BODY_PREFIX}${id}/attributes` : undefined;
  const received = { body: Buffer.from(arrived.record.body), claimed: claim && (await readClaim(arrived, dependencies)) };
  const kept = (await redacted(arrived, received, Buffer.byteLength(attributes), dependencies.redact)) ?? received;
  await Promise.all([
    bodies.write(key, kept.body),
    kept.claimed && bodies.write(`${key}.claim`, kept.claimed),
    attributesKey && bodies.write(attributesKey, Buffer.from(attributes)),
  ]);
  return {
    bodyKey: key,
    ...(kept.claimed && { claimedBodyKey: `${key}.claim` }),
    bodyBytes: (kept.claimed ?? kept.body).byteLength,
    redacted: kept !== received,
    attributes: large ? {} : arrived.attributes,
    ...(attributesKey && { attributesKey }),
  };
}

interface Contents {
  readonly body: Uint8Array;
  /** What the body refers to. */
  readonly claimed?: Uint8Array;
}

/**
 * The worker goes on to know the event by what came: redriven, it is no other event under the same key.
 *
 * @returns undefined when nothing was taken out
 */
async function redacted(
  arrived: Arrived,
  { body, claimed }: Contents,
  attributeBytes: number,
  redact?: Redact,
): Promise<Contents | undefined> {
  const { opened, cause } = arrived;
  const event = opened?.body instanceof Uint8Array ? opened.body : opened === undefined ? body : claimed;
  // The message alone only says where its event was.
  if (redact === undefined || event === undefined) return undefined;
  const answer = await redact({ body: inline(event), handler: cause.handler, errorName: cause.errorName });
  const left = Buffer.from(answer.data, answer.encoding);
  if (left.equals(event)) return undefined;
  const { text, claim } = rewrap(body, left, opened?.payloadHash, MOST_MESSAGE_BYTES - attributeBytes);
  return { body: Buffer.from(text), ...(claim && { claimed: claim.body }) };
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
