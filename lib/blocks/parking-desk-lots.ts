import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ClaimBucket } from './claim-bucket';
import type { ParkingLotSettings } from './parking-contract';
import type { RedriveOptions } from './parking-desk-props';
import { refuse, requireKnownSeconds, requireWithin } from './rule';

/** One parking lot of a desk, and the way back from it. */
export interface DeskLot extends RedriveOptions {
  readonly queue: IQueue;
  readonly target: IQueue;
  readonly adopted: boolean;
  /** Alarms that stop a redrive, asked for when the template is written: until then they can be removed. */
  readonly ringing?: () => IAlarm[];
}

/** The parking lots of a desk. What is told of them is written at the end of synth, because claims and alarms come and go until then. */
export class DeskLots {
  private readonly lots: DeskLot[] = [];
  private readonly claims = new Map<IQueue, ClaimBucket>();

  public constructor(private readonly scope: Construct) {}

  /** @throws when the queue is there already, or what is known of all of them would not fit the environment of a function */
  public add(lot: DeskLot) {
    const remedy = 'Make another ParkingDesk for further queues.';
    if (this.lots.some(({ queue }) => queue === lot.queue)) {
      refuse(this.scope, {
        rule: 'a parking desk takes a queue once',
        allowed: 'takeFrom() or adopt()',
        given: `${lot.queue.node.path} again`,
        remedy,
      });
    }
    requireWithin(this.scope, 'parking lots of one desk', this.lots.length + 1, [1, MOST_LOTS], remedy);
    requireWithin(this.scope, 'settledWithin in seconds', settledSeconds(this.scope, lot), [60, 345_600], 'Change settledWithin.');
    this.lots.push(lot);
  }

  public takesFromAny(): boolean {
    return this.lots.some(({ adopted }) => !adopted);
  }

  public readClaimsFrom(queue: IQueue, claims: ClaimBucket): DeskLot {
    const lot = this.lots.find((one) => one.queue === queue);
    if (!lot) {
      return refuse(this.scope, {
        rule: 'a parking desk keeps bodies of messages that it takes',
        allowed: this.lots.map(({ queue: { node } }) => node.path).join(', ') || 'none yet',
        given: queue.node.path,
        remedy: 'Call takeFrom() or adopt() for the queue first.',
      });
    }
    this.claims.set(queue, claims);
    return lot;
  }

  /** Alarms that stop a redrive from one of the lots. */
  public alarms(): IAlarm[] {
    return this.lots.flatMap(alarmsOf);
  }

  /** JSON of {@link ParkingLotSettings}. */
  public settings(): string {
    return Lazy.string({ produce: () => Stack.of(this.scope).toJsonString(this.lots.map((lot) => this.settingsOf(lot))) });
  }

  private settingsOf(lot: DeskLot): ParkingLotSettings {
    const alarms = alarmsOf(lot);
    return {
      arn: lot.queue.queueArn,
      url: lot.queue.queueUrl,
      targetUrl: lot.target.queueUrl,
      ...(lot.adopted && { adopted: true }),
      ...(lot.idempotencyTable && { idempotencyTable: lot.idempotencyTable.table.tableName }),
      ...(this.claims.has(lot.queue) && { claimBucket: this.claims.get(lot.queue)!.bucket.bucketName }),
      ...(lot.worker && { worker: lot.worker.functionArn }),
      ...(alarms.length > 0 && { alarms: alarms.map(({ alarmName }) => alarmName) }),
      settledWithinSeconds: settledSeconds(this.scope, lot),
    };
  }
}

function alarmsOf(lot: DeskLot): IAlarm[] {
  return [...(lot.stopOn ?? []), ...(lot.ringing?.() ?? [])];
}

function settledSeconds(scope: Construct, lot: DeskLot): number {
  return requireKnownSeconds(scope, 'the time within which a redriven message has its end', lot.settledWithin ?? Duration.hours(1));
}

/** An environment holds 4 KB; a lot with all that can be known of it takes up to 900 bytes. */
const MOST_LOTS = 3;
