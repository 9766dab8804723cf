import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { sha256 } from '../message/message';

/** The request without its body, as the handler sees it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export const LONGEST_IDEMPOTENCY_KEY = 255;

export function readRequest(event: APIGatewayProxyEventV2): ApiRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    pathParameters: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers: Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** What must be the same when a request comes again under its key. */
export function payloadHashOf(request: ApiRequest, rawQueryString: string): string {
  const head = JSON.stringify([request.method, request.path, rawQueryString]);
  return sha256(Buffer.concat([Buffer.from(head), request.body]));
}
