import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { AlarmSet } from './alarm-set';
import type { ClaimBucket } from './claim-bucket';
import { ParkingEnvironment, type ParkingLotSettings } from './parking-contract';
import type { RedriveOptions } from './parking-desk-props';
import { refuse, requireKnownSeconds, requireWithin } from './rule';
import { uniqueNameOf } from './unique-name';

/** One parking lot of a desk, and the way back from it. */
export interface DeskLot extends RedriveOptions {
  readonly queue: IQueue;
  readonly target: IQueue;
  readonly adopted: boolean;
  /** Alarms that stop a redrive, asked for when the template is written: until then they can be removed. */
  readonly ringing?: () => IAlarm[];
  /** Of a queue that shares the desk with others: where what belongs to it is made, and its alarms. @default - at the desk */
  readonly sharing?: { readonly scope: Construct; readonly alarms: AlarmSet };
}

/**
 * The parking lots of a desk. What is told of them is written at the end of synth, because claims and alarms come and go until then: to the environment of the desk's
 * functions or, once there are more than fit it, to a parameter for each.
 */
export class DeskLots {
  /** Where what is known of a lot stands, if there are more than an environment holds. */
  public readonly parameters: StringParameter[] = [];
  private readonly lots: DeskLot[] = [];
  private readonly claims = new Map<IQueue, ClaimBucket>();

  public constructor(private readonly scope: Construct) {}

  /** @throws when the queue is there already, or there are more than a desk takes */
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
    if (this.lots.length > LOTS_IN_ENVIRONMENT)
      for (const one of this.lots.slice(this.parameters.length)) this.parameters.push(this.parameterOf(one));
  }

  /** Whether the intake takes from a queue that does not share the desk. */
  public takesFromAny(): boolean {
    return this.lots.some(({ adopted, sharing }) => !adopted && !sharing);
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

  /** What the desk's functions are told of the lots: each name is in their environment only if it has a value in the end. */
  public environment(): { readonly [name: string]: string } {
    const told = (fits: boolean, value: () => unknown) =>
      Lazy.string({ produce: () => (this.parameters.length > 0 === fits ? undefined : Stack.of(this.scope).toJsonString(value())) });
    return {
      [ParkingEnvironment.LOTS]: told(true, () => this.lots.map((lot) => this.settingsOf(lot))),
      [ParkingEnvironment.LOT_PARAMETERS]: told(false, () => this.parameters.map(({ parameterName }) => parameterName)),
    };
  }

  /** By its queue's path, so that it stays whatever lots come and go beside it. */
  private parameterOf(lot: DeskLot): StringParameter {
    const place = lot.queue.node.addr.slice(-8);
    return new StringParameter(this.scope, `Lot${place}`, {
      // Without a slash, so that its ARN can be told of a name that is only known at deployment.
      parameterName: `${uniqueNameOf(this.scope)}-${place}`,
      simpleName: true,
      description: `A parking lot of ${this.scope.node.path}: ${lot.queue.node.path}`.slice(0, 1024),
      stringValue: Lazy.string({ produce: () => Stack.of(this.scope).toJsonString(this.settingsOf(lot)) }),
    });
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
const LOTS_IN_ENVIRONMENT = 3;
/** So many names of parameters fit beside the rest. */
const MOST_LOTS = 30;
