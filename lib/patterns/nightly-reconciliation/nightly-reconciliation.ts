import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AlarmSet } from '../../blocks/alarm-set';
import { NIGHT_OUTPUT_DESCRIPTION, type NightOutput } from '../../blocks/contract';
import { grantActions } from '../../blocks/grants';
import type { HandlerFunction } from '../../blocks/handler-function';
import { makeParkingLotQueue } from '../../blocks/parking-lot-queue';
import { RetryBudget } from '../../blocks/retry-budget';
import { NightMetric } from './contract';
import { addNightlyAlarms, nightlyMetric } from './nightly-alarms';
import { duckDbLayer, NightlyFunctions } from './nightly-functions';
import { makeNightlyMachine } from './nightly-machine';
import type { NightlyReconciliationProps } from './nightly-reconciliation-props';
import { checkNight } from './nightly-rules';
import { callDaily } from './nightly-schedules';
import { ReconciliationStore } from './reconciliation-store';

/**
 * Compares two sides with each other every night: copies both, cuts them into parts by their keys, compares the parts side by side, and reports what is missing, what
 * differs and what is there twice. It remembers each break from night to night, and proves that every row of both sides stands somewhere in the report.
 *
 * EventBridge Scheduler, then a function that knows the business calendar, then one Step Functions execution for each attempt at a business day. A run that failed or was
 * killed is resumed where it was and ends in the same report.
 *
 * Use it for sides of up to some hundred million rows that must agree by the next morning. Not for what must be seen within minutes.
 *
 * @throws when props contradict each other or a limit of AWS, or the rules don't follow their schema; the message names construct, rule, allowed and given value
 */
export class NightlyReconciliation extends Construct {
  /** Copies of the sources and all else of a run below `runs/`, reports below `reports/`. */
  public readonly bucket: IBucket;
  /** The break register, and which runs there were. */
  public readonly register: ITableV2;
  /** Runs one attempt at a business day. */
  public readonly stateMachine: IStateMachine;
  /** Calls the start function every day. */
  public readonly schedule: ISchedule;
  /** Calls of the scheduler that could not be handed over, or whose function failed; they wait for a person. */
  public readonly deadLetters: IQueue;
  /** Alarms by key: breaks, runFailed, runLate, runNotStarted, startDeadLetters. */
  public readonly alarms: AlarmSet;
  /** What each step may cost. */
  public readonly retryBudget: RetryBudget;
  /** Starts, resumes and repeats runs. */
  public readonly startFunction: HandlerFunction;
  /** Says whether a run is late. */
  public readonly watchFunction: HandlerFunction;
  /** Copies a source. */
  public readonly snapshotFunction: HandlerFunction;
  /** Decides on the number of parts. */
  public readonly planFunction: HandlerFunction;
  /** Reads one file and cuts it into parts. */
  public readonly readFunction: HandlerFunction;
  /** Compares one part. */
  public readonly compareFunction: HandlerFunction;
  /** Merges, checks the proof, keeps the register and writes reports. */
  public readonly finishFunction: HandlerFunction;
  /** Tells of a run that failed. */
  public readonly failFunction: HandlerFunction;
  /** Writes the left side: the function of its `ReconciliationSource.handler`. */
  public readonly leftFunction?: HandlerFunction;
  /** Writes the right side: the function of its `ReconciliationSource.handler`. */
  public readonly rightFunction?: HandlerFunction;
  private readonly store: ReconciliationStore;

