import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Code, FunctionUrlAuthType, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { BudgetAction, CostBudget, type CostBudgetProps } from '../../../lib/review/cost-budget';
import '../../../lib/testing';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-budget-'));
  jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
  rmSync(folder, { recursive: true });
});

/** One function of 1 GB behind a URL: at a million requests of 100 ms, about $2.2 for compute and requests. */
function shop(app = new App()): Stack {
  const stack = new Stack(app, 'Shop');
  new LambdaFunction(stack, 'Answer', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
    memorySize: 1024,
  }).addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  return stack;
}

function report(props: CostBudgetProps) {
  const app = new App();
  shop(app);
  return new CostBudget(props).validate({
    appConstruct: app,
    templatePaths: [app.synth().getStackByName('Shop').templateFullPath],
  } as never);
}

describe('a budget in the app', () => {
  test('is kept below the sum and exceeded above it, with what costs most', () => {
    expect(report({ dollarsPerMonth: 10, eventsPerMonth: 1_000_000 })).toEqual({ success: true, violations: [] });
    const { success, violations } = report({ dollarsPerMonth: 1, eventsPerMonth: 1_000_000 });
    expect(success).toBe(false);
    expect(violations).toEqual([
      expect.objectContaining({
        ruleName: 'cost-budget',
        severity: 'error',
        description: expect.stringMatching(
          /^\$2\.\d\d a month at 1,000,000 events is more than the budget of \$1\.00 \(\$1\.\d\d compute, /,
        ),
        fix: expect.stringMatching(/^look at what costs most \(Answer\w+ \$2\.\d\d/),
        violatingResources: [expect.objectContaining({ resourceLogicalId: expect.stringMatching(/^Answer/) })],
      }),
    ]);
  });

  test('only warns when that is asked for', () => {
    const { success, violations } = report({ dollarsPerMonth: 1, eventsPerMonth: 1_000_000, action: BudgetAction.WARN });
    expect({ success, severity: violations[0]?.severity }).toEqual({ success: true, severity: 'warning' });
  });

  test('takes its traffic from a profile', () => {
    const profile = path.join(folder, 'traffic.json');
    writeFileSync(profile, JSON.stringify({ version: 1, ingress: { '*': { eventsPerMonth: 100_000_000 } } }));
    expect(report({ dollarsPerMonth: 10, profile }).success).toBe(false);
  });

  test('fails the synth of an app that it is added to', () => {
    const app = new App();
    shop(app);
    Validations.of(app).addPlugins(new CostBudget({ dollarsPerMonth: 1, eventsPerMonth: 1_000_000 }));
    const failed = () => {
      app.synth();
      if (process.exitCode) throw new Error('Validation failed');
    };
    expect(failed).toThrow(/[Vv]alidation/);
  });

  test.each([
    [{ dollarsPerMonth: 0, eventsPerMonth: 1 }, 'dollarsPerMonth: a number above 0; given 0'],
    [{ dollarsPerMonth: 5, eventsPerMonth: -1 }, 'eventsPerMonth: a number of at least 0; given -1'],
    [{ dollarsPerMonth: 5 }, 'give eventsPerMonth or a profile'],
  ])('%j is refused', (props, message) => {
    expect(() => new CostBudget(props)).toThrow(`CostBudget: ${message}`);
  });
});

describe('toCostLessThan', () => {
  test('tells the sum, the parts and the largest resources when it fails', () => {
    const stack = shop();
    expect(stack).toCostLessThan(10, { eventsPerMonth: 1_000_000 });
    expect(() => expect(stack).toCostLessThan(1, { eventsPerMonth: 1_000_000 })).toThrow(
      /expected Shop to cost less than \$1\.00 a month at 1,000,000 events, and the estimate is \$2\.\d\d\none event costs \$0\.000002\d*: \d+ % compute.*\n {2}\$2\.\d\d Answer/,
    );
    expect(stack).not.toCostLessThan(10, { profile: { version: 1, ingress: { '*': { eventsPerMonth: 100_000_000 } } } });
  });

  test('asks for traffic', () => {
    expect(() => expect(shop()).toCostLessThan(1, {})).toThrow('give eventsPerMonth or a profile');
  });
});
