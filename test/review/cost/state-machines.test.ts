import { amountOf, estimateOf } from '../../support/cost/estimates';
import { arn, bucket, idempotent, invokes, lambda, machine, type Resources, ref, role, schedule } from '../../support/topology/resources';

const RUNS = 'AWSLambda/Request';
const TRANSITIONS = 'AmazonStates/StateTransition';
/** An execution each hour, without failures: 730 a month. */
const calm = { resources: { '*': { failures: 0, retries: 0 } } };

const task = (logicalId: string, rest: object = {}) => ({ Type: 'Task', End: true, ...invokes(logicalId), ...rest });

const hourly = (states: object, StartAt: string): Resources => ({
  Schedule: schedule({ ScheduleExpression: 'rate(1 hour)', Target: { Arn: ref('Flow') } }),
  Flow: machine({ StartAt, States: states }),
  Work: lambda(),
  Tell: lambda(),
});

describe('the tasks of a machine', () => {
  const twice = hourly(
    {
      Both: {
        Type: 'Parallel',
        End: true,
        Branches: ['Left', 'Right'].map((name) => ({ StartAt: name, States: { [name]: task('Work') } })),
      },
    },
    'Both',
  );

  test('are a call each, also of one function', () => {
    expect(amountOf(twice, 'Work', RUNS, {}, calm)).toBe(1_460);
    // The start, the Parallel, and a state in each branch.
    expect(amountOf(twice, 'Flow', TRANSITIONS, {}, calm)).toBe(730 * 4);
  });

  test('share what a profile says of the hop', () => {
    expect(amountOf(twice, 'Work', RUNS, {}, { ...calm, hops: { 'Flow -> Work': 5 } })).toBe(3_650);
  });

  test('that only a failure leads to run as often as executions fail', () => {
    const telling = hourly(
      {
        Work: task('Work', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell' }] }),
        Tell: { ...task('Tell'), Next: 'Over' },
        Over: { Type: 'Fail' },
      },
      'Work',
    );
    expect(amountOf(telling, 'Tell', RUNS, {}, calm)).toBe(0);
    expect(amountOf(telling, 'Tell', RUNS, {}, { resources: { '*': { failures: 0.1, retries: 0 } } })).toBeCloseTo(73);
    expect(amountOf(telling, 'Flow', TRANSITIONS, {}, calm)).toBe(730 * 2);
  });

  test('are paid for when the execution fails, too', () => {
    const { storm, total } = estimateOf(twice, {}, calm);
    // The last of twenty digits may differ: one is a sum of lines, the other of their parts.
    expect(storm.toNumber()).toBeCloseTo(total.toNumber(), 9);
  });
});

describe('a distributed map', () => {
  const over = (ExecutionType: string) =>
    hourly(
      {
        Each: {
          Type: 'Map',
          End: true,
          ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: { Bucket: ref('Lists'), 'Key.$': '$.list' } },
          ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType }, StartAt: 'One', States: { One: task('Work') } },
        },
      },
      'Each',
    );
  const items = { ...calm, hops: { 'Flow -> Work': 40 } };

  test('starts a standard execution for each item: a transition each, and those of its own', () => {
    const resources = over('STANDARD');
    expect(amountOf(resources, 'Work', RUNS, {}, items)).toBe(730 * 40);
    // The start, the Map; for each item its start and its state.
    expect(amountOf(resources, 'Flow', TRANSITIONS, {}, items)).toBe(730 * (2 + 40 * 2));
    expect(amountOf(resources, 'Flow', 'AmazonStates/StepFunctions-Request', {}, items)).toBe(0);
  });

  test('starts an express execution for each item: a transition each, a request, and memory for as long as its functions run', () => {
    const resources = over('EXPRESS');
    const slow = { ...items, resources: { ...items.resources, Work: { ...calm.resources['*'], durationMilliseconds: 1_950 } } };
    expect(amountOf(resources, 'Flow', TRANSITIONS, {}, slow)).toBe(730 * (2 + 40));
    expect(amountOf(resources, 'Flow', 'AmazonStates/StepFunctions-Request', {}, slow)).toBe(730 * 40);
    expect(amountOf(resources, 'Flow', 'AmazonStates/StepFunctions-GB-Second', {}, slow)).toBeCloseTo(730 * 40 * 2 * (64 / 1024));
  });

  test('has one item unless a profile says more', () => {
    expect(amountOf(over('STANDARD'), 'Flow', TRANSITIONS, {}, calm)).toBe(730 * 4);
  });
});

test('a start that repeats nothing starts one execution, whatever its own runs', () => {
  const resources: Resources = {
    Schedule: schedule({ ScheduleExpression: 'rate(1 hour)', Target: { Arn: arn('Start') } }),
    Start: idempotent({ Role: arn('Role') }),
    Role: role(['states:StartExecution', ref('Flow')]),
    Flow: machine({ StartAt: 'Work', States: { Work: task('Work') } }),
    Work: lambda(),
    Lists: bucket(),
  };
  const retried = { resources: { '*': { failures: 0, retries: 0 }, Start: { failures: 0, retries: 1 } } };
  expect(amountOf(resources, 'Start', RUNS, {}, retried)).toBe(1_460);
  expect(amountOf(resources, 'Flow', TRANSITIONS, {}, retried)).toBe(730 * 2);
});
