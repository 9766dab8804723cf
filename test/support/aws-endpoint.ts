import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  /** Of a JSON or query protocol its operation, else method and path. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

export interface AwsEndpoint {
  readonly requests: ReceivedRequest[];
  /** Of a process whose SDK reaches this endpoint. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): void;
}

/** An answer that is no 200 with JSON. */
export class RawAnswer {
  public constructor(
    public readonly status: number,
    public readonly headers: Readonly<Record<string, string>>,
    public readonly text: string,
  ) {}
}

/** AWS over HTTP, as the SDK reaches it: every request is answered with JSON, with bytes, or as the test says; what `answer` throws is an internal failure. */
export async function startAwsEndpoint(answer: (request: ReceivedRequest) => object | Buffer | Promise<object>): Promise<AwsEndpoint> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const received = receivedOf(request, Buffer.concat(chunks).toString());
      requests.push(received);
      try {
        const answered = await answer(received);
        if (answered instanceof RawAnswer) {
          response.writeHead(answered.status, answered.headers);
          response.end(answered.text);
          return;
        }
        const isBytes = Buffer.isBuffer(answered);
        response.writeHead(200, isBytes ? {} : { 'content-type': 'application/x-amz-json-1.0' });
        response.end(isBytes ? answered : JSON.stringify(answered));
      } catch (error) {
        response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify({ __type: 'InternalFailure', message: String(error) }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function receivedOf({ method, url, headers }: IncomingMessage, text: string): ReceivedRequest {
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const body = Object.fromEntries(new URLSearchParams(text));
    return { operation: body.Action ?? `${method} ${url}`, body };
  }
  const target = headers['x-amz-target'];
  return {
    operation: target === undefined ? `${method} ${url}` : String(target).replace(/^.*\./, ''),
    body: JSON.parse(text || '{}'),
  };
}
