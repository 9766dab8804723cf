import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import { PermanentError } from '../../../lib/runtime';
import { type Change, InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Step } from '../explorer/explore';
import { ExternalWitness } from './external-witness';
import { type Answer, type Invocation, Machine } from './machine';
import { copyOf, markOf } from './messages';
import { Provider } from './provider';
import { type Message, Queue } from './queue';
import { clientOf, isServiceError } from './requests';
import { EFFECTS, FUNCTION_MILLISECONDS, PARKING_LOT_URL, RECORDS, type Scenario, VISIBILITY_MILLISECONDS } from './scenario';
import { Witness } from './witness';

type Records = readonly SQSRecord[];

/** Rounds in which everything that is parked is redriven at the end. Conflicting events are parked again each time. */
const MENDING_ROUNDS = 3;

/** Workers on a queue, its tables and a provider. */
export class WorkerWorld extends Machine<Records> {
  readonly #scenario: Scenario;
  readonly #witness: Witness;
  readonly #externalWitness: ExternalWitness;
  readonly #tables: InMemoryTables;
  readonly #queue: Queue;
  readonly #provider: Provider;
  #redrives = 0;
  #rounds = 0;

  constructor(scenario: Scenario) {
    super(scenario);
    this.#scenario = scenario;
    this.#witness = new Witness(scenario.mayRepeat);
    this.#externalWitness = new ExternalWitness(this.#witness.events);
    this.#tables = new InMemoryTables({ now: () => this.clock.now });
    this.#tables.createTable(RECORDS, 'id');
    this.#tables.createTable(EFFECTS, 'id');
    this.#queue = new Queue(VISIBILITY_MILLISECONDS, scenario.attempts, () => this.clock.now);
    this.#provider = new Provider(scenario.provider, (event) => this.observe(() => this.#externalWitness.act(event)));
    for (const copy of scenario.copies) {
      this.#witness.accept(copy);
      this.#queue.send(copy);
    }
  }

