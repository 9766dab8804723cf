import type { Context, DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { createOutboxRelay, type EventPublisher } from '../../../lib/runtime';
import { outboxPut } from '../../../lib/runtime/outbox/outbox';
import type { Change, SentCommand } from '../../support/in-memory-table/in-memory-tables';
import type { Step } from '../explorer/explore';
import type { Process } from './process';
import { clientOf } from './requests';
import { EFFECTS, FUNCTION_MILLISECONDS, PARKING_LOT_URL, RECORDS, RETENTION_SECONDS, type Scenario } from './scenario';
import { silentTelemetry } from './silent-telemetry';
import { isOutboxItem, OutboxWitness, Stream } from './stream';
import { CONTRACT } from './worker-program';
import { WorkerWorld } from './worker-world';

export interface OutboxScenario extends Scenario {
  /** Events that were emitted, and had their effects, before the schedule begins. */
  readonly emitted: readonly string[];
  /** Whether the relay leaves nothing to be tried again. @default false */
  readonly acknowledgesAll?: boolean;
}

type PutEvents = Parameters<EventPublisher['putEvents']>[0];
type Published = Awaited<ReturnType<EventPublisher['putEvents']>>;

/** Workers whose handlers emit events, and the relay on their table's stream. */
export class OutboxWorld extends WorkerWorld {
  readonly #scenario: OutboxScenario;
  readonly #stream = new Stream();
  readonly #outboxWitness = new OutboxWitness();
  #relays = 0;

  constructor(scenario: OutboxScenario) {
    super(scenario);
    this.#scenario = scenario;
    for (const event of scenario.emitted) {
      this.#outboxWitness.effect(event);
      const outbox = { tableName: RECORDS, retentionSeconds: RETENTION_SECONDS, causedBy: event, correlationId: event };
      this.#stream.append(outboxPut(CONTRACT, { event }, 0, { ...outbox, nowMilliseconds: this.clock.now }).Item!, this.clock.now);
    }
  }

  override rest(): boolean {
    const more = super.rest();
    if (!more) this.#outboxWitness.atRest();
    return more;
  }

  protected override beginnings(): Step[] {
    const next = this.#stream.next();
    if (next.length === 0 || this.invocations.some(({ work }) => work.length === 0)) return super.beginnings();
    const step = this.step(true, `the relay receives ${next.length} from ${this.#stream.position}`, () => this.#relay(next));
    return [step, ...super.beginnings()];
  }

  protected override interferences(): Step[] {
    const { position } = this.#stream;
    if (position === 0 || this.invocations.some(({ work }) => work.length === 0)) return super.interferences();
    const again = this.fault('reappearance', 'the stream hands out its last record again', () => {
      this.#stream.position--;
    });
    return [...super.interferences(), ...again];
  }

  protected override state(): unknown {
    return [super.state(), this.#stream.digest(), this.#outboxWitness.digest()];
  }

  protected override written(change: Change): void {
    if (change.table === EFFECTS && change.next !== undefined) this.#outboxWitness.effect(change.next.id!.S!);
    if (change.table === RECORDS && isOutboxItem(change.next)) this.#stream.append(change.next, this.clock.now);
  }

  #relay(records: readonly DynamoDBRecord[]): void {
    const { position } = this.#stream;
    this.start(
      `relay ${++this.#relays} from ${position}`,
      records.length,
      [],
      ({ process }, clock) =>
        createOutboxRelay({
          eventBridge: { putEvents: (input) => this.#putEvents(process, input) },
          sqs: clientOf(process, this.#scenario, (command) => this.#park(command)) as never,
          eventBusName: 'bus',
          parkingLotUrl: PARKING_LOT_URL,
          functionName: 'relay',
          telemetry: silentTelemetry,
          clock,
        })({ Records: [...records] }, { getRemainingTimeInMillis: () => FUNCTION_MILLISECONDS } as Context),
      (outcome) => ({
        text: JSON.stringify(outcome),
        reach: () => {
          if ('value' in outcome) this.#stream.position = position + this.#settled(records, outcome.value);
        },
      }),
    );
  }

  /** Lambda goes on from the first record that failed. */
  #settled(records: readonly DynamoDBRecord[], { batchItemFailures: [failed] }: DynamoDBBatchResponse): number {
    if (failed === undefined || this.#scenario.acknowledgesAll) return records.length;
    return records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed.itemIdentifier);
  }

  #putEvents(process: Process, { Entries }: PutEvents): Promise<Published> {
    const publish = (refused?: number, code?: string) => {
      for (const [index, { Detail }] of Entries.entries()) {
        if (index !== refused) this.observe(() => this.#outboxWitness.seen(Detail, 'published'));
      }
      return { Entries: Entries.map((_entry, index) => (index === refused ? { ErrorCode: code, ErrorMessage: 'refused' } : {})) };
    };
    return process.ask<Published>({
      name: `PutEvents of ${Entries.length}`,
      request: `PutEvents ${JSON.stringify(Entries.map(({ Detail }) => Detail))}`,
      reach: () => publish(),
      otherwise: Entries.flatMap((_entry, index) => [
        { fault: 'throttle' as const, name: `is throttled at entry ${index}`, reach: () => publish(index, 'ThrottlingException') },
        { fault: 'refusal' as const, name: `is refused at entry ${index}`, reach: () => publish(index, 'MalformedDetail') },
      ]),
      unanswered: 'on its way',
      refusals: [
        { fault: 'failure', name: 'is not allowed', error: () => Object.assign(new Error('no grant'), { name: 'AccessDeniedException' }) },
      ],
    });
  }

  #park(command: SentCommand): object {
    const { MessageBody } = command.input as { readonly MessageBody: string };
    const { detail } = JSON.parse(MessageBody) as { readonly detail: string };
    this.observe(() => this.#outboxWitness.seen(detail, 'parked'));
    return {};
  }
}
