import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { ParkedAttribute } from '../../../lib/blocks/contract';
import { PermanentError } from '../../../lib/runtime';
import { type Change, InMemoryTables, type SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Step, World } from '../explorer/explore';
import { copyOf, markOf } from './messages';
import { type Call, Process } from './process';
import { type Message, Queue } from './queue';
import { clientOf, isServiceError, timeout } from './requests';
import { EFFECTS, type Fault, PARKING_LOT_URL, RECORDS, type Scenario, VISIBILITY_MILLISECONDS } from './scenario';
import { comparable } from './state-text';
import { VirtualClock } from './virtual-clock';
import { Witness } from './witness';

interface Invocation {
  readonly process: Process;
  readonly records: readonly SQSRecord[];
  readonly startedAt: number;
}

/** A request that nobody waits for any more. */
interface Stray {
  readonly from: string;
  readonly call: Call;
}

/** Rounds in which everything that is parked is redriven at the end. Conflicting events are parked again each time. */
const MENDING_ROUNDS = 3;

/** Workers on a queue and its tables. Nothing happens in it but what a schedule says. */
export class WorkerWorld implements World {
  readonly schedule: string[] = [];
  readonly #scenario: Scenario;
  readonly #clock = new VirtualClock();
  readonly #witness = new Witness();
  readonly #tables: InMemoryTables;
  readonly #queue: Queue;
  #invocations: Invocation[] = [];
  #strays: Stray[] = [];
  #faults = 0;
  #redrives = 0;
  #rounds = 0;
  #started = 0;
  #protest: unknown;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#tables = new InMemoryTables({ now: () => this.#clock.now });
    this.#tables.createTable(RECORDS, 'id');
    this.#tables.createTable(EFFECTS, 'id');
    this.#queue = new Queue(VISIBILITY_MILLISECONDS, scenario.attempts, () => this.#clock.now);
    for (const copy of scenario.copies) {
      this.#witness.accept(copy);
      this.#queue.send(copy.copy, copy);
    }
  }

  steps(): Step[] {
    const urgent = this.#invocations.find(({ process }) => process.calls.some((call) => call.urgent));
    if (urgent !== undefined) return this.#stepsOf(urgent);
    const own = this.#invocations.flatMap((invocation) => this.#stepsOf(invocation));
    const calm = [...own.filter((step) => step.calm), ...this.#receives(), ...this.#strays.map((stray) => this.#arrival(stray))];
    const losses = this.#strays.map((stray) =>
      this.#step(false, `${stray.from}: ${stray.call.name} never arrives`, () => this.#forget(stray)),
    );
    const faults = [...own.filter((step) => !step.calm), ...this.#reappearances()];
    return [...calm, ...this.#passing(calm.length === 0), ...losses, ...this.#redriveSteps(), ...faults];
  }

  #stepsOf(invocation: Invocation): Step[] {
    const { process } = invocation;
    const own = process.calls.flatMap((call) => [
      this.#step(true, `${process.name}: ${call.name}`, () => process.proceed(call)),
      ...this.#faultsOf(process, call),
    ]);
    return [...own, ...this.#fault('crash', `${process.name} crashes`, () => this.#crash(invocation))];
  }

  async take(step: Step): Promise<void> {
    this.schedule.push(step.name);
    step.take();
    await new Promise(setImmediate);
    if (this.#protest !== undefined) throw this.#protest;
  }

  rest(): boolean {
    if (this.#rounds === 0) this.#witness.atRest(new Set(this.#queue.parkingLot.map(({ copy }) => copy.name)));
    if (this.#queue.parkingLot.length > 0 && this.#rounds++ < MENDING_ROUNDS) {
      for (const message of [...this.#queue.parkingLot]) this.#redrive(message);
      return true;
    }
    this.#witness.afterRedrive();
    return false;
  }

  digest(): string {
    const { now } = this.#clock;
    const messages = (list: readonly Message[]) =>
      list
        .map(({ id, receives, attributes, visibleAt }) => JSON.stringify([id, receives, attributes, Math.max(0, visibleAt - now)]))
        .sort();
    const invocations = this.#invocations.map(({ process, records, startedAt }) =>
      JSON.stringify([
        records.map(({ receiptHandle, messageAttributes }) => [receiptHandle, messageAttributes]),
        process.history,
        process.calls.map(({ request }) => request),
        now - startedAt,
        this.#clock.remaining(process),
      ]),
    );
    const state = JSON.stringify([
      [this.#tables.items(RECORDS), this.#tables.items(EFFECTS), this.#tables.tokens(), this.#witness.digest()],
      [
        messages(this.#queue.messages),
        messages(this.#queue.parkingLot),
        invocations.sort(),
        this.#strays.map(({ call }) => call.request).sort(),
      ],
      [this.#faults, this.#redrives],
    ]);
    return createHash('md5').update(comparable(state)).digest('base64');
  }

  #receives(): Step[] {
    if (this.#invocations.length >= this.#scenario.workers) return [];
    const visible = this.#distinct(this.#queue.visible());
    const choices = visible.map((message) => [message]);
    if (visible.length > 1 && this.#scenario.batchSize > 1) choices.unshift(visible.slice(0, this.#scenario.batchSize));
    return choices.map((messages) =>
      this.#step(true, `a worker receives ${messages.map(({ id, receives }) => `${id} (${receives + 1})`).join(', ')}`, () =>
        this.#start(messages),
      ),
    );
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

  #start(messages: readonly Message[]): void {
    const records = this.#queue.receive(messages);
    if (records.length === 0) return;
    const process = new Process(`worker ${++this.#started} on ${records.map(({ receiptHandle }) => receiptHandle).join(', ')}`);
    const invocation = { process, records, startedAt: this.#clock.now };
    this.#invocations.push(invocation);
    const { attempts, program } = this.#scenario;
    const run = program({
      clock: this.#clock.for(process),
      attempts,
      dynamoDb: clientOf(process, this.#scenario, (command) => this.#write(invocation, command)),
      sqs: clientOf(process, this.#scenario, (command) => this.#queueRequest(command)),
      handle: (event) =>
        process.ask({
          name: `handles ${event}`,
          request: `handle ${event}`,
          reach: () => undefined,
          urgent: !this.#scenario.slowHandlers,
          onItsWay: false,
          refusals: [
            { fault: 'failure', name: 'fails', error: () => new Error('the handler failed') },
            { fault: 'refusal', name: 'fails for good', error: () => new PermanentError('the handler refused') },
          ],
        }),
    });
    const answer = (text: string, reach: () => void) =>
      process.ask({
        name: `answers ${text}`,
        request: `answer ${text}`,
        reach: () => this.#end(invocation, reach),
        onItsWay: false,
        refusals: [],
      });
    run(records).then(
      (response) => answer(JSON.stringify(response), () => this.#acknowledge(records, response)),
      (error: unknown) => answer(`with ${error}`, () => {}),
    );
  }

  #acknowledge(records: readonly SQSRecord[], { batchItemFailures }: SQSBatchResponse): void {
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const record of records) if (!failed.has(record.messageId)) this.#queue.delete(record);
  }

  #end(invocation: Invocation, last: () => void): void {
    last();
    this.#invocations = this.#invocations.filter((candidate) => candidate !== invocation);
    this.#clock.forget(invocation.process);
  }

  #write(invocation: Invocation, command: SentCommand): object {
    const changes: Change[] = [];
    try {
      return this.#tables.answer(command, (change) => changes.push(change));
    } catch (error) {
      if (!isServiceError(error)) this.#protest ??= error;
      throw error;
    } finally {
      for (const change of changes) this.#observe(() => this.#witnessed(invocation, change));
    }
  }

  #witnessed({ records }: Invocation, change: Change): void {
    if (change.table === RECORDS) this.#witness.record(change, this.#clock.now);
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
      this.#queue.park(`${copy.copy}!`, copy, MessageAttributes);
      this.#observe(() => this.#witness.park(copy.name, MessageAttributes[ParkedAttribute.PARKED_AT]!.StringValue!));
    } else this.#queue.send(`${copy.copy}*`, copy, MessageAttributes);
    return {};
  }

  #observe(look: () => void): void {
    try {
      look();
    } catch (violation) {
      this.#protest ??= violation;
    }
  }

  #faultsOf(process: Process, call: Call): Step[] {
    const refusals = call.refusals.flatMap(({ fault, name, error }) =>
      this.#fault(fault, `${process.name}: ${call.name} ${name}`, () => process.fail(call, error())),
    );
    if (!call.onItsWay) return refusals;
    const lost = this.#fault('timeout', `${process.name}: ${call.name} gets no answer`, () => {
      process.fail(call, timeout());
      this.#strays.push({ from: process.name, call });
    });
    return [...lost, ...refusals];
  }

  #crash(invocation: Invocation): void {
    const { process } = invocation;
    this.#strays.push(...process.crash().map((call) => ({ from: process.name, call })));
    this.#end(invocation, () => {});
  }

  #arrival(stray: Stray): Step {
    return this.#step(true, `${stray.from}: ${stray.call.name} arrives late`, () => {
      this.#forget(stray);
      try {
        stray.call.reach();
      } catch (error) {
        if (!isServiceError(error)) throw error;
      }
    });
  }

  #forget(stray: Stray): void {
    this.#strays = this.#strays.filter((candidate) => candidate !== stray);
  }

  #passing(calm: boolean): Step[] {
    const next = [this.#clock.nextTimer(), this.#queue.nextVisible()].filter((time) => time !== undefined);
    if (next.length === 0) return [];
    const time = Math.min(...next);
    const name = `${(time - this.#clock.now) / 1_000} s pass`;
    const pass = () => this.#clock.advanceTo(time);
    return calm ? [this.#step(true, name, pass)] : this.#fault('standstill', name, pass);
  }

  #redriveSteps(): Step[] {
    if (this.#redrives >= this.#scenario.mostRedrives) return [];
    return this.#distinct(this.#queue.parkingLot).map((message) =>
      this.#step(false, `an operator redrives ${message.id}`, () => {
        this.#redrives++;
        this.#redrive(message);
      }),
    );
  }

  /** A person takes their time: what is parked again has another time of parking. */
  #redrive(message: Message): void {
    this.#clock.advanceTo(this.#clock.now + 1);
    this.#queue.redrive(message);
  }

  #reappearances(): Step[] {
    const hidden = this.#queue.messages.filter(({ visibleAt }) => visibleAt > this.#clock.now);
    return this.#distinct(hidden).flatMap((message) =>
      this.#fault('reappearance', `SQS hands out ${message.id} once more`, () => {
        message.visibleAt = this.#clock.now;
      }),
    );
  }

  #fault(fault: Fault, name: string, take: () => void): Step[] {
    if (this.#faults >= this.#scenario.mostFaults || !this.#scenario.faults.includes(fault)) return [];
    const counted = () => {
      this.#faults++;
      take();
    };
    return [this.#step(false, name, counted)];
  }

  #step(calm: boolean, name: string, take: () => void): Step {
    return { calm, name, take };
  }
}
