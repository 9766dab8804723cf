import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Kill, Outage, OutageUnderWay, WitnessedRequest } from './contract';
import { isRecent, KillList, type ObservedRequest } from './kills';
import { Outages } from './outages';
import { type ProcessFinder, processFinder } from './processes';
import { unitsOf } from './units';

const OPERATION_OF_METHOD: Readonly<Record<string, string>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

/** `service:Operation` of a signed AWS request, for example `sqs:SendMessage`. */
export function operationOf(request: Pick<IncomingMessage, 'headers' | 'method'>): string {
  const target = request.headers['x-amz-target'];
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1] ?? 'unknown';
  const method = request.method ?? '';
  return `${service}:${typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : (OPERATION_OF_METHOD[method] ?? method)}`;
}

/** Decoded, as clients write the characters of a key in more than one way. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = ''] = url.split('?', 1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isSuccess(answer: IncomingMessage): boolean {
  return answer.statusCode !== undefined && answer.statusCode < 300;
}

/** `buffer` of node:stream/consumers goes by a Blob: over thousands of requests that costs more than all else here. */
async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** As soon as one of them succeeded; false when none did. */
function anySucceeds(outcomes: readonly Promise<boolean>[]): Promise<boolean> {
  const successes = outcomes.map(async (outcome) => {
    if (!(await outcome)) throw new Error('no success');
    return true;
  });
  return Promise.any(successes).catch(() => false);
}

/** Without what concerns one connection only: the engine's `connection: close` must not close the function's. */
function endToEndHeaders(answer: IncomingMessage): Record<string, string | string[] | undefined> {
  const headers: Record<string, string | string[] | undefined> = { ...answer.headers };
  for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete headers[name];
  return headers;
}

/**
 * Stands between the functions and the engine: counts what they ask for, and ends a function's process at the exact moment a kill names.
 * Requests are read whole before they go on, because a kill is chosen by what they hold; answers are streamed.
 */
export class FaultProxy {
  readonly #server: Server;
  // The engine drops idle connections after 75 s; this end must be the first.
  readonly #upstream = new Agent({ keepAlive: true, timeout: 10_000 });
  readonly #owners = new WeakMap<Socket, Promise<number | undefined>>();
  /** By process and operation. */
  readonly #lastSuccess = new Map<string, number>();
  readonly #underWay = new Map<string, Set<Promise<boolean>>>();
  readonly #requests = new Map<string, number>();
  readonly #units = new Map<string, number>();
  readonly #finder: ProcessFinder | undefined;
  readonly #outages = new Outages();
  readonly #witnesses: { readonly operations: ReadonlySet<string>; readonly seen: WitnessedRequest[] }[] = [];
  #kills = new KillList([]);
  #engine: { readonly endpoint: URL; readonly processId: number | undefined } | undefined;

