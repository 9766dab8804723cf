import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { grantActions, grantOnWildcard } from '../../blocks/grants';
import { Handler, type HandlerOptions } from '../../blocks/handler';
import { HandlerFunction } from '../../blocks/handler-function';
import { nativeLayer } from '../../blocks/native-layer';
import { tellTraffic } from '../../blocks/traffic';
import { type CalendarSettings, NightEnvironment, NightHandler, type RulesPlace, type SideName } from './contract';
import { COMPARE, FINISH, PART, PLAN, READ, SHORT, SNAPSHOT } from './function-sizes';
import type { ReconciliationSource } from './reconciliation-source';
import type { ReconciliationStore } from './reconciliation-store';

export interface NightlyFunctionsProps {
  /** Name of the reconciliation, as its rules have it. */
  readonly name: string;
  readonly store: ReconciliationStore;
  readonly vpc?: IVpc;
  readonly removalPolicy: RemovalPolicy;
}

interface FunctionDescription extends HandlerOptions {
  readonly handler: string;
  readonly description: string;
  readonly layers?: ILayerVersion[];
  /** Metrics of its own. */
  readonly metrics?: number;
}

/** Makes the functions of a reconciliation, each with what it may do and nothing else: their own headers say what they do. */
export class NightlyFunctions {
  private readonly scope: Construct;
  private readonly props: NightlyFunctionsProps;

  public constructor(scope: Construct, props: NightlyFunctionsProps) {
    this.scope = scope;
    this.props = props;
  }

  public snapshot(left: ReconciliationSource, right: ReconciliationSource): HandlerFunction {
    const { store } = this.props;
    const settings = { left: left._settings, right: right._settings };
    const made = this.make('Snapshot', {
      handler: NightHandler.SNAPSHOT,
      description: 'Copies a source',
      ...SNAPSHOT,
      environment: { ...this.bucket, [NightEnvironment.SOURCES]: this.json(settings) },
    });
    store.grantRuns(made);
    for (const source of new Set([left, right])) source._grantRead(made, store);
    return made;
  }

  public plan(rules: Asset): HandlerFunction {
    const place: RulesPlace = { bucket: rules.s3BucketName, key: rules.s3ObjectKey };
    const made = this.make('Plan', {
      handler: NightHandler.PLAN,
      description: 'Decides on the number of parts',
      ...PLAN,
      environment: { ...this.bucket, [NightEnvironment.RULES]: this.json(place), [NightEnvironment.PART_BYTES]: String(PART.toBytes()) },
    });
    this.props.store.grantRuns(made);
    grantActions(made, rules.bucket.arnForObjects(rules.s3ObjectKey), ['s3:GetObject']);
    return made;
  }

  public read(engine: ILayerVersion): HandlerFunction {
    const description = 'Reads a file and cuts it into parts';
    const made = this.make('Read', { handler: NightHandler.READ, description, ...READ, layers: [engine], environment: this.bucket });
    this.props.store.grantRuns(made);
    return made;
  }

  public compare(engine: ILayerVersion): HandlerFunction {
    const description = 'Compares one part';
    const made = this.make('Compare', {
      handler: NightHandler.COMPARE,
      description,
      ...COMPARE,
      layers: [engine],
      environment: this.bucket,
    });
    this.props.store.grantRuns(made);
    return made;
  }

  public finish(engine: ILayerVersion): HandlerFunction {
    const { store } = this.props;
    const made = this.make('Finish', {
      handler: NightHandler.FINISH,
      description: 'Merges, checks the proof, keeps the register, reports',
      ...FINISH,
      layers: [engine],
      metrics: 5,
      environment: { ...this.name, ...this.bucket, ...this.table },
    });
    store.grantRuns(made);
    store.grantReports(made);
    store.grantItems(made, [
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ]);
    store.grantLists(made);
    this.grantTell(made);
    return made;
  }

