import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Storm, StormTarget } from '../../lib/operate/storm/contract';
import { readLedger } from '../ledger';
import { planEvents } from './storm/events';
import { planKills } from './storm/kills';
import { SENDERS, stormSecrets } from './storm/signing';

const EVENT_ID = /evt_[a-z0-9]+_\d{6}/;

export const storm: Storm = {
  context: { example: 'webhook-ingestion' },
  url: ({ outputs }) => outputs.Url!,
  queues: ({ outputs }) => [outputs.QueueUrl!],
  parkingLot: ({ outputs }) => outputs.ParkingLotUrl!,
  plan: (settings) => {
    const plan = planEvents(settings);
    return {
      events: plan.events,
      bursts: plan.bursts,
      prepare: rotateSecrets,
      kills: ({ outputs }) =>
        planKills(settings.random, plan, {
          queue: outputs.QueueUrl!,
          parkingLot: outputs.ParkingLotUrl!,
          soak: settings.soak ?? false,
        }),
    };
  },
  readStores: readLedger,
  eventIn: (body) => EVENT_ID.exec(body)?.[0],
};

/** Leaves each secret in the middle of a rotation: Secrets Manager keeps the value before as AWSPREVIOUS. */
async function rotateSecrets({ clientConfig, outputs }: StormTarget): Promise<void> {
  const client = new SecretsManagerClient({ ...clientConfig });
  try {
    for (const secrets of [stormSecrets('previous'), stormSecrets('current')]) {
      for (const sender of SENDERS) {
        await client.send(new PutSecretValueCommand({ SecretId: outputs[`${sender}SecretArn`], SecretString: secrets[sender] }));
      }
    }
  } finally {
    client.destroy();
  }
}