  private constructor(finder: ProcessFinder | undefined) {
    this.#finder = finder;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
    // The SDK keeps its connections; if this end closed idle ones, a request could meet a closing connection and fail by our doing.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      // Whose success was the last one must be known of each request, and each look costs: functions come up in swarms.
      if (this.#kills.waitsBetween) this.#owners.set(socket, this.#findOwner(socket));
    });
  }

  /** Listens on a free port of the loopback interface. */
  static async listen(finder: ProcessFinder | undefined = processFinder()): Promise<FaultProxy> {
    const proxy = new FaultProxy(finder);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether the process behind a connection can be told on this platform. */
  get canKill(): boolean {
    return this.#finder !== undefined;
  }

  /** What an engine must be started with for its functions to come this way. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL_DYNAMODB: this.url,
      AWS_ENDPOINT_URL_SQS: this.url,
      AWS_ENDPOINT_URL_S3: this.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: this.url,
      AWS_ENDPOINT_URL_SFN: this.url,
      AWS_ENDPOINT_URL_SCHEDULER: this.url,
      AWS_ENDPOINT_URL_SESV2: this.url,
      AWS_ENDPOINT_URL_SNS: this.url,
    };
  }

  forwardTo(endpoint: string, engineProcessId?: number): void {
    this.#engine = { endpoint: new URL(endpoint), processId: engineProcessId };
  }

  /** Replaces the kills that wait. */
  arm(kills: readonly Kill[]): KillList {
    this.#kills = new KillList(kills);
    return this.#kills;
  }

  /** Lets a service fail from now on. */
  fail(outage: Outage): OutageUnderWay {
    return this.#outages.begin(outage);
  }

  /** Keeps what the engine does of these operations; what is returned grows. */
  witness(operations: readonly string[]): readonly WitnessedRequest[] {
    const seen: WitnessedRequest[] = [];
    this.#witnesses.push({ operations: new Set(operations), seen });
    return seen;
  }

  /** Requests since the start, by operation. */
  get requests(): ReadonlyMap<string, number> {
    return new Map(this.#requests);
  }

  /** What the requests since the start asked for, by operation and resource: `dynamodb:TransactWriteItems Ledger`. Refused requests count, as AWS counts them. */
  get units(): ReadonlyMap<string, number> {
    return new Map(this.#units);
  }

  async close(): Promise<void> {
    this.#upstream.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const operation = operationOf(request);
    this.#count(operation, request, body);
    const processId = this.#kills.waitsBetween ? await this.#ownerOf(request.socket) : undefined;
    const kind = `${processId} ${operation}`;
    const companions = [...(this.#underWay.get(kind) ?? [])];
    const lastSuccess = this.#lastSuccess.get(kind);
    const observed: ObservedRequest = {
      operation,
      path: pathOf(request),
      body,
      hasCompanions: companions.length > 0,
      ...(lastSuccess === undefined ? {} : { sinceLastSuccess: performance.now() - lastSuccess }),
    };
    const early = this.#kills.takeBefore(observed);
    if (early !== undefined) {
      const isTime = early.moment === 'before' || isRecent(observed.sinceLastSuccess) || (await anySucceeds(companions));
      if (isTime && (await this.#strike(early, request.socket))) {
        request.socket.destroy();
        return;
      }
      if (!isTime) this.#kills.putBack(early);
    }
    const failing = this.#outages.answerTo(observed);
    if (failing !== undefined) {
      response.writeHead(failing.status, { 'content-type': failing.contentType }).end(failing.body);
      return;
    }
    const answer = await this.#forwardCounted(kind, request, body);
    if (isSuccess(answer)) {
      this.#remember(observed);
      const late = this.#kills.takeAfter(observed);
      if (late !== undefined) {
        const whole = await read(answer);
        if (await this.#strike(late, request.socket)) request.socket.destroy();
        else response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer)).end(whole);
        return;
      }
    }
    response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer));
    // Whichever end breaks first, in an outage or by a kill, takes the other along.
    pipeline(answer, response, () => {});
  }

  #remember({ operation, path, body }: ObservedRequest): void {
    for (const { operations, seen } of this.#witnesses)
      if (operations.has(operation)) seen.push({ operation, path, body: body.toString('utf8'), at: Date.now() });
  }

  #count(operation: string, { url = '/' }: IncomingMessage, body: Buffer): void {
    this.#requests.set(operation, (this.#requests.get(operation) ?? 0) + 1);
    for (const { resource, units } of unitsOf(operation, url, body)) {
      const key = `${operation} ${resource}`;
      this.#units.set(key, (this.#units.get(key) ?? 0) + units);
    }
  }

  /** Forwards, and lets the requests that come meanwhile from the same process know how it went. */
  async #forwardCounted(kind: string, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const underWay = this.#underWay.get(kind) ?? new Set();
    this.#underWay.set(kind, underWay);
    const answer = this.#forward(request, body);
    const success = answer.then(isSuccess, () => false);
    underWay.add(success);
    try {
      if (await success) this.#lastSuccess.set(kind, performance.now());
      return await answer;
    } finally {
      underWay.delete(success);
    }
  }

  async #ownerOf(socket: Socket): Promise<number | undefined> {
    const known = await this.#owners.get(socket);
    if (known !== undefined) return known;
    const found = this.#findOwner(socket);
    this.#owners.set(socket, found);
    return found;
  }

  async #findOwner({ remotePort }: Socket): Promise<number | undefined> {
    return remotePort === undefined ? undefined : this.#finder?.ownerOf(remotePort, this.#engine?.processId).catch(() => undefined);
  }

  /** The process waits for its answer as long as it is looked for. */
  async #strike(kill: Kill, socket: Socket): Promise<boolean> {
    const processId = await this.#ownerOf(socket);
    const engine = this.#engine?.processId;
    // Only ever a function's process: a port that was taken over in the meantime must cost nobody else theirs.
    const isFunction = processId !== undefined && (engine === undefined || (await this.#finder?.parentOf(processId)) === engine);
    try {
      if (!isFunction) throw new Error('not a process of the engine');
      process.kill(processId, 'SIGKILL');
      this.#kills.strike(kill);
      return true;
    } catch {
      this.#kills.putBack(kill);
      return false;
    }
  }

  #forward(request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const engine = this.#engine?.endpoint;
    if (engine === undefined) return Promise.reject(new Error('the proxy has no engine yet'));
    // The body is whole now: what was said about how it travels is no longer true. Host stays, as it is signed.
    const headers = { ...request.headers, 'content-length': String(body.length) };
    delete headers['transfer-encoding'];
    delete headers.expect;
    return new Promise((resolve, reject) => {
      const forwarded = httpRequest(
        { agent: this.#upstream, host: engine.hostname, port: engine.port, method: request.method, path: request.url, headers },
        resolve,
      );
      forwarded.once('error', reject).end(body);
    });
  }
}
