import { CloudFormationClient, type CloudFormationClientConfig, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DESK_ERROR, DESK_OUTPUT_DESCRIPTION, type DeskAnswers, type DeskRequest } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { explained } from './aws-faults';

/** How desks are reached: what every SDK client takes. Empty for what the environment says. */
export type Access = Pick<CloudFormationClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** A parking desk that is deployed. */
export interface Desk {
  readonly stack: string;
  /** Path of its construct. */
  readonly path: string;
  /** Name of the desk function. */
  readonly functionName: string;
  readonly region: string;
  readonly access: Access;
}

export interface Narrowed {
  /** Name of a stack. */
  readonly stack?: string;
  /** Path of a construct, or a part of it that ends where a name ends. */
  readonly desk?: string;
}

/** What a desk said no to, in words for a person. Nothing was changed. */
export class DeskRefusal extends Error {
  override readonly name = 'DeskRefusal';
}

/**
 * Desks by the outputs of the stacks in one account and Region. Needs `cloudformation:DescribeStacks`: on the named stack, or on all.
 * @throws when the stacks can't be read
 */
export async function findDesks(access: Access, narrowed: Narrowed = {}): Promise<readonly Desk[]> {
  const client = new CloudFormationClient(access);
  const desks: Desk[] = [];
  try {
    const region = await client.config.region();
    const pages = paginateDescribeStacks({ client }, narrowed.stack === undefined ? {} : { StackName: narrowed.stack });
    for await (const { Stacks: stacks = [] } of pages)
      for (const { StackName: stack = '', Outputs: outputs = [] } of stacks)
        for (const { Description: description = '', OutputValue: functionName } of outputs)
          if (functionName !== undefined && description.startsWith(DESK_OUTPUT_DESCRIPTION))
            desks.push({ stack, path: showable(description.slice(DESK_OUTPUT_DESCRIPTION.length)), functionName, region, access });
  } catch (error) {
    throw explained(error, {
      doing: narrowed.stack === undefined ? 'looking for parking desks' : `looking for parking desks in stack ${narrowed.stack}`,
      permission: `cloudformation:DescribeStacks on ${narrowed.stack === undefined ? 'all stacks (or name one with --stack)' : narrowed.stack}`,
    });
  } finally {
    client.destroy();
  }
  const { desk } = narrowed;
  return desk === undefined ? desks : desks.filter(({ path }) => `/${path}/`.includes(`/${desk}/`));
}

const READS: ReadonlySet<DeskRequest['command']> = new Set(['groups', 'messages', 'show', 'plan', 'job', 'jobs', 'audit']);

/**
 * Asks a desk. Needs `lambda:InvokeFunction` on its function.
 * @throws {DeskRefusal} when the desk says no
 * @throws when it can't be reached, or its function fails
 */
export async function ask<Request extends DeskRequest>(desk: Desk, request: Request): Promise<DeskAnswers[Request['command']]> {
  const { functionName, access } = desk;
  // What changes something is never sent twice: an answer that got lost on its way may have had its effect.
  const client = new LambdaClient({ ...access, ...(READS.has(request.command) ? {} : { maxAttempts: 1 }) });
  try {
    const { FunctionError: failure, Payload: payload } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) }),
    );
    const answer: unknown = JSON.parse(payload === undefined ? 'null' : Buffer.from(payload).toString('utf8'));
    if (failure !== undefined) throw failureOf(desk, answer);
    return answer as DeskAnswers[Request['command']];
  } catch (error) {
    if (error instanceof DeskRefusal || error instanceof DeskFailure) throw error;
    throw explained(error, {
      doing: `asking the desk of ${desk.path} (function ${functionName})`,
      permission: `lambda:InvokeFunction on ${functionName}`,
    });
  } finally {
    client.destroy();
  }
}

/** The desk's function broke: nobody knows whether it had done what it was asked for. */
class DeskFailure extends Error {}

function failureOf(desk: Desk, answer: unknown): Error {
  const { errorType = 'Error', errorMessage = '' } = (answer ?? {}) as { readonly errorType?: string; readonly errorMessage?: string };
  if (errorType === DESK_ERROR) return new DeskRefusal(showable(errorMessage));
  return new DeskFailure(
    `the desk function ${desk.functionName} failed: ${showable(`${errorType}: ${errorMessage}`)}. Its log group says more; "parked jobs" and "parked audit" say what stands.`,
  );
}
