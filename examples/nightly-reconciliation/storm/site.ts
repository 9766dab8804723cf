import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StormScene } from '../../../lib/operate/storm/contract';
import type { GeneratedFile } from './sides';

/** What the start function answers. */
export interface Started {
  readonly date: string;
  readonly run: number;
  readonly attempt: number;
  readonly execution: string;
  readonly started: boolean;
}

export interface Ended {
  readonly status: string;
  readonly error?: string;
  readonly cause?: string;
  readonly seconds: number;
}

/** An event that the reconciliation put on the bus. */
export interface Outcome {
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>> & { readonly eventId: string; readonly date: string; readonly run: number };
}

const POLL_MILLISECONDS = 150;
const PATIENCE_MILLISECONDS = 900_000;
/** A rule hands events over within a moment: nothing new for so long is the end. */
const QUIET_MILLISECONDS = 2_000;

/** One of the reconciliations of the deployed example, as the storm reaches it. */
export class Site {
  readonly #scene: StormScene;
  readonly #name: string;
  readonly #s3: S3Client;
  readonly #lambda: LambdaClient;
  readonly #sfn: SFNClient;
  readonly #dynamoDb: DynamoDBClient;
  readonly #sqs: SQSClient;

  constructor(scene: StormScene, name: 'Payments' | 'Balances') {
    const { clientConfig } = scene;
    this.#scene = scene;
    this.#name = name;
    this.#s3 = new S3Client({ ...clientConfig, forcePathStyle: true });
    this.#lambda = new LambdaClient({ ...clientConfig });
    this.#sfn = new SFNClient({ ...clientConfig });
    this.#dynamoDb = new DynamoDBClient({ ...clientConfig });
    this.#sqs = new SQSClient({ ...clientConfig });
  }

  close(): void {
    for (const client of [this.#s3, this.#lambda, this.#sfn, this.#dynamoDb, this.#sqs]) client.destroy();
  }

  /** Puts files where a side delivers those of a date. */
  async deliver(side: 'ledger' | 'bank' | 'balances', date: string, files: readonly GeneratedFile[]): Promise<void> {
    for (const { name, content } of files) {
      await this.#s3.send(
        new PutObjectCommand({ Bucket: this.#scene.outputs.DeliveriesBucket, Key: `${side}/${date}/${name}`, Body: content }),
      );
    }
  }

  /** Calls the start function. @throws with what it says when it refuses */
  async start(request: Readonly<Record<string, string>>): Promise<Started> {
    const { Payload, FunctionError } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: `${this.#output('StartFunction')}:live`, Payload: Buffer.from(JSON.stringify(request)) }),
      { abortSignal: this.#scene.signal },
    );
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) throw new Error(`the start function refused ${JSON.stringify(request)}: ${text}`);
    return JSON.parse(text) as Started;
  }

  async stop(executionArn: string): Promise<void> {
    await this.#sfn.send(new StopExecutionCommand({ executionArn, cause: 'the storm' }));
  }

  /** Waits for the end of an execution. */
  async end(executionArn: string): Promise<Ended> {
    return this.until(`the end of ${executionArn}`, async () => {
      const { status, error, cause, startDate, stopDate } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'RUNNING') return undefined;
      return {
        status: status!,
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
        seconds: ((stopDate ?? new Date()).getTime() - startDate!.getTime()) / 1000,
      };
    });
  }

  /** Keys of the reconciliation's own bucket. */
  async keys(prefix: string): Promise<readonly string[]> {
    const { Contents = [] } = await this.#s3.send(new ListObjectsV2Command({ Bucket: this.#output('RunsBucket'), Prefix: prefix }));
    return Contents.map(({ Key }) => Key!);
  }

  /** @throws when there is no such object */
  async read(key: string): Promise<Buffer> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#output('RunsBucket'), Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  /** Every item of the register's table, by its id. */
  async register(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    const items = new Map<string, Readonly<Record<string, unknown>>>();
    let from: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#dynamoDb.send(
        new ScanCommand({ TableName: this.#output('RegisterTable'), ConsistentRead: true, ExclusiveStartKey: from }),
      );
      for (const item of Items) items.set(item.id!.S!, unmarshall(item));
      from = LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }

  /** Takes all events that have come out of the bus until it is quiet. */
  async outcomes(): Promise<readonly Outcome[]> {
    const { OutcomesUrl: QueueUrl } = this.#scene.outputs;
    const found: Outcome[] = [];
    for (let quietSince = performance.now(); performance.now() - quietSince < QUIET_MILLISECONDS; ) {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
      if (Messages.length === 0) continue;
      quietSince = performance.now();
      for (const { Body } of Messages) {
        const { 'detail-type': type, detail } = JSON.parse(Body!) as { readonly 'detail-type': string; readonly detail: Outcome['detail'] };
        found.push({ type, detail });
      }
      await this.#sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
    return found;
  }

  #output(what: 'StartFunction' | 'RunsBucket' | 'RegisterTable'): string {
    return this.#scene.outputs[`${this.#name}${what}`]!;
  }

  /** Asks until there is an answer. @throws after a quarter of an hour without one */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    for (const deadline = performance.now() + PATIENCE_MILLISECONDS; ; ) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MILLISECONDS / 1000} s in vain for ${what}`);
      await delay(POLL_MILLISECONDS, undefined, { signal: this.#scene.signal });
    }
  }
}
