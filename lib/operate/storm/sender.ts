import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Burst, Delivery, OutgoingRequest } from './contract';

/** Real providers keep on for hours or days; what fails this often here does not recover. */
const USUAL_MAX_ATTEMPTS = 10;
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
  /** Attempts a sender makes at one delivery. @default 10 */
  readonly maxAttempts?: number;
  readonly signal?: AbortSignal;
}

/** Sends everything as providers do: over kept connections, again after a 429, a 5xx or a broken connection. Returns every attempt made. */
export async function sendAll(bursts: readonly Burst[], options: SendingOptions): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  const connection = connect(options.url);
  const queue = bursts[Symbol.iterator]();
  const sender = async (): Promise<void> => {
    for (const burst of queue) {
      if (isHopeless(attempts, options)) return;
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
function isHopeless(attempts: readonly Attempt[], { concurrency, maxAttempts = USUAL_MAX_ATTEMPTS }: SendingOptions): boolean {
  return attempts.length >= concurrency * maxAttempts && attempts.every(({ status }) => status === undefined || status >= 500);
}

async function deliver(delivery: Delivery, connection: Connection, attempts: Attempt[], options: SendingOptions): Promise<void> {
  const { maxAttempts = USUAL_MAX_ATTEMPTS, signal } = options;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
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
    if (status !== undefined && status < 500 && status !== 429) return;
    if (attempt < maxAttempts)
      await delay(Math.min(FIRST_RETRY_MILLISECONDS * 2 ** (attempt - 1), LONGEST_RETRY_MILLISECONDS), undefined, { signal });
  }
}

interface Connection {
  send(request: OutgoingRequest): Promise<number | undefined>;
  close(): void;
}

function connect(url: string): Connection {
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
          timeout: ANSWER_TIMEOUT_MILLISECONDS,
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
