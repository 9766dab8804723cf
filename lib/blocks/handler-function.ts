import { Annotations, type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  ApplicationLogLevel,
  type CfnFunction,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import type { AlarmSet } from './alarm-set';
import type { Deployment } from './deployment';
import { ARCHITECTURE, DEFAULT_MEMORY_MIB, DEFAULT_TIMEOUT, type Handler } from './handler';
import type { ProvisionedConcurrency } from './provisioned-concurrency';
import { refuse, requireWithin } from './rule';

/** Props of a {@link HandlerFunction}. */
export interface HandlerFunctionProps {
  /** The code, with its environment, timeout and memory. */
  readonly handler: Handler;
  /**
   * What the function is for, shown in the console.
   *
   * @default - none
   */
  readonly description?: string;
  /**
   * Name under which logs, metrics and traces of the function are found (`POWERTOOLS_SERVICE_NAME`).
   *
   * @default - the path of this construct
   */
  readonly serviceName?: string;
  /**
   * How a new version takes over the traffic.
   *
   * @default Deployment.allAtOnce()
   */
  readonly deployment?: Deployment;
  /**
   * Execution environments kept warm.
   *
   * @default - none
   */
  readonly provisionedConcurrency?: ProvisionedConcurrency;
  /**
   * Network of the function, in its private subnets. It then needs a way to the AWS services it calls: endpoints or NAT.
   *
   * @default - not in a VPC
   */
  readonly vpc?: IVpc;
  /**
   * How long logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * What happens to the logs when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A Lambda function as it should run in production: arm64 and current Node.js, explicit timeout and memory, JSON logs with retention, X-Ray, a role that
 * may write its own logs and nothing else, an alias `live` which all traffic goes through, and on wish warm environments and gradual deployments.
 *
 * @throws when a setting contradicts another; the message names the construct
 */
export class HandlerFunction extends Construct implements IGrantable {
  /** What to invoke and grant to: the alias `live`, or the function that was given. */
  public readonly function: IFunction;
  /** The function behind the alias; undefined when an existing one was given. */
  public readonly lambdaFunction?: LambdaFunction;
  /** The alias all traffic goes through; undefined when an existing function was given. */
  public readonly alias?: Alias;
  /** Where the logs go; undefined when an existing function was given. */
  public readonly logGroup?: ILogGroup;
  /** The CodeDeploy group of a gradual deployment. */
  public readonly deploymentGroup?: LambdaDeploymentGroup;
  /** Who permissions are granted to: the function's role. */
  public readonly grantPrincipal: IPrincipal;
  /** Time after which a run is ended. */
  public readonly timeout: Duration;
  /** Name under which logs, metrics and traces are found. */
  public readonly serviceName: string;
  private rollsBack = false;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    this.serviceName = props.serviceName ?? this.node.path;
    const { _create: create, _given: given } = props.handler;
    if (given) {
      this.refuseForGiven(props);
      this.function = given;
      this.timeout = this.timeoutOfGiven(given, props.handler._options.timeout);
    } else {
      const made = this.make(props, create!);
      this.function = made.alias;
      this.alias = made.alias;
      this.lambdaFunction = made.lambdaFunction;
      this.logGroup = made.logGroup;
      this.timeout = props.handler._options.timeout ?? DEFAULT_TIMEOUT;
      if (props.deployment?.gradual) this.deploymentGroup = this.shiftGradually(made.alias, props.deployment);
    }
    this.grantPrincipal = this.function.grantPrincipal;
  }

  /**
   * Rolls a gradual deployment back when the alarm of this key fires meanwhile. No effect when traffic moves all at once.
   *
   * @throws when the set has no such alarm
   */
  public rollBackOn(alarms: AlarmSet, key: string): void {
    if (!this.deploymentGroup) return;
    this.deploymentGroup.addAlarm(alarms._need(key, this.node.path));
    this.rollsBack = true;
  }

  /**
   * Adds to the function's environment. On an imported function, which can't be changed, a warning names what has to be set by hand.
   */
  public addEnvironment(name: string, value: string): void {
    const target = behindAlias(this.function);
    if (target instanceof LambdaFunction) {
      target.addEnvironment(name, value);
    } else {
      Annotations.of(this).addWarningV2(
        `cdk-breakwater:environmentOfGivenFunction:${name}`,
        `the environment of ${target.node.path} can't be set from here: set ${name} where the function is made`,
      );
    }
  }

  /**
   * A function reads its queue and its idempotency table from its environment, so it can work for only one.
   *
   * @internal
   */
  public _takeFor(path: string): void {
    const { node } = behindAlias(this.function);
    const taken = node.metadata.find(({ type }) => type === TAKEN);
    if (taken) {
      refuse(this, {
        rule: 'a function works for one queue or one idempotency table, because it gets them through its environment',
        allowed: 'a function of its own for each',
        given: `${node.path}, which works for ${taken.data} already`,
        remedy: 'Make another function from the same code, for example with Handler.fromEntry or Handler.fromCode.',
      });
    }
    node.addMetadata(TAKEN, path);
  }

  /**
   * Says to readers of the template what they can't see: that a run which is repeated repeats no effect. Of a function made elsewhere nothing is known.
   *
   * @internal
   */
  public _markIdempotent(): void {
    this.mark('cdk-breakwater:idempotent');
  }

  /**
   * Says to readers of the template that what goes back to the function's own queue is only what it has not begun.
   *
   * @internal
   */
  public _markReturningUnstarted(): void {
    this.mark('cdk-breakwater:returnsUnstarted');
  }

  /**
   * Says to readers of the template which events the function publishes, and that it publishes no others.
   *
   * @internal
   */
  public _markPublishing(events: readonly { readonly source: string; readonly detailType: string }[]): void {
    this.mark('cdk-breakwater:publishes', events);
  }

  /**
   * Says to readers of the template that the function belongs to a parking desk: what reaches it is parked, not on its way.
   *
   * @internal
   */
  public _markParkingDesk(): void {
    this.mark(PARKING_DESK_MARK);
  }

  private mark(key: string, value: unknown = true) {
    (this.lambdaFunction?.node.defaultChild as CfnFunction | undefined)?.addMetadata(key, value);
  }

  private make(props: HandlerFunctionProps, create: NonNullable<Handler['_create']>) {
    const options = props.handler._options;
    const remedy = 'Change it in the options of the Handler.';
    const timeout = options.timeout ?? DEFAULT_TIMEOUT;
    requireWithin(this, 'timeout of a function in seconds', timeout.isUnresolved() ? undefined : timeout.toSeconds(), [1, 900], remedy);
    requireWithin(this, 'memory of a function in MiB', options.memorySize, [128, 10_240], remedy);
    const disk = options.ephemeralStorage;
    requireWithin(
      this,
      'ephemeral storage of a function in MiB',
      disk?.isUnresolved() ? undefined : disk?.toMebibytes(),
      [512, 10_240],
      remedy,
    );
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.vpc) allowNetworkInterfaces(role);
    acknowledgeUnscopable(role);
    const lambdaFunction = create(this, 'Function', {
      description: props.description,
      architecture: ARCHITECTURE,
      timeout,
      memorySize: options.memorySize ?? DEFAULT_MEMORY_MIB,
      ephemeralStorageSize: disk,
      environment: { POWERTOOLS_SERVICE_NAME: this.serviceName, ...options.environment },
      reservedConcurrentExecutions: options.reservedConcurrency,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.INFO,
      logGroup,
      role,
      vpc: props.vpc,
    });
    Validations.of(lambdaFunction).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'Callers wait for its answer, a queue keeps its own messages and dead letters, and where events are sent to it asynchronously the alias names where failed ones go.',
    });
    const alias = new Alias(this, 'Live', {
      aliasName: 'live',
      version: lambdaFunction.currentVersion,
      provisionedConcurrentExecutions: props.provisionedConcurrency?.min,
    });
    if (props.provisionedConcurrency) this.keepWarm(alias, props.provisionedConcurrency, options.reservedConcurrency);
    return { lambdaFunction, alias, logGroup };
  }

  private keepWarm(alias: Alias, warm: ProvisionedConcurrency, reserved: number | undefined) {
    const remedy = 'Change the ProvisionedConcurrency.';
    requireWithin(this, 'provisioned concurrency', warm.min, [1, reserved ?? 100_000], remedy);
    requireWithin(this, 'upper bound of provisioned concurrency', warm.max, [warm.min, reserved ?? 100_000], remedy);
    if (warm.utilization === undefined) return;
    if (!(warm.utilization >= 0.1 && warm.utilization <= 0.9)) {
      const rule = 'target utilization of provisioned concurrency';
      refuse(this, { rule, allowed: '0.1 to 0.9', given: String(warm.utilization), remedy });
    }
    alias.addAutoScaling({ minCapacity: warm.min, maxCapacity: warm.max }).scaleOnUtilization({ utilizationTarget: warm.utilization });
  }

  private shiftGradually(alias: Alias, deployment: Deployment): LambdaDeploymentGroup {
    const group = new LambdaDeploymentGroup(this, 'Deployment', {
      alias,
      deploymentConfig: deployment._config(this, 'TrafficShift'),
    });
    acknowledge(
      group.role,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      "AWS maintains this policy for exactly this role: it shifts aliases, reads alarms and calls CodeDeploy's own hooks.",
    );
    this.node.addValidation({
      validate: () =>
        this.rollsBack
          ? []
          : [
              `[${this.node.path}] a gradual deployment needs an alarm to roll back on: call rollBackOn(alarms, key), or use Deployment.allAtOnce()`,
            ],
    });
    return group;
  }

  private refuseForGiven(props: HandlerFunctionProps) {
    const settings = { deployment: props.deployment, provisionedConcurrency: props.provisionedConcurrency, vpc: props.vpc };
    for (const [name, value] of Object.entries(settings)) {
      if (value === undefined) continue;
      refuse(this, {
        rule: `${name} belongs to functions that this construct makes`,
        allowed: 'Handler.fromEntry or Handler.fromCode',
        given: 'Handler.fromFunction',
        remedy: `Leave ${name} out and set it where the function is made, or give the code instead of the function.`,
      });
    }
  }

  private timeoutOfGiven(given: IFunction, stated: Duration | undefined): Duration {
    if (stated) return stated;
    const known = behindAlias(given);
    if (known instanceof LambdaFunction && known.timeout) return known.timeout;
    return refuse(this, {
      rule: 'the timeout of the function must be known, because visibility and retries are computed from it',
      allowed: 'a function with an explicit timeout, or Handler.fromFunction(fn, { timeout })',
      given: `${given.node.path} without one`,
      remedy: "State the function's timeout.",
    });
  }
}

/** Metadata of whatever belongs to a parking desk. */
export const PARKING_DESK_MARK = 'cdk-breakwater:parkingDesk';

const TAKEN = 'cdk-breakwater:worksFor';

/** The function whose settings count. */
export function behindAlias(given: IFunction): IFunction {
  return given instanceof Alias ? given.lambda : given;
}

function allowNetworkInterfaces(role: Role) {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
}

function acknowledgeUnscopable(role: Role) {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'xray:PutTraceSegments, xray:PutTelemetryRecords and, in a VPC, the network interface actions that Lambda itself calls know no resource to name.',
  });
}
