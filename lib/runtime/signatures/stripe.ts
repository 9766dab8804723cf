import { RejectionReason } from './contract';
import { contentId, parseJson, usableText, valueAt } from './event-identity';
import { decodeHex } from './formats';
import { checkHmac } from './hmac-signature';
import { Refusal, type Scheme } from './refusal';
import { requiredHeaderWithCommas } from './request-headers';
import { readTextSecrets } from './secrets';
import { checkSignedSeconds } from './time-window';

/** Stripe: `Stripe-Signature: t=…,v1=…`, hex HMAC-SHA256 of `t.body`. https://docs.stripe.com/webhooks/signature */
export const verifyStripe: Scheme = (input) => {
  const keys = readTextSecrets(input.secrets);
  const header = requiredHeaderWithCommas(input.request, 'Stripe-Signature', RejectionReason.MISSING_SIGNATURE);
  const { time, signatures } = readSignatureHeader(header);
  checkSignedSeconds(time, input);
  checkHmac('sha256', keys, [`${time}.`, input.request.body], signatures);

  const event = parseJson(input.request.body);
  return {
    dedupeId: usableText(valueAt(event, 'id')) ?? contentId(input.request.body),
    eventType: usableText(valueAt(event, 'type')),
  };
};

function readSignatureHeader(header: string): { time: string; signatures: Buffer[] } {
  const times: string[] = [];
  const signatures: Buffer[] = [];
  for (const element of header.split(',')) {
    const [, scheme, value] = /^([A-Za-z0-9_]+)=([\x21-\x7e]*)$/.exec(element) ?? [];
    if (value === undefined) throw malformed('every element must be name=value without spaces');
    if (scheme === 't') times.push(value);
    if (scheme !== 'v1') continue;
    const signature = decodeHex(value, 32);
    if (!signature) throw malformed('v1 must be 64 lower-case hex digits');
    signatures.push(signature);
  }
  const [time] = times;
  if (time === undefined) throw new Refusal(RejectionReason.MISSING_TIMESTAMP, 'header Stripe-Signature has no t');
  if (times.length > 1) throw new Refusal(RejectionReason.DUPLICATED_HEADER, 'header Stripe-Signature has more than one t, allowed one');
  if (signatures.length === 0) throw new Refusal(RejectionReason.MISSING_SIGNATURE, 'header Stripe-Signature has no v1');
  return { time, signatures };
}

function malformed(rule: string): Refusal {
  return new Refusal(RejectionReason.MALFORMED_SIGNATURE, `header Stripe-Signature: ${rule}`);
}
