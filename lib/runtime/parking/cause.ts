import type { SQSRecord } from 'aws-lambda';
import { ParkedAttribute, ParkedReason } from '../../blocks/contract';

/** Why a message lies in a parking lot, as far as it says. */
export interface Cause {
  readonly reason: string;
  readonly errorName: string;
  readonly errorMessage: string;
  /** Function that parked it, or the queue that moved it. */
  readonly handler: string;
  /** When a worker parked it, ISO 8601; absent when none did. */
  readonly parkedAt?: string;
  readonly attempt?: number;
}

/** Names stand in keys of the store, which have a limit. */
const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 1_024;

/** Names of the attributes by which other senders tell why a message came to a dead-letter queue. */
const FOREIGN = [
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  { name: 'ERROR_CODE', message: 'ERROR_MESSAGE', handler: 'RULE_ARN' },
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  { name: 'ErrorCode', message: 'ErrorMessage', handler: undefined },
] as const;

/** What the queue moved carries the cause of a former life, if it carries any: that a worker parked it and not the queue is known by the queue's own mark. */
export function causeOf(record: SQSRecord): Cause {
  const text = (name: string) => record.messageAttributes[name]?.stringValue;
  const source = record.attributes.DeadLetterQueueSourceArn;
  const reason = text(ParkedAttribute.REASON);
  if (source !== undefined) {
    return {
      reason: ParkedReason.BUDGET_SPENT,
      errorName: 'MovedByQueue',
      errorMessage: 'the queue moved it: its receives were spent, and none of them ended',
      handler: nameIn(source),
    };
  }
  const lot = nameIn(record.eventSourceARN);
  if (reason === undefined) {
    const told = FOREIGN.find(({ name }) => text(name) !== undefined);
    return {
      reason: 'unknown',
      errorName: cut((told && text(told.name)) || 'Unknown', LONGEST_NAME),
      errorMessage: cut((told && text(told.message)) || 'the message does not say why it is here', LONGEST_MESSAGE),
      handler: cut((told?.handler && nameIn(text(told.handler) ?? '')) || lot, LONGEST_NAME),
    };
  }
  const attempt = Number(text(ParkedAttribute.ATTEMPT));
  return {
    reason: cut(reason, LONGEST_NAME),
    errorName: cut(text(ParkedAttribute.ERROR_NAME) || 'Unknown', LONGEST_NAME),
    errorMessage: cut(text(ParkedAttribute.ERROR_MESSAGE) || 'there was no room for what the error said', LONGEST_MESSAGE),
    handler: cut(text(ParkedAttribute.HANDLER) || lot, LONGEST_NAME),
    ...(isTime(text(ParkedAttribute.PARKED_AT)) && { parkedAt: text(ParkedAttribute.PARKED_AT) }),
    ...(attempt >= 1 && { attempt }),
  };
}

function isTime(text: string | undefined): boolean {
  return Number.isFinite(Date.parse(text ?? ''));
}

function cut(text: string, longest: number): string {
  return text.slice(0, longest);
}

/** What an ARN is about: the name of a queue, or of a rule. */
function nameIn(arn: string): string {
  return cut(arn.split(/[:/]/).at(-1)!, LONGEST_NAME);
}
