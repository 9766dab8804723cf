import type { Context } from 'aws-lambda';
import { NightEnvironment } from '../../../../lib/patterns/nightly-reconciliation/contract';
import { type AwsEndpoint, RawAnswer, startAwsEndpoint } from '../../../support/aws-endpoint';
import { captureOutput } from '../../../support/output';

jest.setTimeout(60_000);

const RUN = { date: '2026-11-21', run: 1, attempt: 1 };
const CONTEXT = { functionName: 'night', getRemainingTimeInMillis: () => 60_000 } as Context;
const HANDLERS = '../../../../lib/patterns/nightly-reconciliation/handlers';
const PLAN = { parts: 2, reads: 'reads', comparisons: 'comparisons' };

type Handler = (input: object, context: Context) => Promise<unknown>;

const environment = { ...process.env };
let aws: AwsEndpoint;

beforeEach(async () => {
  aws = await startAwsEndpoint(({ operation }) => {
    if (operation === 'GetItem') return { Item: { run: { N: '1' }, state: { S: 'completed' } } };
    if (operation.endsWith('plan.json?x-id=GetObject')) return PLAN;
    if (operation.startsWith('GET')) return [{ key: 'a', name: 'a.csv', bytes: 1 }];
    return new RawAnswer(200, { etag: '"a"' }, '');
  });
  process.env = {
    ...environment,
    ...aws.environment,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    [NightEnvironment.BUCKET]: 'night-bucket',
    [NightEnvironment.TABLE]: 'night-table',
    [NightEnvironment.NAME]: 'ledger',
    [NightEnvironment.RULES]: '{"bucket":"assets","key":"rules.json"}',
    [NightEnvironment.PART_BYTES]: '1000000',
  };
  captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  aws.stop();
});

function coldStart(step: string): Handler {
  let handler: Handler | undefined;
  jest.isolateModules(() => {
    handler = (require(`${HANDLERS}/${step}.lambda`) as { readonly handler: Handler }).handler;
  });
  return handler!;
}

const STEPS: ReadonlyArray<readonly [step: string, input: object, first: RegExp]> = [
  ['plan', RUN, /^GET \/night-bucket\/runs\/2026-11-21\/1\/rules\.json/],
  ['read', { ...RUN, side: 'left', file: 3, parts: 2 }, /^HEAD \/night-bucket\/runs\/2026-11-21\/1\/parts\/left\/00003\.json/],
  ['compare', { ...RUN, part: 1, parts: 2 }, /^HEAD \/night-bucket\/runs\/2026-11-21\/1\/compared\/00001\.json/],
  ['finish', RUN, /^GetItem$/],
];

test.each(STEPS)('%s finds in AWS what stands, and does nothing again', async (step, input, first) => {
  expect(await coldStart(step)(input, CONTEXT)).toEqual(step === 'plan' ? PLAN : undefined);
  expect(aws.requests[0]!.operation).toMatch(first);
  const written = aws.requests.filter(({ operation }) => /^(PUT|POST|TransactWriteItems|UpdateItem|PutEvents)/.test(operation));
  expect(written).toHaveLength(step === 'plan' ? 2 : 0);
});

test.each([
  ['plan', [NightEnvironment.BUCKET, NightEnvironment.RULES, NightEnvironment.PART_BYTES]],
  ['read', [NightEnvironment.BUCKET, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE']],
  ['compare', [NightEnvironment.BUCKET, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE']],
  ['finish', [NightEnvironment.BUCKET, NightEnvironment.TABLE, NightEnvironment.NAME, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE']],
])('%s does not start without its environment, and names all of it', (step, names) => {
  for (const name of names) delete process.env[name];
  for (const name of names) expect(() => coldStart(step)).toThrow(name);
});

test.each(['no JSON', 'null', '{"bucket":"a"}'])('the place of the rules must be one: %s', (value) => {
  process.env[NightEnvironment.RULES] = value;
  expect(() => coldStart('plan')).toThrow(`${NightEnvironment.RULES} must be JSON with the bucket and key of the rules`);
});