  public fail(): HandlerFunction {
    const made = this.make('Fail', {
      handler: NightHandler.FAIL,
      description: 'Tells of a run that failed',
      ...SHORT,
      metrics: 1,
      environment: { ...this.name, ...this.bucket, ...this.table },
    });
    this.props.store.grantReadRuns(made);
    this.props.store.grantItems(made, ['dynamodb:UpdateItem']);
    this.grantTell(made);
    return made;
  }

  public start(calendar: CalendarSettings, machine: StateMachine): HandlerFunction {
    const made = this.make('Start', {
      handler: NightHandler.START,
      description: 'Starts the run of a business day',
      ...SHORT,
      metrics: 1,
      environment: {
        ...{ ...this.name, ...this.table, [NightEnvironment.CALENDAR]: JSON.stringify(calendar) },
        [NightEnvironment.STATE_MACHINE]: machine.stateMachineArn,
      },
    });
    this.props.store.grantItems(made, ['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    grantActions(made, machine.stateMachineArn, ['states:StartExecution']);
    const executions = Stack.of(machine).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${machine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    grantOnWildcard(made, executions, ['states:DescribeExecution'], 'Executions are named by business date, run and attempt.');
    return made;
  }

  public watch(calendar: CalendarSettings, lateAfterSeconds: number): HandlerFunction {
    const made = this.make('Watch', {
      handler: NightHandler.WATCH,
      description: 'Says whether the run of a business day is late',
      ...SHORT,
      metrics: 1,
      environment: {
        ...{ ...this.name, ...this.table, [NightEnvironment.CALENDAR]: JSON.stringify(calendar) },
        [NightEnvironment.LATE_AFTER_SECONDS]: String(lateAfterSeconds),
      },
    });
    this.props.store.grantItems(made, ['dynamodb:GetItem']);
    return made;
  }

  /** Writes one side; made by the user. */
  public writer(id: string, side: SideName, { _handler: handler }: ReconciliationSource): HandlerFunction | undefined {
    if (!handler) return undefined;
    const { store, vpc, removalPolicy } = this.props;
    const description = `Writes the ${side} side`;
    const made = new HandlerFunction(this.scope, id, { handler, description, removalPolicy, ...(!handler._given && { vpc }) });
    store.grantWriteSide(made, side);
    return made;
  }

  private get name() {
    return { [NightEnvironment.NAME]: this.props.name };
  }

  private get bucket() {
    return { [NightEnvironment.BUCKET]: this.props.store.bucket.bucketName };
  }

  private get table() {
    return { [NightEnvironment.TABLE]: this.props.store.table.tableName };
  }

  private json(value: unknown): string {
    return Stack.of(this.scope).toJsonString(value);
  }

  private grantTell(teller: HandlerFunction) {
    const defaultBus = Stack.of(this.scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    grantActions(teller, defaultBus, ['events:PutEvents']);
  }

  private make(id: string, { handler, description, layers, metrics = 0, ...options }: FunctionDescription): HandlerFunction {
    const { vpc, removalPolicy } = this.props;
    const made = new HandlerFunction(this.scope, id, {
      handler: Handler._built(handler, options, layers),
      description,
      serviceName: this.scope.node.path,
      vpc,
      removalPolicy,
    });
    // Each looks first for what it would write.
    made._markIdempotent();
    tellTraffic(made.lambdaFunction!, { metrics });
    return made;
  }
}

/** DuckDB, with which files are read and parts compared. */
export function duckDbLayer(scope: Construct): ILayerVersion {
  return nativeLayer(scope, 'DuckDb', {
    description: `DuckDB ${DUCKDB_VERSION} for reconciliation`,
    packages: { '@duckdb/node-api': DUCKDB_VERSION },
    mustHold: ['duckdb.node', 'libduckdb.so'].map((file) => `@duckdb/node-bindings-linux-arm64/${file}`),
  });
}

/** The version the compare path was tested and measured with. */
export const DUCKDB_VERSION = '1.5.5-r.5';
