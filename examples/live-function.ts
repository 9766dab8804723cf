import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import type { StormTarget } from '../lib/operate/storm/contract';

/** What a storm sets in a deployed function, so that nobody waits for what takes long in production. */
export interface LiveChange extends Pick<UpdateFunctionConfigurationCommandInput, 'Timeout'> {
  /** Added to the variables that it has. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Changes a function and lets its alias `live` point to what it is then. */
export async function changeLive({ clientConfig }: StormTarget, FunctionName: string, { variables, ...change }: LiveChange): Promise<void> {
  const client = new LambdaClient({ ...clientConfig });
  try {
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        ...change,
        Environment: { Variables: { ...Environment?.Variables, ...variables } },
      }),
    );
    const { Version: FunctionVersion } = await client.send(new PublishVersionCommand({ FunctionName }));
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion }));
  } finally {
    client.destroy();
  }
}
