import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDbLocal } from '../dynamodb-local/server';
import { InMemoryTables, type SentCommand } from './in-memory-tables';

/** A DynamoDB as the runtime's suites use it. They run on DynamoDB Local, and on tables in memory, which are fast enough for each change and each mutant. */
export type Tables = Pick<DynamoDbLocal, 'client' | 'createTable'>;

export function tablesInMemory(): Tables {
  const tables = new InMemoryTables();
  const client = {
    config: {},
    // As much of a client as Powertools asks for.
    middlewareStack: { identify: () => [], addRelativeTo: () => {} },
    async send(command: SentCommand): Promise<object> {
      if (command.constructor.name !== 'ScanCommand') return tables.answer(command);
      return { Items: tables.items((command.input as { readonly TableName: string }).TableName) };
    },
  };
  return {
    client: client as unknown as DynamoDBClient,
    async createTable(name, sortKey, index) {
      tables.createTable(name, ...['id', ...(sortKey === undefined ? [] : [sortKey])]);
      if (index !== undefined) tables.createIndex(name, index.name, ...index.keyNames);
    },
  };
}
