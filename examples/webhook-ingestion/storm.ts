import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StandingEffect, StandingStores, Storm, StormTarget } from '../../lib/operate/storm/contract';
import { planEvents } from './storm/events';
import { planKills } from './storm/kills';
import { SENDERS, stormSecrets } from './storm/signing';

/** An item of the ledger table: an entry for each effect, a balance for each customer. */
type LedgerItem =
  | {
      readonly id: string;
      readonly event: string;
      readonly customer: string;
      readonly amount: number;
      readonly attempt: number;
      readonly recordedAt: string;
    }
  | { readonly id: string; readonly balance: number };

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
  readParked: ({ body, attributes }) => {
    const eventId = EVENT_ID.exec(body)?.[0];
    return { ...(eventId === undefined ? {} : { eventId }), reason: attributes.BreakwaterReason ?? 'moved by the queue' };
  },
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

async function readLedger({ clientConfig, outputs }: StormTarget): Promise<StandingStores> {
  const client = new DynamoDBClient({ ...clientConfig });
  const effects: StandingEffect[] = [];
  const books: Record<string, number> = {};
  try {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: outputs.LedgerTable, ConsistentRead: true })) {
      for (const item of Items.map((attributes) => unmarshall(attributes) as LedgerItem)) {
        if ('balance' in item) {
          books[item.id.replace('customer#', '')] = item.balance;
        } else {
          const { id, event, amount, attempt, recordedAt } = item;
          effects.push({ key: id, eventId: event, amount, attempt, recordedAtEpochMilliseconds: Date.parse(recordedAt) });
        }
      }
    }
  } finally {
    client.destroy();
  }
  return { effects, books };
}
