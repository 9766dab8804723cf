import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, type ScheduleSummary } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeskAnswers, ParkedMessage as DeskMessage, StormScene } from '../../../lib/operate/storm/contract';
import type { ParkedMessage, PendingTimer } from './judge/observed';

const POLL_MILLISECONDS = 300;
/** Quiet counts when it lasts so many polls. */
const QUIET_POLLS = 4;
/** Messages of a killed process come back after this many seconds, in place of the minutes that are right in production. */
const VISIBILITY_SECONDS = 20;
const AT_ONCE = 10;

/** The deployed example beside its table: queues, timers, and what lies before a person. */
export class Site {
  readonly #scene: StormScene;
  readonly #sqs: SQSClient;
  readonly #scheduler: SchedulerClient;
  readonly #lambda: LambdaClient;
  #queues: readonly string[] | undefined;

  constructor(scene: StormScene) {
    const { clientConfig } = scene;
    this.#scene = scene;
    this.#sqs = new SQSClient({ ...clientConfig });
    this.#scheduler = new SchedulerClient({ ...clientConfig });
    this.#lambda = new LambdaClient({ ...clientConfig });
  }

  close(): void {
    for (const client of [this.#sqs, this.#scheduler, this.#lambda]) client.destroy();
  }

  async shortenVisibility(): Promise<void> {
    for (const QueueUrl of await this.#allQueues())
      await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) } }));
  }

  /** As many processes as these few processors can bear. */
  async limitConcurrency(most: number): Promise<void> {
    const { EventSourceMappings = [] } = await this.#lambda.send(new ListEventSourceMappingsCommand({}));
    for (const { UUID, ScalingConfig } of EventSourceMappings)
      if ((ScalingConfig?.MaximumConcurrency ?? 0) > most)
        await this.#lambda.send(new UpdateEventSourceMappingCommand({ UUID, ScalingConfig: { MaximumConcurrency: most } }));
  }

  /** Messages in all queues: waiting, in work and delayed. */
  async depth(): Promise<number> {
    const depths = await Promise.all(
      (await this.#allQueues()).map(async (QueueUrl) => {
        const { Attributes = {} } = await this.#sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
          }),
        );
        return Object.values(Attributes).reduce((sum, messages) => sum + Number(messages), 0);
      }),
    );
    return depths.reduce((sum, depth) => sum + depth, 0);
  }

  /** Waits until all queues are empty, as long as they get emptier. @returns the messages that are left */
  async quiet(patienceSeconds: number): Promise<number> {
    let fewest = Number.POSITIVE_INFINITY;
    let deadline = 0;
    for (let polls = 0; ; ) {
      const left = await this.depth();
      polls = left === 0 ? polls + 1 : 0;
      if (polls === QUIET_POLLS) return 0;
      if (left < fewest) {
        fewest = left;
        deadline = performance.now() + patienceSeconds * 1000;
      }
      if (performance.now() > deadline) return left;
      await delay(POLL_MILLISECONDS, undefined, { signal: this.#scene.signal });
    }
  }

  /** Asks until there is an answer. @returns undefined after so many seconds without one */
  async until<T>(seconds: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    for (const deadline = performance.now() + seconds * 1000; ; ) {
      const answer = await ask();
      if (answer !== undefined || performance.now() > deadline) return answer;
      await delay(POLL_MILLISECONDS, undefined, { signal: this.#scene.signal });
    }
  }

  /** What will still wake somebody. */
  async timers(): Promise<readonly PendingTimer[]> {
    const schedules: ScheduleSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#scheduler.send(new ListSchedulesCommand({ ...(NextToken && { NextToken }) }));
      schedules.push(...(page.Schedules ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const found: PendingTimer[] = [];
    for (let first = 0; first < schedules.length; first += AT_ONCE) {
      const some = schedules
        .slice(first, first + AT_ONCE)
        .map(({ Name, GroupName }) => this.#scheduler.send(new GetScheduleCommand({ Name, GroupName })));
      for (const { Target } of await Promise.all(some)) found.push(...timersIn(Target?.Input ?? '{}'));
    }
    return found;
  }

  /** What lies before a person. */
  async parked(): Promise<readonly ParkedMessage[]> {
    const found: ParkedMessage[] = [];
    const { groups } = await this.#askDesk('groups', {});
    for (const { group } of groups) {
      let cursor: string | undefined;
      do {
        const page = await this.#askDesk('messages', { group, state: 'parked', ...(cursor !== undefined && { cursor }) });
        for (let first = 0; first < page.messages.length; first += AT_ONCE)
          found.push(...(await Promise.all(page.messages.slice(first, first + AT_ONCE).map((message) => this.#show(message)))));
        cursor = page.cursor;
      } while (cursor !== undefined);
    }
    return found;
  }

  async #show({ id, reason, errorName, errorMessage }: DeskMessage): Promise<ParkedMessage> {
    const { body } = await this.#askDesk('show', { message: id });
    return { body: Buffer.from(body.data, body.encoding).toString('utf8'), reason: `${reason}: ${errorName}: ${errorMessage}` };
  }

  async #askDesk<Command extends 'groups' | 'messages' | 'show'>(
    command: Command,
    request: object,
    attempts = 8,
  ): Promise<DeskAnswers[Command]> {
    const { Payload, FunctionError } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: this.#scene.outputs.DeskFunction, Payload: Buffer.from(JSON.stringify({ command, ...request })) }),
    );
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) {
      // It only reads, and on a busy machine it may be too late for its own table.
      if (attempts > 1) return this.#askDesk(command, request, attempts - 1);
      throw new Error(`the desk refused ${command}: ${text}`);
    }
    return JSON.parse(text) as DeskAnswers[Command];
  }

  async #allQueues(): Promise<readonly string[]> {
    if (this.#queues === undefined) {
      const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({ MaxResults: 1000 }));
      this.#queues = QueueUrls;
    }
    return this.#queues;
  }
}

function timersIn(input: string): readonly PendingTimer[] {
  const { timers = [] } = JSON.parse(input) as {
    readonly timers?: ReadonlyArray<{ readonly recipient: string; readonly timer: TimerContent }>;
  };
  return timers.map(({ recipient, timer: { kind, at, message } }) => ({ recipient, kind, at, ...message }));
}

interface TimerContent {
  readonly kind: string;
  readonly at: number;
  readonly message?: { readonly occurrence: string; readonly channel?: string; readonly rule: string };
}
