import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ParkedReason } from '../../blocks/contract';
import type { DeskAnswers, DeskRequest, ParkingLotSettings, ValidationAnswer, ValidationRequest } from '../../blocks/parking-contract';
import { sha256 } from '../message/message';
import { auditPut, update } from './changes';
import type { DeskDependencies } from './desk';
import { DeskError } from './desk-error';
import { eventIn, rewrap, tooLarge } from './event-in-message';
import { type MessageItem, messageKey } from './items';
import { requireLot, requireMessage, requireText } from './lookup';
import { roomForBody } from './outgoing';
import { bodyKey, storedAttributes } from './parked-bodies';
import { messageView } from './public-view';

type Of<C extends DeskRequest['command']> = Extract<DeskRequest, { readonly command: C }>;

/** Puts another event into a parked message. The worker's own schema is asked first; the former body is kept. */
export async function edit(request: Of<'edit'>, desk: DeskDependencies): Promise<DeskAnswers['edit']> {
  const { store, bodies, settings, clock } = desk;
  const by = requireText(request.by, 'by', 'who does it');
  const because = requireText(request.because, 'because', 'why it is changed');
  const message = await requireMessage(request.message, store);
  requireParked(message);
  const lot = requireLot(message.lot, settings.lots);
  const body = await bodies.read(message.bodyKey);
  if (body === undefined) throw new DeskError(`The body of ${message.id} is gone: it was kept until ${message.expiresAt}.`);

  // What the sender sends again is still the event that was edited, and not another one under its key. One that already is in conflict is compared anew.
  const known = message.reason === ParkedReason.CONFLICT ? undefined : eventIn(body).payloadHash;
  const event = Buffer.from(request.body.data, request.body.encoding);
  const attributes = await storedAttributes(message, bodies);
  const room = roomForBody({ ...message, attributes });
  const { text, claim } = rewrap(body, event, known, room);
  if (claim !== undefined) {
    if (lot.claimBucket === undefined) throw tooLarge(event.byteLength, room);
    // The worker fetches it to validate it. Nothing refers to it when it is refused, and it expires.
    await desk.claimBodies(lot.claimBucket).write(claim.key, claim.body);
  }
  const validated = await validate(text, attributes, lot, desk);

  const version = message.edits + 1;
  // Named by its content as well: of two who edit at once, neither writes over what the other one stored.
  const key = `${bodyKey(message.id, version)}-${sha256(Buffer.from(text)).slice(0, 12)}`;
  await bodies.write(key, Buffer.from(text));
  const claimedBodyKey = claim && `${key}.claim`;
  if (claim !== undefined) await bodies.write(claimedBodyKey!, claim.body);

  const at = new Date(clock.now()).toISOString();
  const former = { bodyKey: message.bodyKey, ...(message.claimedBodyKey !== undefined && { claimedBodyKey: message.claimedBodyKey }) };
  const refused = await store.write([
    update(store.tableName, messageKey(message.id), {
      set: {
        ...{ bodyKey: key, edits: version, bodyBytes: event.byteLength, versions: [...message.versions, { ...former, at, by, because }] },
        ...(claimedBodyKey !== undefined && { claimedBodyKey }),
      },
      remove: claimedBodyKey === undefined ? ['claimedBodyKey'] : [],
      given: { state: 'parked', edits: message.edits },
    }),
    auditPut(
      store.tableName,
      { at, by, action: 'edit', group: message.group, message: message.id, because, detail: validated },
      message.id,
    ),
  ]);
  const now = await requireMessage(message.id, store);
  if (refused !== undefined) {
    requireParked(now);
    throw new DeskError(`Message ${now.id} was edited meanwhile by ${now.versions.at(-1)?.by} at ${now.versions.at(-1)?.at}: look again.`);
  }
  return { message: messageView(now), validated };
}

function requireParked({ id, state, job }: MessageItem): void {
  if (state === 'parked') return;
  throw new DeskError(
    `Message ${id} is not parked, but ${state.replace('_', ' ')}${job === undefined ? '' : ` by job ${job}`}: it can't be edited.`,
  );
}

/** @throws DeskError with what the worker's schema says */
async function validate(
  body: string,
  attributes: MessageItem['attributes'],
  { worker }: ParkingLotSettings,
  { lambda }: DeskDependencies,
): Promise<DeskAnswers['edit']['validated']> {
  if (worker === undefined) return 'not validated';
  const texts = Object.entries(attributes).flatMap(([name, { text }]) => (text === undefined ? [] : [[name, text] as const]));
  const request: ValidationRequest = { breakwaterValidate: 1, body, attributes: Object.fromEntries(texts) };
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: worker, Payload: JSON.stringify(request) }));
  const answer = JSON.parse(Payload?.transformToString() || 'null') as
    | (Partial<ValidationAnswer> & { readonly errorMessage?: string })
    | null;
  if (FunctionError !== undefined) {
    throw new DeskError(`The worker could not validate it, so it is not stored: ${answer?.errorMessage ?? FunctionError}.`);
  }
  // A function that is no `worker()` takes it for a batch without records.
  if (typeof answer?.valid !== 'boolean') return 'not validated';
  if (!answer.valid) throw new DeskError(`The worker refuses it, so it is not stored: ${answer.error ?? 'it gave no reason'}.`);
  return 'valid';
}
