/** Bounds between which provisioned concurrency follows the load. */
export interface AutoscaledConcurrency {
  /** Environments kept warm at least, 1 or more. */
  readonly min: number;
  /** Environments kept warm at most, not below `min`. */
  readonly max: number;
  /**
   * Share of the warm environments that should be busy, 0.1 to 0.9. Lower scales earlier and costs more.
   *
   * @default 0.7
   */
  readonly utilization?: number;
}

/**
 * Execution environments that are kept initialised, so that no request waits for a cold start.
 *
 * Use it where bursts come regularly and the objective of the synchronous path is tighter than a cold start. It costs also when idle.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export class ProvisionedConcurrency {
  /** The same number all the time. */
  public static fixed(environments: number): ProvisionedConcurrency {
    return new ProvisionedConcurrency(environments, environments, undefined);
  }

  /** Follows the share of busy environments by target tracking (Application Auto Scaling). */
  public static autoscaled(bounds: AutoscaledConcurrency): ProvisionedConcurrency {
    return new ProvisionedConcurrency(bounds.min, bounds.max, bounds.utilization ?? 0.7);
  }

  /** Environments kept warm at least. */
  public readonly min: number;
  /** Environments kept warm at most; equals `min` when fixed. */
  public readonly max: number;
  /** Target share of busy environments; undefined when fixed. */
  public readonly utilization?: number;

  private constructor(min: number, max: number, utilization: number | undefined) {
    this.min = min;
    this.max = max;
    this.utilization = utilization;
  }
}
