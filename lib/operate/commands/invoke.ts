import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { showable } from '../../markup/showable';
import { explained } from './aws-faults';
import type { Access } from './places';

/** A function that answers to commands. */
export interface CommandFunction {
  /** Name, with or without an alias. */
  readonly functionName: string;
  readonly access: Access;
  /** What a person calls it, for example `desk function`. */
  readonly called: string;
  /** Names of errors by which it says no, in words for a person. */
  readonly refusals: readonly string[];
  /** What tells more when it broke. */
  readonly seeAlso: string;
}

/** What a function said no to, in words for a person. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** The function broke: nobody knows whether it had done what it was asked for. */
class FunctionFailure extends Error {}

/**
 * Invokes a function and waits for its answer. Needs `lambda:InvokeFunction` on it.
 *
 * @param attempt what is being done, and whether a request whose answer got lost may be sent again
 * @throws {Refusal} when it says no
 * @throws when it can't be reached, or breaks
 */
export async function invoke(
  to: CommandFunction,
  request: object,
  { doing, isRepeatable }: { readonly doing: string; readonly isRepeatable: boolean },
): Promise<unknown> {
  const { functionName, access } = to;
  const client = new LambdaClient({ ...access, ...(isRepeatable ? {} : { maxAttempts: 1 }) });
  try {
    const { FunctionError: failure, Payload: payload } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }),
    );
    const answer: unknown = JSON.parse(payload === undefined ? 'null' : Buffer.from(payload).toString('utf8'));
    if (failure !== undefined) throw failureOf(to, answer);
    return answer;
  } catch (error) {
    if (error instanceof Refusal || error instanceof FunctionFailure) throw error;
    throw explained(error, {
      doing: `${doing} (function ${functionName})`,
      thing: 'function',
      permission: `lambda:InvokeFunction on ${functionName}`,
    });
  } finally {
    client.destroy();
  }
}

function failureOf({ functionName, called, refusals, seeAlso }: CommandFunction, answer: unknown): Error {
  const { errorType = 'Error', errorMessage = '' } = (answer ?? {}) as { readonly errorType?: string; readonly errorMessage?: string };
  if (refusals.includes(errorType)) return new Refusal(showable(errorMessage));
  return new FunctionFailure(
    `the ${called} ${functionName} failed: ${showable(`${errorType}: ${errorMessage}`)}. Its log group says more; ${seeAlso}`,
  );
}
