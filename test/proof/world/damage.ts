import type { SentCommand } from '../../support/in-memory-table/in-memory-tables';
import { type Ground, PARKING_LOT_URL, type Program, RECORDS } from './scenario';

/** A program whose requests lack one line of the protocol. */
export function damaged(program: Program, damage: (ground: Ground) => Partial<Ground>): Program {
  return (ground) => program({ ...ground, ...damage(ground) });
}

interface Put {
  readonly TableName: string;
  readonly Item: Readonly<Record<string, { readonly S?: string }>>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

interface Element {
  readonly Put?: Put;
}

export const transactionsLack = (change: (elements: readonly Element[]) => readonly Element[]) => (ground: Ground) => ({
  dynamoDb: {
    send: (command: SentCommand) =>
      ground.dynamoDb.send(
        command.constructor.name === 'TransactWriteItemsCommand'
          ? withInput(command, { TransactItems: change((command.input as { TransactItems: readonly Element[] }).TransactItems) })
          : command,
      ),
  },
});

export const parkingRecordLacks = (change: (put: Put) => Put) => (ground: Ground) => ({
  dynamoDb: {
    send: (command: SentCommand) =>
      ground.dynamoDb.send(isParkedPut(command) ? { input: change(command.input as Put), constructor: command.constructor } : command),
  },
});

export const guardLacks = (change: (put: Put) => Put) =>
  transactionsLack((elements) => elements.map((element) => (element.Put?.TableName === RECORDS ? { Put: change(element.Put) } : element)));

/** First the message is parked, and only then its record says so. */
export function parksBeforeItCloses(ground: Ground): Partial<Ground> {
  let closing: SentCommand | undefined;
  return {
    dynamoDb: {
      async send(command) {
        if (!isParkedPut(command)) return ground.dynamoDb.send(command);
        closing = command;
        return {};
      },
    },
    sqs: {
      async send(command) {
        const answer = await ground.sqs.send(command);
        const { QueueUrl } = command.input as { readonly QueueUrl?: string };
        if (QueueUrl === PARKING_LOT_URL && closing !== undefined) await ground.dynamoDb.send(closing);
        return answer;
      },
    },
  };
}

/** Parks without a word in the record. */
export const neverCloses = (ground: Ground): Partial<Ground> => ({
  dynamoDb: { send: async (command) => (isParkedPut(command) ? {} : ground.dynamoDb.send(command)) },
});

/** Answers that everything is done, whatever became of it. */
export const acknowledgesAll =
  (program: Program): Program =>
  (ground) => {
    const run = program(ground);
    return async (records) => {
      await run(records);
      return { batchItemFailures: [] };
    };
  };

export function unconditional({ TableName, Item }: Put): Put {
  return { TableName, Item };
}

/** Takes a part out of the condition, and the names and values that nothing uses any more. */
export const without =
  (part: string) =>
  (put: Put): Put => {
    const condition = put.ConditionExpression ?? '';
    if (!condition.includes(part)) return put;
    const left = condition.replace(part, '');
    const used = <T>(given: Readonly<Record<string, T>> = {}) =>
      Object.fromEntries(Object.entries(given).filter(([name]) => new RegExp(`${name}\\b`).test(left)));
    return {
      ...put,
      ConditionExpression: left,
      ExpressionAttributeNames: used(put.ExpressionAttributeNames),
      ExpressionAttributeValues: used(put.ExpressionAttributeValues),
    };
  };

function isParkedPut({ input, constructor: { name } }: SentCommand): boolean {
  return name === 'PutItemCommand' && (input as Put).Item.status?.S === 'PARKED';
}

function withInput(command: SentCommand, input: object): SentCommand {
  return { input: { ...command.input, ...input }, constructor: command.constructor };
}