  rest(): boolean {
    if (this.#rounds === 0) this.#witness.atRest(new Set(this.#queue.parkingLot.map(({ copy }) => copy.name)));
    if (this.#queue.parkingLot.length > 0 && this.#rounds++ < MENDING_ROUNDS) {
      // A person takes their time: no lease holds any more.
      this.clock.advanceTo(this.clock.now + FUNCTION_MILLISECONDS);
      for (const message of [...this.#queue.parkingLot]) this.#redrive(message);
      return true;
    }
    const undecided = this.#queue.parkingLot.filter(isOfUnknownOutcome).map(({ copy }) => copy.key);
    this.#witness.afterRedrive(new Set(undecided));
    return false;
  }

  protected beginnings(): Step[] {
    if (this.invocations.filter(({ work }) => work.length > 0).length >= this.#scenario.workers) return [];
    const visible = this.#distinct(this.#queue.visible());
    const choices = visible.map((message) => [message]);
    if (visible.length > 1 && this.#scenario.batchSize > 1) choices.unshift(visible.slice(0, this.#scenario.batchSize));
    return choices.map((messages) =>
      this.step(true, `a worker receives ${messages.map(({ id, receives }) => `${id} (${receives + 1})`).join(', ')}`, () =>
        this.#receive(messages),
      ),
    );
  }

  protected interferences(): Step[] {
    return [...this.#redriveSteps(), ...this.#reappearances()];
  }

  /** Called with everything that is written into the tables. */
  protected written(_change: Change): void {}

  protected nextMoment(): number | undefined {
    return this.#queue.nextVisible();
  }

  protected state(): unknown {
    const { now } = this.clock;
    const messages = (list: readonly Message[]) =>
      list
        .map(({ id, receives, attributes, visibleAt }) => JSON.stringify([id, receives, attributes, Math.max(0, visibleAt - now)]))
        .sort();
    return [
      [this.#tables.items(RECORDS), this.#tables.items(EFFECTS), this.#tables.tokens().filter(([token]) => this.mayComeAgain(token))],
      [this.#witness.digest(), this.#externalWitness.digest(), this.#provider.digest()],
      [messages(this.#queue.messages), messages(this.#queue.parkingLot), this.#redrives],
    ];
  }

  /** Of messages that only differ in their names one stands for all. */
  #distinct(messages: readonly Message[]): Message[] {
    const byKind = new Map(
      messages.map((message) => [JSON.stringify([message.copy.name, message.receives, message.attributes]), message]).reverse() as [
        string,
        Message,
      ][],
    );
    return [...byKind.values()].reverse();
  }

  #receive(messages: readonly Message[]): void {
    const records = this.#queue.receive(messages);
    if (records.length === 0) return;
    const { attempts, program } = this.#scenario;
    this.start(
      `worker on ${records.map(({ receiptHandle }) => receiptHandle).join(', ')}`,
      records.map(({ messageAttributes }) => messageAttributes),
      records,
      (invocation, clock) => {
        const { process } = invocation;
        const run = program({
          clock,
          attempts,
          dynamoDb: clientOf(process, this.#scenario, (command) => this.#write(invocation, command)),
          sqs: clientOf(process, this.#scenario, (command) => this.#queueRequest(command)),
          provider: { kind: this.#provider.kind, ...this.#provider.for(process) },
          got: (event, result) => this.observe(() => this.#externalWitness.result(event, result)),
          returned: (event, result) => this.observe(() => this.#witness.returned(event, result)),
          handle: (event) =>
            process.ask({
              name: `handles ${event}`,
              request: `handle ${event}`,
              reach: () => undefined,
              urgent: !this.#scenario.slowHandlers,
              unanswered: 'cannot be',
              refusals: [
                { fault: 'failure', name: 'fails', error: () => new Error('the handler failed') },
                { fault: 'refusal', name: 'fails for good', error: () => new PermanentError('the handler refused') },
              ],
            }),
        });
        return run(records);
      },
      (outcome): Answer =>
        'error' in outcome
          ? { text: `with ${outcome.error}`, reach: () => {} }
          : { text: JSON.stringify(outcome.value), reach: () => this.#acknowledge(records, outcome.value) },
    );
  }

  #acknowledge(records: Records, { batchItemFailures }: SQSBatchResponse): void {
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const record of records) if (!failed.has(record.messageId)) this.#queue.delete(record);
  }

  #write({ work: records }: Invocation<Records>, command: SentCommand): object {
    const changes: Change[] = [];
    try {
      return this.#tables.answer(command, (change) => changes.push(change));
    } catch (error) {
      if (!isServiceError(error)) {
        this.observe(() => {
          throw error;
        });
      }
      throw error;
    } finally {
      for (const change of changes) this.observe(() => this.#witnessed(records, change));
      for (const change of changes) this.written(change);
    }
  }

  #witnessed(records: Records, change: Change): void {
    if (change.table === RECORDS) {
      this.#witness.record(change, this.clock.now);
      this.#externalWitness.record(change, (key) => {
        const own = records.filter(({ body }) => copyOf(body).key === key);
        return own.every((record) => this.#witness.isParkedAfter(copyOf(record.body).name, [markOf(record)]));
      });
    }
    if (change.table !== EFFECTS || change.next === undefined) return;
    const copy = change.next.by_copy!.S!;
    const marks = records.filter(({ body }) => copyOf(body).copy === copy).map(markOf);
    this.#witness.effect(change.next.id!.S!, { copy, marks });
  }

  #queueRequest(command: SentCommand): object {
    const { input } = command;
    if (command.constructor.name === 'ChangeMessageVisibilityCommand') {
      const { ReceiptHandle, VisibilityTimeout } = input as { ReceiptHandle: string; VisibilityTimeout: number };
      this.#queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
      return {};
    }
    const { QueueUrl, MessageBody, MessageAttributes } = input as {
      QueueUrl: string;
      MessageBody: string;
      MessageAttributes: Record<string, MessageAttributeValue>;
    };
    const copy = copyOf(MessageBody);
    if (QueueUrl === PARKING_LOT_URL) {
      this.#queue.park(copy, MessageAttributes);
      this.observe(() => this.#witness.park(copy.name, MessageAttributes[ParkedAttribute.PARKED_AT]!.StringValue!));
      if (isOfUnknownOutcome({ attributes: MessageAttributes })) this.observe(() => this.#externalWitness.declare(copy.name));
    } else this.#queue.send(copy, MessageAttributes);
    return {};
  }

  #redriveSteps(): Step[] {
    if (this.#redrives >= this.#scenario.mostRedrives) return [];
    return this.#distinct(this.#queue.parkingLot).map((message) =>
      this.step(false, `an operator redrives ${message.id}`, () => {
        this.#redrives++;
        this.#redrive(message);
      }),
    );
  }

  /** What is parked again has another time of parking. */
  #redrive(message: Message): void {
    this.clock.advanceTo(this.clock.now + 1);
    this.#queue.redrive(message);
  }

  #reappearances(): Step[] {
    const hidden = this.#queue.messages.filter(({ visibleAt }) => visibleAt > this.clock.now);
    return this.#distinct(hidden).flatMap((message) =>
      this.fault('reappearance', `SQS hands out ${message.id} once more`, () => {
        message.visibleAt = this.clock.now;
      }),
    );
  }
}

function isOfUnknownOutcome({ attributes }: Pick<Message, 'attributes'>): boolean {
  return attributes[ParkedAttribute.ERROR_NAME]?.StringValue === 'UnknownOutcomeError';
}
