import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ParkedBody, RedactionAnswer, RedactionRequest } from '../../blocks/parking-contract';
import { CLIENT_CONFIG } from '../client-config';

/** Takes sensitive fields out of an event before it is stored. */
export type Redact = (request: RedactionRequest) => Promise<ParkedBody>;

/**
 * @param client called once, with the first event: a desk without redaction needs none
 */
export function redactionBy(functionArn: string, client: () => Promise<Pick<LambdaClient, 'send'>>): Redact {
  let loaded: Promise<Pick<LambdaClient, 'send'>> | undefined;
  return async (request) => {
    loaded ??= client();
    const [lambda, { InvokeCommand }] = await Promise.all([loaded, import('@aws-sdk/client-lambda')]);
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(request) }),
    );
    const text = Buffer.from(Payload ?? new Uint8Array()).toString();
    if (FunctionError !== undefined) throw new RedactionError(`the redaction function failed: ${FunctionError} ${nameIn(text)}`);
    return readAnswer(text);
  };
}

/** Loaded late: most desks redact nothing. The function is somebody's own, and may start cold. */
export async function redactionClient(): Promise<LambdaClient> {
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  return new LambdaClient({ ...CLIENT_CONFIG, requestHandler: { ...CLIENT_CONFIG.requestHandler, requestTimeout: 15_000 } });
}

/** Without its answer nothing is stored: the message stays in the parking lot. */
export class RedactionError extends Error {
  override readonly name = 'RedactionError';
}

function readAnswer(text: string): ParkedBody {
  const answer = parsed(text) as Partial<RedactionAnswer> | null | undefined;
  const { encoding, data } = answer?.body ?? {};
  if ((encoding !== 'utf8' && encoding !== 'base64') || typeof data !== 'string') {
    throw new RedactionError(
      'the redaction function must answer { body: { encoding: "utf8" or "base64", data: text } }, and answered something else',
    );
  }
  return { encoding, data };
}

/** What the function says of its error may quote the event, its name does not. */
function nameIn(text: string): string {
  const name = (parsed(text) as { readonly errorType?: unknown } | null | undefined)?.errorType;
  return typeof name === 'string' ? `(${name})` : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
