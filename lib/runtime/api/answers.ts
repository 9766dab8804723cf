import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What a handler answers. A body that is no text is sent as JSON. */
export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as it is kept, and given again word for word. */
export interface KeptAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function keep({ statusCode, headers = {}, body }: ApiAnswer): KeptAnswer {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
  const isJson = body !== undefined && typeof body !== 'string' && !names.has('content-type');
  return { statusCode, headers: { ...headers, ...(isJson && { 'content-type': 'application/json' }) }, body: text };
}

export function send(
  { statusCode, headers, body }: KeptAnswer,
  more: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { ...headers, ...more }, body };
}

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ status, title, detail }),
  };
}
