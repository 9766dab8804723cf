import { createReadStream } from 'node:fs';
import {
  PROVIDERS,
  type Provider,
  type ProviderConfig,
  type SignedRequest,
  type VerificationInput,
  validateProviderConfig,
  verify as verifySignature,
} from '../runtime/signatures';

/** What is told of one line. */
export interface VerifiedLine {
  /** As given; null when the line holds none. */
  readonly id: string | number | null;
  readonly accepted: boolean;
  /** Why it is refused, `invalid_input` for a line that can't be judged; null when it is accepted. */
  readonly reason: string | null;
  readonly dedupeId: string | null;
  /** What is wrong with a line that can't be judged. */
  readonly detail?: string;
}

/**
 * Tells for captured requests why a sender's webhook is accepted or refused: `npx breakwater verify requests.jsonl`. The same code as the receive
 * function's; nothing is fetched, so PayPal's certificates have to be given in `config.certificates`.
 *
 * @param path file with one JSON object a line, `-` for standard input
 * @param output takes one JSON object a line, in the order of the input
 * @returns exit code: 0, or 2 when a line could not be judged
 * @throws when the file can't be read
 */
export async function verify(path: string, output: (line: string) => void): Promise<number> {
  return verifyRequests(splitLines(path === '-' ? process.stdin : createReadStream(path)), (line) => output(JSON.stringify(line)));
}

/** Judges line by line and holds one at a time, so the input may be of any length. @returns exit code as `verify` */
export async function verifyRequests(lines: AsyncIterable<string>, write: (line: VerifiedLine) => void): Promise<number> {
  let exitCode = 0;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const judged = await judge(line);
    if (judged.reason === INVALID_INPUT) exitCode = 2;
    write(judged);
  }
  return exitCode;
}

const INVALID_INPUT = 'invalid_input';

async function judge(line: string): Promise<VerifiedLine> {
  let id: VerifiedLine['id'] = null;
  let input: VerificationInput;
  try {
    const fields = parseLine(line);
    id = readId(fields.id);
    input = readInput(fields);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { id, accepted: false, reason: INVALID_INPUT, dedupeId: null, detail: error.message };
  }
  const verification = await verifySignature(input);
  return verification.accepted
    ? { id, accepted: true, reason: null, dedupeId: verification.dedupeId }
    : { id, accepted: false, reason: verification.reason, dedupeId: null };
}

type Fields = Readonly<Record<string, unknown>>;

function parseLine(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's message quotes the line, and the line holds secrets.
    throw new TypeError('the line must be JSON');
  }
  return readObject(value, 'the line');
}

function readId(id: unknown): string | number {
  if (typeof id === 'string' || typeof id === 'number') return id;
  throw invalid('id', 'text or a number', id);
}

function readInput({ provider, secrets, config, nowEpochSeconds, request }: Fields): VerificationInput {
  const known = readProvider(provider);
  const settings: ProviderConfig = config === undefined ? {} : readObject(config, 'config');
  validateProviderConfig(known, settings);
  return {
    provider: known,
    secrets: readSecrets(secrets, known),
    config: settings,
    nowEpochSeconds: nowEpochSeconds === undefined ? Math.floor(Date.now() / 1000) : readSeconds(nowEpochSeconds),
    request: readRequest(readObject(request, 'request')),
  };
}

function readProvider(provider: unknown): Provider {
  const known = PROVIDERS.find((name) => name === provider);
  if (known === undefined) throw new TypeError(`provider must be one of ${PROVIDERS.join(', ')}`);
  return known;
}

function readSecrets(secrets: unknown, provider: Provider): readonly string[] {
  // PayPal signs with a certificate.
  if (secrets === undefined && provider === 'paypal') return [];
  if (Array.isArray(secrets) && secrets.every((secret) => typeof secret === 'string')) return secrets;
  throw new TypeError('secrets must be an array of strings');
}

function readRequest({ method, path, headers, bodyBase64 }: Fields): SignedRequest {
  return {
    method: readText(method, 'request.method'),
    path: readText(path, 'request.path'),
    headers: readHeaders(headers),
    body: readBody(bodyBase64),
  };
}

function readHeaders(headers: unknown): SignedRequest['headers'] {
  const isPair = (pair: unknown): pair is [string, string] =>
    Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  if (Array.isArray(headers) && headers.every(isPair)) return headers;
  throw new TypeError('request.headers must be an array of [name, value]');
}

/** Canonical, so that the bytes which are judged are beyond doubt those which were meant. */
function readBody(text: unknown): Uint8Array {
  const body = Buffer.from(readText(text, 'request.bodyBase64'), 'base64');
  if (body.toString('base64') !== text) throw new TypeError('request.bodyBase64 must be canonical base64: padded, without line breaks');
  return body;
}

function readObject(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(name, 'a JSON object', value);
}

function readText(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw invalid(name, 'text', value);
}

function readSeconds(value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError('nowEpochSeconds must be seconds since 1970, 0 or more');
}

/** Tells the kind of what was given, not its value. */
function invalid(name: string, rule: string, given: unknown): TypeError {
  const kind = given === undefined ? 'nothing' : given === null ? 'null' : Array.isArray(given) ? 'an array' : `a ${typeof given}`;
  return new TypeError(`${name} must be ${rule}; given ${kind}`);
}

/** Lines end at a line feed alone: `readline` also ends them at U+2028 and U+2029, which JSON strings may hold. */
async function* splitLines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let parts: string[] = [];
  for await (const chunk of stream as AsyncIterable<string>) {
    const [first = '', ...rest] = chunk.split('\n');
    parts.push(first);
    for (const part of rest) {
      yield parts.join('');
      parts = [part];
    }
  }
  yield parts.join('');
}
