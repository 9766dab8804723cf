import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DeskAnswers, DeskRequest } from '../../blocks/parking-contract';
import type { Clock } from '../clock';
import { beginAdopt, beginDiscard, beginRedrive } from './begin';
import type { Bodies } from './bodies';
import { audit, groups, job, jobs, messages, show } from './browse';
import { DeskError } from './desk-error';
import { edit } from './edit';
import { acknowledge, changeState } from './group-state';
import { plan } from './plan';
import type { DeskSettings } from './settings';
import { pause, resume, stop } from './steer';
import type { ParkingStore } from './store';

export interface DeskDependencies {
  readonly settings: DeskSettings;
  readonly store: ParkingStore;
  readonly bodies: Bodies;
  /** Opens the bucket of a parking lot's claimed bodies. */
  readonly claimBodies: (bucket: string) => Bodies;
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly sfn: Pick<SFNClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
  readonly cloudWatch: Pick<CloudWatchClient, 'send'>;
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly clock: Clock;
}

type Command = DeskRequest['command'];
/** What is asked with a command: some share one form. */
export type RequestFor<C extends Command, R extends DeskRequest = DeskRequest> = R extends unknown
  ? C extends R['command']
    ? Omit<R, 'command'> & { readonly command: C }
    : never
  : never;
type Commands = { readonly [C in Command]: (request: RequestFor<C>, desk: DeskDependencies) => Promise<DeskAnswers[C]> };

const COMMANDS: Commands = {
  ...{ groups, messages, show, audit, job, jobs, plan },
  ...{ redrive: beginRedrive, discard: beginDiscard, adopt: beginAdopt },
  ...{ pause, resume, stop, edit, acknowledge },
  ...{ resolve: changeState, ignore: changeState, reopen: changeState },
};

/**
 * Answers what an operator asks the parking desk for.
 *
 * @throws DeskError with a sentence for a person when it refuses
 */
export function createDesk(dependencies: DeskDependencies): <C extends Command>(request: RequestFor<C>) => Promise<DeskAnswers[C]> {
  return async (request) => {
    const command = Object.hasOwn(COMMANDS, request.command) ? COMMANDS[request.command as Command] : undefined;
    if (command === undefined) {
      throw new DeskError(`The desk knows no command ${JSON.stringify(request.command)}, but ${Object.keys(COMMANDS).join(', ')}.`);
    }
    return command(request as never, dependencies) as never;
  };
}
