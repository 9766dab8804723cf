import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RegisterKey } from '../../blocks/contract';
import { systemClock } from '../../runtime/clock';
import type { RegisterEntry } from '../../runtime/reconciliation/register';
import { RegisterStore } from '../../runtime/reconciliation/register-store';
import { explained } from '../commands/aws-faults';
import { UsageError } from '../usage-error';
import type { Night } from './nights';

const BREAK = /^[0-9a-f]{16}$/;

/** @throws {UsageError} for what is no id of a break */
export function breakId(given: string): string {
  if (BREAK.test(given)) return given;
  throw new UsageError(`${JSON.stringify(given)} is no id of a break, which has 16 hex digits: \`nights breaks\` shows them.`);
}

export interface FoundBreak {
  readonly night: Night;
  readonly entry: RegisterEntry;
}

/** The break of that id, open or closed, in whatever register it is. @throws when there is none */
export async function findBreak(nights: readonly Night[], id: string): Promise<FoundBreak> {
  for (const night of nights) {
    const [entry] = await inRegister(night, 'dynamodb:BatchGetItem', (register) => register.entries([id]));
    if (entry !== undefined) return { night, entry };
  }
  throw new Error(`no break ${id} at ${nights.map(({ path }) => path).join(', ')}: \`nights breaks\` shows those that are open.`);
}

/**
 * Works on a break register.
 *
 * @param actions what it takes, for whoever is not allowed to
 * @throws in words that say what to do
 */
export async function inRegister<Answer>(
  { access, path, table }: Night,
  actions: string,
  work: (register: RegisterStore) => Promise<Answer>,
): Promise<Answer> {
  const dynamoDb = new DynamoDBClient(access);
  try {
    return await work(new RegisterStore(table, { dynamoDb, clock: systemClock }));
  } catch (error) {
    throw explained(error, {
      doing: `asking the break register of ${path}`,
      thing: 'table',
      permission: `${actions} on table ${table} (its index ${RegisterKey.INDEX} for queries)`,
    });
  } finally {
    dynamoDb.destroy();
  }
}
