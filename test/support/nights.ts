import { NIGHT_OUTPUT_DESCRIPTION, type NightOutput, type StartAnswer, type StartRequest } from '../../lib/blocks/contract';
import { nights } from '../../lib/operate/nights/command';
import { awsError, describeStacks, functionError, type StackOutput } from './aws-answers';
import { type AwsEndpoint, type RawAnswer, startAwsEndpoint } from './aws-endpoint';
import { TABLE } from './reconciliation/register';
import { type TestTerminal, testTerminal } from './terminal';

export interface NightsWorld {
  /** What the start function was invoked with. */
  readonly asked: StartRequest[];
  /** What the start function answers; a text refuses with it. */
  answer: (request: StartRequest) => StartAnswer | RawAnswer | string;
  outputs: readonly StackOutput[];
  run(args: readonly string[], terminal?: TestTerminal): Promise<{ code: number; out: string; note: string; error: string }>;
}

/** The output of a reconciliation over the register of tests. */
export function nightOutput(given: Partial<NightOutput> & { readonly stack?: string; readonly path?: string } = {}): StackOutput {
  const { stack = 'Bank', path = 'Bank/LedgerVsBank', ...changed } = given;
  const value: NightOutput = { reconciliation: 'ledger', table: TABLE, startFunction: 'Bank-Start:live', ...changed };
  return { stack, description: `${NIGHT_OUTPUT_DESCRIPTION}${path}`, value: JSON.stringify(value) };
}

export const started: StartAnswer = {
  date: '2026-11-20',
  run: 1,
  attempt: 1,
  execution: 'arn:aws:states:eu-central-1:111122223333:execution:Night:2026-11-20-1-1',
  started: true,
};

/** CloudFormation and Lambda of an account with a nightly reconciliation, for each test of the file, and the environment of somebody who may use it. */
export function nightsWorld(): NightsWorld {
  const environment = { ...process.env };
  let endpoint: AwsEndpoint;
  const world: NightsWorld = {
    asked: [],
    answer: () => started,
    outputs: [],
    async run(args, terminal = testTerminal()) {
      try {
        return { code: await nights(args, terminal), ...terminal.written, error: '' };
      } catch (error) {
        return { code: -1, ...terminal.written, error: (error as Error).message };
      }
    },
  };
  beforeEach(async () => {
    Object.assign(world, { asked: [], answer: () => started, outputs: [nightOutput()] });
    endpoint = await startAwsEndpoint(({ operation, body }) => {
      if (operation === 'DescribeStacks') return describeStacks(world.outputs, body.StackName as string | undefined);
      if (!operation.startsWith('POST /2015-03-31/functions/Bank-Start%3Alive/invocations'))
        return awsError(400, 'AccessDeniedException', `not authorized to perform: ${operation}`);
      const request = body as unknown as StartRequest;
      world.asked.push(request);
      const answer = world.answer(request);
      return typeof answer === 'string' ? functionError('StartRefused', answer) : answer;
    });
    Object.assign(process.env, endpoint.environment);
  });
  afterEach(() => {
    endpoint.stop();
    process.env = { ...environment };
  });
  return world;
}
