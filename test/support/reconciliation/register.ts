import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RegisterKey } from '../../../lib/blocks/contract';
import type { Break } from '../../../lib/runtime/reconciliation/contract';
import { RegisterStore } from '../../../lib/runtime/reconciliation/register-store';
import type { Tables } from '../in-memory-table/tables';

export const TABLE = 'register';

export async function createRegisterTable({ createTable }: Tables): Promise<void> {
  await createTable(TABLE, undefined, { name: RegisterKey.INDEX, keyNames: [RegisterKey.INDEX_PARTITION, RegisterKey.INDEX_SORT] });
}

/** Waits for nothing: what would wait goes on at once. */
const clock = {
  now: () => 0,
  after: (_: number, callback: () => void) => {
    setImmediate(callback);
    return () => undefined;
  },
  random: () => 0,
};

export const registerOn = (dynamoDb: Pick<DynamoDBClient, 'send'>): RegisterStore => new RegisterStore(TABLE, { dynamoDb, clock });

/** A pair that differs by so many cents, under an id made of a letter. */
export function difference(letter: string, cents = 100): Break {
  return {
    id: letter.repeat(16),
    class: 'amount',
    key: [letter],
    count: 1,
    left: { record: 1, amountMinor: '1000', currency: 'EUR', date: '2026-11-01' },
    right: { record: 2, amountMinor: String(1000 + cents), currency: 'EUR', date: '2026-11-01' },
    differenceMinor: String(cents),
    days: 0,
  };
}

/** The report of a night, as far as the register reads it. */
export const night = (date: string, ...breaks: readonly Break[]) => ({ name: 'ledger', date, breaks });
