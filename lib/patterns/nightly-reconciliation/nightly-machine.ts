import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Policy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DistributedMap,
  Fail,
  type IChainable,
  JsonPath,
  Parallel,
  Pass,
  type QueryLanguage,
  Result,
  S3JsonItemReader,
  type State,
  type StateMachine,
  StateMachineType,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../../blocks/acknowledge';
import { grantKey, grantOnWildcard } from '../../blocks/grants';
import type { HandlerFunction } from '../../blocks/handler-function';
import type { RetryBudget } from '../../blocks/retry-budget';
import { makeStateMachine } from '../../blocks/state-machine';
import type { SideName } from './contract';
import { type CallOptions, callOf } from './nightly-calls';
import { RUNS } from './reconciliation-store';

export interface NightlyMachineProps {
  readonly functions: { readonly [step in 'snapshot' | 'plan' | 'read' | 'compare' | 'finish' | 'fail']: HandlerFunction };
  /** Functions of the user that write a side. */
  readonly writers: { readonly [side in SideName]?: HandlerFunction };
  readonly bucket: IBucket;
  readonly retryBudget: RetryBudget;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * One execution is one attempt at a run. Whatever fails goes through the fail function to a failed end; each step first looks for what it would write, so that the next
 * attempt goes on where this one was.
 */
export function makeNightlyMachine(scope: Construct, id: string, props: NightlyMachineProps): StateMachine {
  const states = new NightlyStates(new Construct(scope, 'States'), props);
  const machine = makeStateMachine(scope, id, {
    comment: 'Nightly reconciliation: copies both sides, cuts them into parts, compares them, reports',
    definition: states.all(),
    timeout: LONGEST_RUN,
    encryptionKey: props.encryptionKey,
    removalPolicy: props.removalPolicy,
  });
  for (const list of ['reads', 'comparisons']) {
    const key = props.bucket.arnForObjects(`${RUNS}*/${list}.json`);
    grantOnWildcard(machine, key, ['s3:GetObject'], 'The list that a map goes over lies under the date and the number of its run.');
  }
  grantKey(machine, props.bucket.encryptionKey, ['kms:Decrypt']);
  acknowledgeChildren(machine);
  for (const writer of Object.values(props.writers)) acknowledgeVersions(machine, writer);
  return machine;
}

/** Less than a day, so that a night that hangs has its end before the next one begins. */
const LONGEST_RUN = Duration.hours(23);
/** Functions that read at the same time, each one file, with up to 10 GiB of disk. */
const MOST_READS = 20;
/** Functions that compare at the same time, each one part. */
const MOST_COMPARISONS = 50;
/** Express executions end after 5 minutes, attempts and waits together. https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html */
const EXPRESS_LIMIT = Duration.minutes(5);

const SIDES: ReadonlyArray<readonly [SideName, string]> = [
  ['left', 'Left'],
  ['right', 'Right'],
];

/** What every step is told: `NightRun` of the contract. */
const RUN = { date: JsonPath.stringAt('$.date'), run: JsonPath.numberAt('$.run'), attempt: JsonPath.numberAt('$.attempt') };

class NightlyStates {
  private readonly scope: Construct;
  private readonly props: NightlyMachineProps;
  private readonly failing: State;

  constructor(scope: Construct, props: NightlyMachineProps) {
    this.scope = scope;
    this.props = props;
    this.failing = this.tellFailure();
  }

  all(): IChainable {
    const { plan, read, compare, finish } = this.props.functions;
    const sources = new Parallel(this.scope, 'Copy sources', { resultPath: JsonPath.DISCARD });
    for (const [side, name] of SIDES) sources.branch(this.copy(side, name));
    const planning = this.call('Plan', plan, { payload: RUN, resultPath: '$.plan' });
    const reading = this.overList('Read files', '$.plan.reads', {
      item: this.call('Read file', read, { outputPath: JsonPath.DISCARD }),
      type: StateMachineType.STANDARD,
      label: 'Read',
      most: MOST_READS,
    });
    const comparing = this.overList('Compare parts', '$.plan.comparisons', {
      item: this.call('Compare part', compare, { outputPath: JsonPath.DISCARD, within: EXPRESS_LIMIT }),
      type: StateMachineType.EXPRESS,
      label: 'Compare',
      most: MOST_COMPARISONS,
    });
    const finishing = this.call('Finish', finish, { payload: RUN, resultPath: JsonPath.DISCARD });
    for (const state of [sources, planning, reading, comparing, finishing]) this.catchAll(state);
    return sources.next(planning).next(reading).next(comparing).next(finishing);
  }

