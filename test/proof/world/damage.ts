import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SentCommand } from '../../support/in-memory-table/in-memory-tables';
import { type Client, type Ground, PARKING_LOT_URL, type Program, RECORDS } from './scenario';

/** A program whose requests lack one line of the protocol. */
export function damaged(program: Program, damage: (ground: Ground) => Partial<Ground>): Program {
  return (ground) => program({ ...ground, ...damage(ground) });
}

interface Conditional {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

interface Put extends Conditional {
  readonly TableName: string;
  readonly Item: Readonly<Record<string, { readonly S?: string }>>;
}

interface Update extends Conditional {
  readonly TableName: string;
  readonly UpdateExpression?: string;
}

interface Element {
  readonly Update?: Update;
  readonly Put?: Put;
  readonly ConditionCheck?: Conditional;
}

export const transactionsLack = (change: (elements: readonly Element[]) => readonly Element[]) => (ground: Ground) => ({
  dynamoDb: {
    ...ground.dynamoDb,
    send: (command: SentCommand) =>
      ground.dynamoDb.send(
        command.constructor.name === 'TransactWriteItemsCommand'
          ? replacing(command, {
              ...command.input,
              TransactItems: change((command.input as { TransactItems: readonly Element[] }).TransactItems),
            })
          : command,
      ),
  },
});

export const parkingRecordLacks = (change: (put: Put) => Put) => (ground: Ground) => ({
  dynamoDb: {
    ...ground.dynamoDb,
    send: (command: SentCommand) => ground.dynamoDb.send(isParkedPut(command) ? replacing(command, change(command.input as Put)) : command),
  },
});

export const guardLacks = (change: (put: Put) => Put) =>
  transactionsLack((elements) => elements.map((element) => (element.Put?.TableName === RECORDS ? { Put: change(element.Put) } : element)));

/** A step may begin whatever the event's record says. */
export const stepsBeginAnyway = transactionsLack((elements) =>
  elements.map((element) =>
    element.ConditionCheck === undefined ? element : { ConditionCheck: whatever(element.ConditionCheck) as Conditional },
  ),
);

/** A lease that has ended is taken over, whoever has it by now. */
export const takesOverUnseen = transactionsLack((elements) =>
  elements.map((element) => (element.Put?.ConditionExpression?.includes(':former') ? { Put: unconditional(element.Put) } : element)),
);

/** The provider is called, and no lease was written. */
export const writesNoLease = (ground: Ground): Partial<Ground> => ({
  dynamoDb: { ...ground.dynamoDb, send: async (command) => (isLease(command) ? {} : ground.dynamoDb.send(command)) },
});

/** A lease is completed and released whoever holds it. */
export const settlesUnfenced = (ground: Ground): Partial<Ground> => ({
  dynamoDb: {
    ...ground.dynamoDb,
    send: (command) =>
      ground.dynamoDb.send(/^(Update|Delete)Item/.test(command.constructor.name) ? replacing(command, anyway(command.input)) : command),
  },
});

type Requests = { readonly dynamoDb: Client };

/** Changes the requests of any program. */
const sending =
  (change: (command: SentCommand) => SentCommand) =>
  <G extends Requests, P>(program: (ground: G) => P) =>
  (ground: G): P =>
    program({ ...ground, dynamoDb: { ...ground.dynamoDb, send: (command: SentCommand) => ground.dynamoDb.send(change(command)) } });

const inTransactions = (change: (elements: readonly Element[]) => readonly Element[]) =>
  sending((command) => {
    const { TransactItems, ...rest } = command.input as { readonly TransactItems?: readonly Element[] };
    return TransactItems === undefined ? command : replacing(command, { ...rest, TransactItems: change(TransactItems) });
  });

/** A lease is had whatever record stands there. */
export const acquiresAnyway = sending((command) =>
  command.constructor.name === 'PutItemCommand' ? replacing(command, unconditional(command.input as Put)) : command,
);

/** The record is not completed in the transaction of the effect. */
export const completesApart = inTransactions((elements) => elements.filter(({ Update }) => Update?.TableName !== RECORDS));

/** An effect is written whoever holds the lease. */
export const completesUnfenced = inTransactions((elements) =>
  elements.map((element) => (element.Update?.TableName === RECORDS ? { Update: anyway(element.Update) as Update } : element)),
);

/** When nobody knows what the provider did, the record is deleted as if it had done nothing. */
export const forgetsTheUnknown = (ground: Ground): Partial<Ground> => ({
  dynamoDb: {
    ...ground.dynamoDb,
    send: (command) => {
      const { UpdateExpression, ...rest } = command.input as Conditional & { readonly UpdateExpression?: string };
      return ground.dynamoDb.send(
        UpdateExpression === 'SET #lease = :ended' ? { input: anyway(rest), constructor: DeleteItemCommand } : command,
      );
    },
  },
});

/** An event is emitted by a write of its own, before or after the transaction of its effect. */
const emitsApart = (when: 'before' | 'after') => (ground: Ground) => ({
  dynamoDb: {
    ...ground.dynamoDb,
    async send(command: SentCommand) {
      const { TransactItems = [], ...rest } = command.input as { readonly TransactItems?: readonly Element[] };
      const isEmitted = ({ Put }: Element) => Put?.Item.outbox !== undefined;
      const emitted = TransactItems.filter(isEmitted);
      const emit = async () => {
        for (const { Put } of emitted) await ground.dynamoDb.send({ input: Put!, constructor: PutItemCommand });
      };
      if (when === 'before') await emit();
      const answer = await ground.dynamoDb.send(
        emitted.length === 0
          ? command
          : replacing(command, { ...rest, TransactItems: TransactItems.filter((element) => !isEmitted(element)) }),
      );
      if (when === 'after') await emit();
      return answer;
    },
  },
});
export const emitsBefore = emitsApart('before');
export const emitsAfterwards = emitsApart('after');

/** First the message is parked, and only then its record says so. */
export function parksBeforeItCloses(ground: Ground): Partial<Ground> {
  let closing: SentCommand | undefined;
  return {
    dynamoDb: {
      ...ground.dynamoDb,
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
  dynamoDb: { ...ground.dynamoDb, send: async (command) => (isParkedPut(command) ? {} : ground.dynamoDb.send(command)) },
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

/** The same item and the same names, and no demand. */
function whatever(check: Conditional): Conditional {
  const { ExpressionAttributeValues, ...rest } = check;
  const name = Object.keys(check.ExpressionAttributeNames ?? {})[0]!;
  return {
    ...rest,
    ConditionExpression: `attribute_exists(${name}) OR attribute_not_exists(${name})`,
    ExpressionAttributeNames: { [name]: check.ExpressionAttributeNames![name]! },
  };
}

/** Without a condition, and without the names and values that only the condition used. */
function anyway<T extends Conditional & { readonly UpdateExpression?: string }>({ ConditionExpression: _dropped, ...rest }: T): object {
  const used = <V>(given: Readonly<Record<string, V>> = {}) => {
    const left = Object.entries(given).filter(([name]) => new RegExp(`${name}\\b`).test(rest.UpdateExpression ?? ''));
    return left.length === 0 ? undefined : Object.fromEntries(left);
  };
  const { ExpressionAttributeNames, ExpressionAttributeValues } = rest;
  return {
    ...rest,
    ExpressionAttributeNames: used(ExpressionAttributeNames),
    ExpressionAttributeValues: used(ExpressionAttributeValues),
  };
}

function isLease({ input, constructor: { name } }: SentCommand): boolean {
  const { TransactItems = [] } = input as { readonly TransactItems?: readonly Element[] };
  return name === 'TransactWriteItemsCommand' && TransactItems.some(({ Put }) => Put?.Item.status?.S === 'INPROGRESS');
}

function isParkedPut({ input, constructor: { name } }: SentCommand): boolean {
  return name === 'PutItemCommand' && (input as Put).Item.status?.S === 'PARKED';
}

function replacing(command: SentCommand, input: object): SentCommand {
  return { input, constructor: command.constructor };
}
