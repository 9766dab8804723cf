import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StandingEffect, StandingStores, StormTarget } from '../lib/operate/storm/contract';

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

/** Reads the table that the output `LedgerTable` names, whole. */
export async function readLedger({ clientConfig, outputs }: StormTarget): Promise<StandingStores> {
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