  constructor(scope: Construct, id: string, props: NightlyReconciliationProps) {
    super(scope, id);
    const { lateAfterSeconds, snapshotRetention } = checkNight(this, props);
    const name = props.rules._check(this);
    const { schedule, left, right, encryptionKey, vpc, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.retryBudget = props.retryBudget ?? USUAL_BUDGET;
    this.store = new ReconciliationStore(this, 'Store', { snapshotRetention, encryptionKey, removalPolicy });
    this.bucket = this.store.bucket;
    this.register = this.store.table;

    const functions = new NightlyFunctions(this, { name, store: this.store, vpc, removalPolicy });
    const engine = duckDbLayer(this);
    this.leftFunction = functions.writer('LeftSource', 'left', left);
    this.rightFunction = functions.writer('RightSource', 'right', right);
    this.snapshotFunction = functions.snapshot(left, right);
    this.planFunction = functions.plan(props.rules._publish(this, 'Rules'));
    this.readFunction = functions.read(engine);
    this.compareFunction = functions.compare(engine);
    this.finishFunction = functions.finish(engine);
    this.failFunction = functions.fail();
    const machine = makeNightlyMachine(this, 'Runs', {
      functions: {
        snapshot: this.snapshotFunction,
        plan: this.planFunction,
        read: this.readFunction,
        compare: this.compareFunction,
        finish: this.finishFunction,
        fail: this.failFunction,
      },
      writers: { left: this.leftFunction, right: this.rightFunction },
      bucket: this.bucket,
      retryBudget: this.retryBudget,
      encryptionKey,
      removalPolicy,
    });
    this.stateMachine = machine;

    this.startFunction = functions.start(schedule._settings, machine);
    this.watchFunction = functions.watch(schedule._settings, lateAfterSeconds);
    this.deadLetters = makeParkingLotQueue(this, 'DeadLetters', { encryptionKey, removalPolicy });
    const calling = { zone: schedule._zone, retryBudget: this.retryBudget, deadLetters: this.deadLetters, encryptionKey };
    this.schedule = callDaily(this, 'Schedule', {
      ...calling,
      calls: this.startFunction,
      description: 'Starts the run of a business day',
      minuteOfDay: schedule._minuteOfDay,
      flexibleWindow: schedule._flexibleWindow,
    });
    callDaily(this, 'WatchSchedule', {
      ...calling,
      calls: this.watchFunction,
      description: 'Looks whether the run of a business day is completed in time',
      minuteOfDay: schedule._minuteOfDay + lateAfterSeconds / 60,
    });

    this.alarms = new AlarmSet(this, 'Alarms', { alarms: props.alarms });
    addNightlyAlarms(this.alarms, {
      serviceName: this.node.path,
      stateMachine: this.stateMachine,
      deadLetters: this.deadLetters,
      alarmAboveBreaks: props.alarmAboveBreaks ?? 0,
      flexibleMinutes: schedule._flexibleMinutes,
    });

    const found: NightOutput = {
      reconciliation: name,
      table: this.register.tableName,
      startFunction: `${this.startFunction.lambdaFunction!.functionName}:${this.startFunction.alias!.aliasName}`,
    };
    new CfnOutput(this, 'Found', {
      description: `${NIGHT_OUTPUT_DESCRIPTION}${this.node.path}`,
      value: Stack.of(this).toJsonString(found),
    });
  }

  /** Allows to start a business day's run by hand, to resume one that failed, or to do it again with new copies of its sources: by calling the start function. */
  public grantStart(grantee: IGrantable): Grant {
    return grantActions(grantee, this.startFunction.function.functionArn, ['lambda:InvokeFunction']);
  }

  /**
   * Allows what `npx breakwater nights` does: to see breaks and the figures of runs, to say whose a break is, and to start runs as {@link grantStart} does. To find the
   * reconciliation by itself the command line also lists outputs (`cloudformation:DescribeStacks`).
   */
  public grantOperate(grantee: IGrantable): Grant {
    return this.grantStart(grantee)
      .combine(this.store.grantItems(grantee, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem']))
      .combine(this.store.grantLists(grantee));
  }

  /** Allows to read reports. */
  public grantReadReports(grantee: IGrantable): Grant {
    return this.store.grantReadReports(grantee);
  }

  /** Breaks of a run. */
  public metricBreaks(options?: MetricOptions): Metric {
    return this.metric(NightMetric.BREAKS, Stats.MAXIMUM, options);
  }

  /** Rows of a run which are too young to be a break. */
  public metricInTransit(options?: MetricOptions): Metric {
    return this.metric(NightMetric.IN_TRANSIT, Stats.MAXIMUM, options);
  }

  /** Rows of a run that could not be read. */
  public metricBadRows(options?: MetricOptions): Metric {
    return this.metric(NightMetric.BAD_ROWS, Stats.MAXIMUM, options);
  }

  /** Rows of both sides that a run compared. */
  public metricRows(options?: MetricOptions): Metric {
    return this.metric(NightMetric.ROWS, Stats.MAXIMUM, options);
  }

  /** Runs that were completed. */
  public metricCompleted(options?: MetricOptions): Metric {
    return this.metric(NightMetric.COMPLETED, Stats.SUM, options);
  }

  /** Runs that failed. */
  public metricFailed(options?: MetricOptions): Metric {
    return this.metric(NightMetric.FAILED, Stats.SUM, options);
  }

  /** 1 when a run was not completed in time. */
  public metricLate(options?: MetricOptions): Metric {
    return this.metric(NightMetric.LATE, Stats.MAXIMUM, options);
  }

  private metric(name: string, statistic: string, options?: MetricOptions): Metric {
    return nightlyMetric(this.node.path, name, statistic, options);
  }
}

/** A run is over by the morning, and what fails mostly does so for a moment. */
const USUAL_BUDGET = RetryBudget.of({ attempts: 5, within: Duration.hours(2), firstDelay: Duration.seconds(5) });
