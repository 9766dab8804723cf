import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { SignedRequest } from '../../../runtime/signatures';

/** What of a request decides here. */
export interface ReceivedRequest extends SignedRequest {
  readonly senderName: string;
  readonly contentType?: string;
}

/** Printable ASCII: anything else is no media type, and SQS refuses some of it. */
const CONTENT_TYPE = /^[\x20-\x7e]{1,256}$/;

/** An HTTP API's event (payload format 2.0) as it came in: body as bytes. Repeated headers arrive joined by commas; the schemes know that. */
export function readRequest(event: APIGatewayProxyEventV2): ReceivedRequest {
  const headers = Object.entries(event.headers ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const contentType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return {
    senderName: event.pathParameters?.sender ?? event.rawPath.split('/').at(-1) ?? '',
    method: event.requestContext.http.method,
    path: event.rawQueryString === '' ? event.rawPath : `${event.rawPath}?${event.rawQueryString}`,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    ...(contentType !== undefined && CONTENT_TYPE.test(contentType) && { contentType }),
  };
}
