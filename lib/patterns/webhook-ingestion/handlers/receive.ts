import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { SecretReader, Secrets } from '../../../runtime/secret-reader';
import { RejectionReason, type Verification, type VerificationInput } from '../../../runtime/signatures';
import type { Telemetry } from '../../../runtime/telemetry';
import { MAX_BODY_BYTES, ReceiveMetric } from '../contract';
import { acceptance, failure, isOurFault, OwnRejection, ReceiveFailure, type Rejection, refusal, type Step } from './answers';
import type { FetchCertificate } from './certificates';
import { makeMessage, type PutClaim } from './message';
import { payloadHash } from './payload-hash';
import type { Enqueue } from './queue';
import { type ReceivedRequest, readRequest } from './request';
import type { Sender, Senders } from './senders';

export interface ReceiveDependencies {
  readonly senders: Senders;
  readonly secrets: SecretReader;
  readonly verify: (input: VerificationInput) => Promise<Verification>;
  readonly fetchCertificate: FetchCertificate;
  readonly putClaim: PutClaim;
  readonly enqueue: Enqueue;
  readonly telemetry: Telemetry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Receive = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

type Accepted = Extract<Verification, { readonly accepted: true }>;

/**
 * Verifies a webhook and enqueues it. Answers 2xx only when the message is durable, 5xx for every failure of ours, so that the sender tries again.
 * Duplicates are enqueued again: the worker knows them.
 */
export function createReceive(dependencies: ReceiveDependencies): Receive {
  const { senders, secrets, verify, fetchCertificate, putClaim, enqueue, telemetry, now } = dependencies;
  const { logger, trace } = telemetry;

  return (event, context) =>
    telemetry.invocation(context, () => {
      // Made here: one that came with the request would not be covered by its signature.
      const correlationId = randomUUID();
      return telemetry.correlated(correlationId, async () => {
        telemetry.count(ReceiveMetric.RECEIVED);
        const answer = await answerTo(event, correlationId).catch(failed);
        return { ...answer, headers: { ...answer.headers, 'x-correlation-id': correlationId } };
      });
    });

  async function answerTo(event: APIGatewayProxyEventV2, correlationId: string): Promise<APIGatewayProxyStructuredResultV2> {
    const request = readRequest(event);
    const sender = senders.get(request.senderName);
    if (sender === undefined) return refused(OwnRejection.UNKNOWN_SENDER);
    if (request.body.byteLength > MAX_BODY_BYTES) return refused(OwnRejection.BODY_TOO_LARGE, sender.name);
    if ('problem' in sender) throw new ReceiveFailure('configuration', `sender ${sender.name}: ${sender.problem}`);

    const reading = secrets.read(sender.secretArns);
    // It is waited for below; until then a failure must not count as unhandled.
    reading.catch(() => undefined);
    await trace.prepare();
    return trace.subsegment('receive', { correlationId, sender: sender.name }, async () => {
      const verification = await authenticate(sender, request, reading);
      return verification.accepted ? accept(sender, request, verification, correlationId) : refuse(sender, verification);
    });
  }

  async function authenticate(sender: Sender, request: ReceivedRequest, reading: Promise<Secrets>): Promise<Verification> {
    const verification = await verifyWith(sender, request, await during('secret', reading));
    if (verification.accepted || !mayBeRotated(verification.reason)) return verification;
    const reread = await during('secret', secrets.reread(sender.secretArns));
    return reread === undefined ? verification : verifyWith(sender, request, reread);
  }

  /** One by one with the versions before: what stood there may be a placeholder, and a malformed secret refuses a request whatever the others are. */
  async function verifyWith(sender: Sender, request: ReceivedRequest, { current, previous }: Secrets): Promise<Verification> {
    const { provider, config } = sender;
    const input = { provider, config, request, nowEpochSeconds: Math.floor(now() / 1000), fetchCertificate };
    const verification = await verify({ ...input, secrets: current });
    if (verification.accepted || verification.reason !== RejectionReason.SIGNATURE_MISMATCH) return verification;
    for (const secret of previous) {
      const older = await verify({ ...input, secrets: [secret] });
      if (older.accepted) return older;
    }
    return verification;
  }

  async function accept(sender: Sender, request: ReceivedRequest, accepted: Accepted, correlationId: string) {
    const { dedupeId, eventType, handshake, acknowledgement } = accepted;
    if (handshake !== undefined) {
      logger.info('handshake answered', { sender: sender.name });
      return acceptance(handshake);
    }
    const hash = sender.samePayload && payloadHash(request.body, sender.samePayload);
    const message = makeMessage(
      {
        id: dedupeId,
        source: sender.name,
        correlationId,
        receivedAt: new Date(now()).toISOString(),
        ...(request.contentType !== undefined && { contentType: request.contentType }),
        attributes: { provider: sender.provider, ...(eventType !== undefined && { eventType }) },
        ...(hash !== undefined && { payloadHash: hash }),
      },
      request.body,
    );
    if (message.claim !== undefined) await during('claim', putClaim(message.claim, request.body));
    await during('enqueue', enqueue(message.text, trace.header()));
    telemetry.count(ReceiveMetric.ACCEPTED);
    logger.info('event accepted', { sender: sender.name, event_id: dedupeId, event_type: eventType, claimed: message.claim !== undefined });
    return acceptance(acknowledgement);
  }

  function refuse(sender: Sender, { reason, detail }: Exclude<Verification, Accepted>): APIGatewayProxyStructuredResultV2 {
    if (isOurFault(reason)) throw new ReceiveFailure('configuration', `sender ${sender.name}: ${detail}`);
    return refused(reason, sender.name);
  }

  /** The detail stays out of the log: it may quote a header. `breakwater verify` tells it for a captured request. */
  function refused(reason: Rejection, sender?: string): APIGatewayProxyStructuredResultV2 {
    telemetry.count(ReceiveMetric.REJECTED, { reason });
    logger.warn('request refused', { sender, reason });
    return refusal(reason);
  }

  function failed(error: unknown): APIGatewayProxyStructuredResultV2 {
    const step = error instanceof ReceiveFailure ? error.step : 'unexpected';
    logger.error('request failed, the sender has to send it again', { step, error: error as Error });
    return failure(step);
  }
}

/** A rotation shows as a check that fails; a secret that was mended shows as one that can be read. */
function mayBeRotated(reason: RejectionReason): boolean {
  return reason === RejectionReason.SIGNATURE_MISMATCH || isOurFault(reason);
}

async function during<T>(step: Step, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new ReceiveFailure(step, `${step}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
