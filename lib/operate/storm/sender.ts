import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Burst, Delivery, OutgoingRequest } from './contract';

/** Real providers keep on for hours or days; what fails for so long here does not recover. */
const USUAL_PATIENCE_MILLISECONDS = 180_000;
/** Attempts for each sender after which an API that has answered nobody counts as broken. */
const HOPELESS_ATTEMPTS = 10;
const FIRST_RETRY_MILLISECONDS = 100;
const LONGEST_RETRY_MILLISECONDS = 3_000;
/** Longer than an API lets its function run (30 s). */
const ANSWER_TIMEOUT_MILLISECONDS = 35_000;

/** One HTTP request and its answer. */
export interface Attempt {
  readonly eventId: string;
  /** Undefined when the connection failed. */
  readonly status: number | undefined;
  readonly startedAtEpochMilliseconds: number;
  readonly milliseconds: number;
}

export interface SendingOptions {
  /** URL of the API without a trailing slash. */
  readonly url: string;
  /** Senders at work at the same time; each takes a burst, and sends its deliveries at once. */
  readonly concurrency: number;
  /** A delivery is tried again for so long; with 0, once. @default 180,000 */
  readonly patienceMilliseconds?: number;
  /** Without an answer for so long, a sender gives up the connection and sends again. @default 35,000 */
  readonly answerTimeoutMilliseconds?: number;
  /** Called each time a sender takes a burst, with the number of bursts taken until then. */
  readonly onBurst?: (taken: number) => void;
  readonly signal?: AbortSignal;
}

/** Sends everything as providers do: over kept connections, again after a 429, a 5xx or a broken connection. Returns every attempt made. */
export async function sendAll(bursts: readonly Burst[], options: SendingOptions): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  const connection = connect(options.url, options.answerTimeoutMilliseconds ?? ANSWER_TIMEOUT_MILLISECONDS);
  const queue = bursts.entries();
  const sender = async (): Promise<void> => {
    for (const [index, burst] of queue) {
      if (isHopeless(attempts, options)) return;
      options.onBurst?.(index + 1);
      await Promise.all(burst.map((delivery) => deliver(delivery, connection, attempts, options)));
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, sender));
  } finally {
    connection.close();
  }
  return attempts;
}

/** Nobody has been answered but with failures, for so long that it is no storm: the API itself does not work. */
function isHopeless(attempts: readonly Attempt[], { concurrency }: SendingOptions): boolean {
  return attempts.length >= concurrency * HOPELESS_ATTEMPTS && attempts.every(({ status }) => status === undefined || status >= 500);
}

/** Whether a sender takes this for its answer. Anything else it sends again. */
export function isFinal(status: number | undefined): boolean {
  return status !== undefined && status < 500 && status !== 429;
}

async function deliver(delivery: Delivery, connection: Connection, attempts: Attempt[], options: SendingOptions): Promise<void> {
  const { patienceMilliseconds = USUAL_PATIENCE_MILLISECONDS, signal } = options;
  const deadline = performance.now() + patienceMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const startedAt = Date.now();
    const started = performance.now();
    const status = await connection.send(delivery.request(Math.floor(startedAt / 1000)));
    attempts.push({
      eventId: delivery.eventId,
      status,
      startedAtEpochMilliseconds: startedAt,
      milliseconds: performance.now() - started,
    });
    if (isFinal(status) || performance.now() >= deadline || isHopeless(attempts, options)) return;
    await delay(Math.min(FIRST_RETRY_MILLISECONDS * 2 ** (attempt - 1), LONGEST_RETRY_MILLISECONDS), undefined, { signal });
  }
}

interface Connection {
  send(request: OutgoingRequest): Promise<number | undefined>;
  close(): void;
}

function connect(url: string, answerTimeoutMilliseconds: number): Connection {
  const base = new URL(url);
  const secure = base.protocol === 'https:';
  // Unbounded: a burst is simultaneous only if each of its deliveries finds a connection at once.
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve) => {
        const outgoing = (secure ? httpsRequest : httpRequest)({
          agent,
          protocol: base.protocol,
          hostname: base.hostname,
          port: base.port,
          method,
          path: `${base.pathname.replace(/\/$/, '')}${path}`,
          // A flat list, as an object would fold repeated headers into one.
          headers: ['host', base.host, ...headers.flat(), 'content-length', String(body.length)],
          timeout: answerTimeoutMilliseconds,
        });
        outgoing
          .once('timeout', () => outgoing.destroy(new Error('no answer in time')))
          .once('error', () => resolve(undefined))
          .once('response', (answer) => {
            answer.once('end', () => resolve(answer.statusCode)).once('error', () => resolve(undefined));
            answer.resume();
          })
          .end(body);
      }),
    close: () => agent.destroy(),
  };
}
