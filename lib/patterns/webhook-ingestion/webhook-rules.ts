import { Duration, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { API_TIMEOUT_SECONDS } from '../../blocks/function-api';
import type { Handler } from '../../blocks/handler';
import { reservedConcurrencyOf } from '../../blocks/queue-worker-rules';
import { refuse, requireKnownSeconds } from '../../blocks/rule';
import type { SenderSettings } from './contract';
import type { WebhookIngestionProps } from './webhook-ingestion-props';
import type { WebhookSender } from './webhook-sender';

/** Lambda allows 4 KB for all names and values together; this much is left to the other names and to Lambda's own. */
const ENVIRONMENT_BYTES = 4096 - 700;
/** Length of a secret's ARN that is only known at deployment, with a long name. */
const ASSUMED_TOKEN_BYTES = 130;

export function checkSenders(scope: Construct, senders: { [name: string]: WebhookSender }) {
  const names = Object.keys(senders);
  if (names.length === 0) {
    refuse(scope, {
      rule: 'webhooks need a sender',
      allowed: 'at least one',
      given: 'none',
      remedy: 'Give senders, for example { stripe: WebhookSender.stripe(secret) }.',
    });
  }
  for (const name of names) {
    if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) continue;
    refuse(scope, {
      rule: "a sender's name is a segment of its URL",
      allowed: '1 to 64 letters, digits, - and _',
      given: `'${name}'`,
      remedy: 'Rename the sender.',
    });
  }
}

export function checkSettingsSize(scope: Construct, settings: { [name: string]: SenderSettings }) {
  const text = JSON.stringify(settings);
  const bytes = Buffer.byteLength(text.replace(/\$\{Token\[[^\]]+\]\}/g, '-'.repeat(ASSUMED_TOKEN_BYTES)));
  if (bytes <= ENVIRONMENT_BYTES) return;
  refuse(scope, {
    rule: "the senders' settings must fit the environment of the receive function, which Lambda limits to 4 KB in all",
    allowed: `about ${ENVIRONMENT_BYTES} bytes`,
    given: `about ${bytes} bytes for ${Object.keys(settings).length} senders`,
    remedy: 'Spread the senders over several WebhookIngestion constructs.',
  });
}

/** Enough for some hundred events a second; few enough for the account's other functions and for what stands behind the worker. */
const USUAL_CONCURRENCY = 50;

export function defaultConcurrency(worker: Handler): number {
  const reserved = reservedConcurrencyOf(worker);
  if (reserved === undefined || Token.isUnresolved(reserved)) return USUAL_CONCURRENCY;
  return Math.max(2, Math.min(USUAL_CONCURRENCY, reserved));
}

export function longestHorizon(senders: WebhookSender[]): Duration {
  return Duration.seconds(Math.max(...senders.map((sender) => sender.retryHorizon.toSeconds())));
}

/**
 * Past the longest deadline nobody listens any more. Not below 5 seconds, so that a cold start which reads secrets first isn't cut off before it has enqueued; not above
 * what the API waits.
 */
export function receiveTimeout(senders: WebhookSender[]): Duration {
  const longest = Math.max(...senders.map((sender) => Math.ceil(sender.answerDeadline.toSeconds({ integral: false }))));
  return Duration.seconds(Math.min(Math.max(longest, 5), API_TIMEOUT_SECONDS - 1));
}

/** Seconds within which 99 % of answers are promised. */
export function answerObjective(scope: Construct, props: WebhookIngestionProps): number {
  if (!props.objective?.answerTime) {
    const deadlines = Object.values(props.senders).map((sender) => sender.answerDeadline.toSeconds({ integral: false }));
    return Math.min(...deadlines, API_TIMEOUT_SECONDS) / 2;
  }
  const seconds = requireKnownSeconds(scope, 'the objective for answers', props.objective.answerTime);
  if (seconds >= 0.05 && seconds <= API_TIMEOUT_SECONDS) return seconds;
  return refuse(scope, {
    rule: 'the objective for answers lies within what an HTTP API waits for',
    allowed: `0.05 to ${API_TIMEOUT_SECONDS} s`,
    given: `${seconds} s`,
    remedy: 'Change objective.answerTime.',
  });
}
