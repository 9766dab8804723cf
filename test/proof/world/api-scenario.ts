import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Clock } from '../../../lib/runtime/clock';
import type { Client, Weather } from './scenario';

/** Somebody who sends a request until there is an answer. */
export interface Caller {
  readonly name: string;
  readonly key: string;
  /** What is in the body: callers with the same body ask for the same. */
  readonly order: string;
}

export interface ApiScenario extends Weather {
  readonly program: ApiProgram;
  readonly callers: readonly Caller[];
  /** Times that a caller sends its request. */
  readonly attempts: number;
  readonly clientAttempts: number;
  readonly slowHandlers: boolean;
}

export interface ApiGround {
  readonly clock: Clock;
  readonly dynamoDb: Client;
  /** Which attempt of which caller this is. */
  readonly attempt: string;
  handle(order: string): Promise<void>;
}

export type ApiProgram = (ground: ApiGround) => (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;