  /** Copies a side: the function is called again until it says that the copy is whole. */
  private copy(side: SideName, name: string): IChainable {
    const copying = this.call(`Copy ${side}`, this.props.functions.snapshot, { payload: { ...RUN, side }, resultPath: '$.copy' });
    const wait = new Wait(this.scope, `Wait for ${side}`, { time: WaitTime.secondsPath('$.copy.waitSeconds') }).next(copying);
    const again = Condition.stringEquals('$.copy.next', 'again');
    const copied = copying.next(
      new Choice(this.scope, `${name} whole?`).when(again, wait).otherwise(new Pass(this.scope, `${name} copied`)),
    );
    const writer = this.props.writers[side];
    if (!writer) return copied;
    const prefix = JsonPath.format(`${RUNS}{}/{}/snapshot/${side}/`, RUN.date, JsonPath.stringAt('$.run'));
    const request = { date: RUN.date, run: RUN.run, side, bucket: this.props.bucket.bucketName, prefix };
    return this.call(`Write ${side}`, writer, { payload: request, resultPath: JsonPath.DISCARD }).next(copied);
  }

  /** Goes over a list in the bucket. Children say nothing: what they do stands in the bucket, and their answers together may be larger than a state may hold. */
  private overList(id: string, keyPath: string, list: { item: IChainable; type: StateMachineType; label: string; most: number }) {
    return new WholeMap(this.scope, id, {
      itemReader: new ListReader({ bucket: this.props.bucket, key: JsonPath.stringAt(keyPath) }),
      mapExecutionType: list.type,
      label: list.label,
      maxConcurrency: list.most,
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(list.item);
  }

  private catchAll(state: Parallel | DistributedMap | ReturnType<typeof callOf>) {
    const step = new Pass(this.scope, `${state.id} failed`, { result: Result.fromString(state.id), resultPath: '$.step' });
    state.addCatch(step.next(this.failing), { resultPath: '$.error' });
  }

  private tellFailure(): State {
    const payload = { ...RUN, step: JsonPath.stringAt('$.step'), error: JsonPath.objectAt('$.error') };
    const tell = this.call('Tell failure', this.props.functions.fail, { payload, resultPath: JsonPath.DISCARD });
    const failed = new Fail(this.scope, 'Failed', {
      errorPath: JsonPath.stringAt('$.error.Error'),
      causePath: JsonPath.stringAt('$.error.Cause'),
    });
    tell.addCatch(failed, { resultPath: '$.untold' });
    tell.next(failed);
    return tell;
  }

  private call(id: string, calls: HandlerFunction, options: CallOptions) {
    return callOf(this.scope, id, calls, this.props.retryBudget, options);
  }
}

/** Tolerates no failed item, and says so: the CDK leaves out a 0. */
class WholeMap extends DistributedMap {
  override toStateJson(queryLanguage?: QueryLanguage) {
    return { ...super.toStateJson(queryLanguage), ToleratedFailureCount: 0, ToleratedFailurePercentage: 0 };
  }
}

/** The CDK's own lets the machine read every object of the bucket. */
class ListReader extends S3JsonItemReader {
  override providePolicyStatements() {
    return [];
  }
}

/** What the CDK allows a machine with distributed maps: to start, see and stop its own children. */
function acknowledgeChildren(machine: StateMachine) {
  const policy = machine.node.findChild('DistributedMapPolicy') as Policy;
  const { Statement: statements } = Stack.of(machine).resolve(policy.document) as { Statement: Array<{ Resource: unknown }> };
  for (const resource of statements.flatMap(({ Resource }) => Resource)) {
    if (!JSON.stringify(resource).includes('*')) continue;
    acknowledgeWildcard(policy, resource, "Step Functions names the machine's own child executions when it starts them.");
  }
}

/** Of a function that was not made here, the CDK allows to invoke every version. */
function acknowledgeVersions(machine: StateMachine, writer: HandlerFunction | undefined) {
  for (const arn of writer?.function.resourceArnsForGrantInvoke ?? []) {
    if (arn.endsWith('*'))
      acknowledgeWildcard(machine.role, Stack.of(machine).resolve(arn), 'Versions of one function, which its owner gave.');
  }
}
