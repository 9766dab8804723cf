import { LambdaClient, PublishVersionCommand, UpdateAliasCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Storm, StormTarget } from '../../lib/operate/storm/contract';
import { readLedger } from '../ledger';
import { ORDER_ID } from './storm/checks';
import { operate, STEP_SECONDS } from './storm/operator';
import { planKills, planOrders, SECRET } from './storm/orders';

export const storm: Storm = {
  context: { example: 'parking-desk' },
  usualEvents: 3_600,
  url: ({ outputs }) => outputs.Url!,
  queues: ({ outputs }) => [outputs.QueueUrl!],
  parkingLot: ({ outputs }) => outputs.ParkingLotUrl!,
  plan: (settings) => {
    const { events, bursts } = planOrders(settings);
    return {
      events,
      bursts,
      prepare: async (target) => {
        await giveSecret(target);
        await shortenSteps(target);
      },
      kills: () => planKills(settings.random, events),
    };
  },
  readStores: readLedger,
  eventIn: (body) => ORDER_ID.exec(body)?.[0],
  operate,
};

async function giveSecret({ clientConfig, outputs }: StormTarget): Promise<void> {
  const client = new SecretsManagerClient({ ...clientConfig });
  try {
    await client.send(new PutSecretValueCommand({ SecretId: outputs.PartnersSecretArn, SecretString: SECRET }));
  } finally {
    client.destroy();
  }
}

/** A job whose step was killed waits until that one is dead at the latest, which is the function's timeout. A storm should not wait a minute for each. */
async function shortenSteps({ clientConfig, outputs }: StormTarget): Promise<void> {
  const client = new LambdaClient({ ...clientConfig });
  const { JobFunction: FunctionName } = outputs;
  try {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: STEP_SECONDS }));
    const { Version: FunctionVersion } = await client.send(new PublishVersionCommand({ FunctionName }));
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion }));
  } finally {
    client.destroy();
  }
}
