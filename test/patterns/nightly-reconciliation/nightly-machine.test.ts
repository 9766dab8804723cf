import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type NightlyReconciliationProps, ReconciliationSource, RetryBudget } from '../../../lib';
import { runPrefix } from '../../../lib/patterns/nightly-reconciliation/contract';
import { bank, definitionOf, nightly, type State } from '../../support/cdk/nights';
import { permissionsOfRole } from '../../support/cdk/policies';
import { inlineWorker } from '../../support/cdk/stacks';

function machine(props: Partial<NightlyReconciliationProps> = {}) {
  const stack = bank();
  nightly(stack, props);
  return { stack, definition: definitionOf(stack) };
}

/** All states by name, those of branches and maps too. */
function statesOf(states: Record<string, State>): Array<[string, State]> {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.Branches ?? []).flatMap((branch) => statesOf(branch.States)),
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor.States) : []),
  ]);
}

const RUN = { 'date.$': '$.date', 'run.$': '$.run', 'attempt.$': '$.attempt' };

describe('a run', () => {
  const { stack, definition } = machine();
  const { States } = definition;

  test('copies both sides at once, then plans, reads, compares and finishes', () => {
    expect(definition.StartAt).toBe('Copy sources');
    const order = ['Copy sources', 'Plan', 'Read files', 'Compare parts', 'Finish'];
    expect(order.map((name) => States[name]!.Next ?? 'end')).toEqual([...order.slice(1), 'end']);
    expect(States['Copy sources']!.Branches!.map(({ StartAt }) => StartAt)).toEqual(['Copy left', 'Copy right']);
    expect(States.Plan).toMatchObject({ Resource: expect.stringMatching(/^LedgerVsBankPlanLive/), Parameters: RUN, ResultPath: '$.plan' });
    expect(States.Finish).toMatchObject({ Resource: expect.stringMatching(/^LedgerVsBankFinishLive/), Parameters: RUN, ResultPath: null });
  });

  test('calls the function that copies a side until the copy is whole, after the wait it asks for', () => {
    const { States: left } = States['Copy sources']!.Branches![0]!;
    expect(left['Copy left']).toMatchObject({ Parameters: { ...RUN, side: 'left' }, ResultPath: '$.copy', Next: 'Left whole?' });
    expect(left['Left whole?']).toMatchObject({
      Choices: [{ Variable: '$.copy.next', StringEquals: 'again', Next: 'Wait for left' }],
      Default: 'Left copied',
    });
    expect(left['Wait for left']).toEqual({ Type: 'Wait', SecondsPath: '$.copy.waitSeconds', Next: 'Copy left' });
    expect(States['Copy sources']!.ResultPath).toBeNull();
  });

  test.each([
    ['Read files', 'Read file', 'STANDARD', 20, '$.plan.reads', /^LedgerVsBankReadLive/],
    ['Compare parts', 'Compare part', 'EXPRESS', 50, '$.plan.comparisons', /^LedgerVsBankCompareLive/],
  ])('%s goes over the list of the plan in %s children and tolerates no failure', (map, item, type, most, key, calls) => {
    expect(States[map]).toMatchObject({
      Type: 'Map',
      MaxConcurrency: most,
      ToleratedFailureCount: 0,
      ToleratedFailurePercentage: 0,
      ResultPath: null,
      ItemReader: {
        Resource: expect.stringMatching(/:states:::s3:getObject$/),
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { Bucket: expect.stringMatching(/^LedgerVsBankStoreBucket/), 'Key.$': key },
      },
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: type } },
    });
    // A thousand answers may be larger than what a state may hold.
    expect(States[map]!.ItemProcessor!.States[item]).toMatchObject({ Resource: expect.stringMatching(calls), OutputPath: null });
  });

  test('tries each step again within the budget, at random intervals, but never what a source or the rules are at fault for', () => {
    const tasks = statesOf(States).filter(([, { Type }]) => Type === 'Task');
    expect(tasks.map(([name]) => name).sort()).toEqual(
      ['Compare part', 'Copy left', 'Copy right', 'Finish', 'Plan', 'Read file', 'Tell failure'].sort(),
    );
    for (const [name, { Retry }] of tasks) {
      const waits = name === 'Compare part' ? { MaxAttempts: 3, IntervalSeconds: 8, MaxDelaySeconds: 32 } : USUAL;
      expect([name, Retry]).toEqual([
        name,
        [
          { ErrorEquals: ['InputFault'], MaxAttempts: 0 },
          { ErrorEquals: ['States.ALL'], BackoffRate: 2, JitterStrategy: 'FULL', ...waits },
        ],
      ]);
    }
  });
  const USUAL = { MaxAttempts: 4, IntervalSeconds: 5, MaxDelaySeconds: 40 };

  test('waits for each function as long as that may run, and ends before the next night', () => {
    const waits = Object.fromEntries(statesOf(States).map(([name, { TimeoutSeconds }]) => [name, TimeoutSeconds]));
    expect(waits).toMatchObject({ 'Copy left': 900, Plan: 120, 'Read file': 900, 'Compare part': 60, Finish: 900, 'Tell failure': 30 });
    expect(definition.TimeoutSeconds).toBe(23 * 3600);
  });

  test('that fails tells which step did and why, then ends as failed, also when it can not tell', () => {
    for (const name of ['Copy sources', 'Plan', 'Read files', 'Compare parts', 'Finish']) {
      expect(States[name]!.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: `${name} failed` }]);
      expect(States[`${name} failed`]).toEqual({ Type: 'Pass', Result: name, ResultPath: '$.step', Next: 'Tell failure' });
    }
    expect(States['Tell failure']).toMatchObject({
      Resource: expect.stringMatching(/^LedgerVsBankFailLive/),
      Parameters: { ...RUN, 'step.$': '$.step', 'error.$': '$.error' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
      Next: 'Failed',
    });
    expect(States.Failed).toEqual({ Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' });
  });

  test('is logged without what it works on, and traced', () => {
    Template.fromStack(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: Match.objectLike({ Level: 'ALL', IncludeExecutionData: false }),
      TracingConfiguration: { Enabled: true },
    });
  });

  test('may run its own functions, read its own lists and start its own children', () => {
    const may = permissionsOfRole(stack, 'LedgerVsBankRunsRole').filter((line) => !/^(logs|xray):.* on \*$/.test(line));
    expect(may.filter((line) => !line.startsWith('states:'))).toEqual([
      ...['Compare', 'Fail', 'Finish', 'Plan', 'Read', 'Snapshot'].map((name) => `lambda:InvokeFunction on LedgerVsBank${name}Live`),
      's3:GetObject on LedgerVsBankStoreBucket/runs/*/comparisons.json',
      's3:GetObject on LedgerVsBankStoreBucket/runs/*/reads.json',
    ]);
    for (const line of may.filter((one) => one.startsWith('states:'))) expect(line).toContain('LedgerVsBankRuns');
  });
});

