import { Duration } from 'aws-cdk-lib';
import { type ILambdaDeploymentConfig, LambdaDeploymentConfig, TrafficRouting } from 'aws-cdk-lib/aws-codedeploy';
import type { Construct } from 'constructs';
import { refuse, requireWithin } from './rule';

/** How traffic moves to a new version. */
export interface TrafficShift {
  /**
   * Percentage of the first step (canary) or of each step (linear), 1 to 99.
   *
   * @default 10
   */
  readonly percentage?: number;
  /**
   * Time between steps, whole minutes, 1 to 2880.
   *
   * @default Duration.minutes(5)
   */
  readonly interval?: Duration;
}

/**
 * How a new version of a function takes over the traffic of its `live` alias.
 *
 * Gradual shifts go through CodeDeploy and are rolled back when the function's error alarm fires meanwhile.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 */
export class Deployment {
  /** The new version takes all traffic when the stack is deployed. No CodeDeploy resources. */
  public static allAtOnce(): Deployment {
    return new Deployment('allAtOnce', 0, Duration.minutes(0));
  }

  /** A share of the traffic first, the rest after the interval. */
  public static canary(shift: TrafficShift = {}): Deployment {
    return new Deployment('canary', shift.percentage ?? 10, shift.interval ?? Duration.minutes(5));
  }

  /** The same share of the traffic again after each interval. */
  public static linear(shift: TrafficShift = {}): Deployment {
    return new Deployment('linear', shift.percentage ?? 10, shift.interval ?? Duration.minutes(5));
  }

  /** Whether traffic moves in steps. */
  public readonly gradual: boolean;
  private readonly kind: string;
  private readonly percentage: number;
  private readonly interval: Duration;

  private constructor(kind: string, percentage: number, interval: Duration) {
    this.kind = kind;
    this.gradual = kind !== 'allAtOnce';
    this.percentage = percentage;
    this.interval = interval;
  }

  /** @internal */
  public _config(scope: Construct, id: string): ILambdaDeploymentConfig {
    const remedy = 'Change the shift given to Deployment.canary or Deployment.linear.';
    requireWithin(scope, 'percentage of a traffic shift', this.percentage, [1, 99], remedy);
    const seconds = this.interval.toSeconds();
    if (seconds % 60 !== 0 || seconds < 60 || seconds > 2880 * 60) {
      const rule = 'interval of a traffic shift';
      refuse(scope, { rule, allowed: 'whole minutes, 1 to 2880', given: `${seconds} s`, remedy });
    }
    const shift = { interval: this.interval, percentage: this.percentage };
    const trafficRouting = this.kind === 'canary' ? TrafficRouting.timeBasedCanary(shift) : TrafficRouting.timeBasedLinear(shift);
    return new LambdaDeploymentConfig(scope, id, { trafficRouting });
  }
}
