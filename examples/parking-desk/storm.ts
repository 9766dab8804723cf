import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Storm, StormTarget } from '../../lib/operate/storm/contract';
import { readLedger } from '../ledger';
import { changeLive } from '../live-function';
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
        // A job whose step was killed waits until that one is dead at the latest, which is the function's timeout. A storm should not wait a minute for each.
        await changeLive(target, target.outputs.JobFunction!, { Timeout: STEP_SECONDS });
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