test('a side that a function of the user writes is written before it is copied, below the prefix of the run', () => {
  const { stack, definition } = machine({ right: ReconciliationSource.handler(inlineWorker({ timeout: Duration.minutes(10) })) });
  const { StartAt, States } = definition.States['Copy sources']!.Branches![1]!;
  expect(StartAt).toBe('Write right');
  const format = States['Write right']!.Parameters as Record<string, string>;
  expect(States['Write right']).toMatchObject({
    Resource: expect.stringMatching(/^LedgerVsBankRightSourceLive/),
    TimeoutSeconds: 600,
    ResultPath: null,
    Next: 'Copy right',
    Parameters: { 'date.$': '$.date', 'run.$': '$.run', side: 'right', bucket: expect.stringMatching(/^LedgerVsBankStoreBucket/) },
  });
  expect(format['prefix.$']).toBe(`States.Format('${runPrefix({ date: '{}', run: '{}' as never })}snapshot/right/', $.date, $.run)`);
  expect(permissionsOfRole(stack, 'LedgerVsBankRightSourceRole').filter((line) => line.startsWith('s3:'))).toEqual([
    's3:AbortMultipartUpload on LedgerVsBankStoreBucket/runs/*/snapshot/right/*',
    's3:PutObject on LedgerVsBankStoreBucket/runs/*/snapshot/right/*',
  ]);
});

test('a budget of one attempt tries nothing again', () => {
  const { definition } = machine({ retryBudget: RetryBudget.of({ attempts: 1 }) });
  for (const [, { Retry }] of statesOf(definition.States).filter(([, { Type }]) => Type === 'Task'))
    expect(Retry).toEqual([{ ErrorEquals: ['InputFault'], MaxAttempts: 0 }]);
});

test('a comparison keeps within the 5 minutes of an express execution, whatever the budget', () => {
  for (const attempts of [1, 2, 4, 5, 20]) {
    const { definition } = machine({
      retryBudget: RetryBudget.of({ attempts, within: Duration.hours(12), firstDelay: Duration.minutes(2) }),
    });
    const { Retry, TimeoutSeconds } = definition.States['Compare parts']!.ItemProcessor!.States['Compare part']!;
    const again = (Retry as Array<Record<string, number>>)[1] ?? { MaxAttempts: 0 };
    let seconds = Number(TimeoutSeconds);
    for (let retry = 0; retry < again.MaxAttempts!; retry += 1)
      seconds += Number(TimeoutSeconds) + Math.min(again.MaxDelaySeconds!, again.IntervalSeconds! * 2 ** retry);
    expect(seconds).toBeLessThanOrEqual(300);
  }
});
