import { Duration } from 'aws-cdk-lib';
import type { Handler } from './handler';
import type { ParkingDesk } from './parking-desk';

/** How a parking desk treats what it takes. */
export interface ParkingDeskOptions {
  /**
   * How long a parked message is kept, whole days, 15 to 365. Idempotency records are kept that much longer, so that a redrive on the last day repeats no effect.
   *
   * @default Duration.days(90)
   */
  readonly retention?: Duration;
  /**
   * Takes sensitive fields out of a body before it is stored: a function that is given a `RedactionRequest` and answers the body as it may be kept. What was taken out
   * is missing from a redrive too. When it fails, the message stays in the dead-letter queue.
   *
   * @default - bodies are stored as they came
   */
  readonly redaction?: Handler;
  /**
   * Messages of one group that must be parked before a customer's fault raises an alarm, 1 to 1000000. Groups that are our fault raise theirs with the first message.
   *
   * @default 100
   */
  readonly customerFaultThreshold?: number;
}

/** What becomes of messages which can't be processed. */
export class ParkingLot {
  /**
   * A parking desk takes them from the dead-letter queue, keeps them for 90 days, groups them by cause, and sends groups back, edited or as they came:
   * `npx breakwater parked`.
   */
  public static withDesk(options: ParkingDeskOptions = {}): ParkingLot {
    return new ParkingLot(options);
  }

  /** A desk that several queues share takes them: an operator then finds what is parked of all of them in one place. At most 30 queues. */
  public static atDesk(desk: ParkingDesk): ParkingLot {
    return new ParkingLot(undefined, desk);
  }

  /** They stay in the dead-letter queue until somebody moves them with the means of SQS, at most 14 days. */
  public static queueOnly(): ParkingLot {
    return new ParkingLot();
  }

  /** @internal */
  public readonly _desk?: ParkingDeskOptions;
  /** @internal */
  public readonly _shared?: ParkingDesk;

  private constructor(desk?: ParkingDeskOptions, shared?: ParkingDesk) {
    this._desk = desk;
    this._shared = shared;
  }

  /**
   * How long a desk keeps messages; undefined without one.
   *
   * @internal
   */
  public get _deskRetention(): Duration | undefined {
    return this._shared?.retention ?? (this._desk && deskRetention(this._desk));
  }
}

/** @returns how long a desk keeps messages */
export function deskRetention(options: ParkingDeskOptions): Duration {
  return options.retention ?? Duration.days(90);
}
