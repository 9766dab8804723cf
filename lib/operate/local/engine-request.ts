import { createHash, createHmac } from 'node:crypto';
import type { LocalEngine } from './contract';

/** Where and as whom: on the local engine, the account is the access key. */
export interface RequestTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface EngineRequest {
  readonly service: string;
  readonly method?: string;
  /** @default '/' */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
}

export function targetOf(engine: LocalEngine, environment?: { readonly account: string; readonly region: string }): RequestTarget {
  const { accessKeyId, secretAccessKey } = engine.clientConfig.credentials;
  return {
    endpoint: engine.endpoint,
    region: environment?.region ?? engine.region,
    accessKeyId: environment === undefined || environment.account === engine.accountId ? accessKeyId : environment.account,
    secretAccessKey,
  };
}

/**
 * One signed request. The command line asks four plain questions of four services: that is less to install and to load than their four clients.
 * Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export async function engineRequest(target: RequestTarget, request: EngineRequest): Promise<EngineAnswer> {
  const url = new URL(request.path ?? '/', target.endpoint);
  url.search = new URLSearchParams(Object.entries(request.query ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  const body = request.body ?? '';
  const method = request.method ?? 'POST';
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
    ...(target.sessionToken === undefined ? {} : { 'x-amz-security-token': target.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    url.search.slice(1),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
  const scope = `${date}/${target.region}/${request.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = [date, target.region, request.service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${target.secretAccessKey}`);
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  const { host: _host, ...sent } = headers;
  const answer = await fetch(url, {
    method,
    body: method === 'GET' ? undefined : body,
    signal: request.signal,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${target.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    },
  });
  return { status: answer.status, text: await answer.text() };
}

/** A call of a service with the AWS JSON 1.1 protocol. @throws with the service's own error. */
export async function jsonRequest<Answer>(target: RequestTarget, service: string, operation: string, input: object): Promise<Answer> {
  const answer = await engineRequest(target, {
    service,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation },
    body: JSON.stringify(input),
  });
  if (answer.status !== 200) throw new Error(`${operation} on the local engine: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Answer;
}
