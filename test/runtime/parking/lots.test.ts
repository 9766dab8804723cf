import type { SSMClient } from '@aws-sdk/client-ssm';
import { EnvironmentReader } from '../../../lib/runtime/environment';
import { lotsIn, withLots } from '../../../lib/runtime/parking/lots';

const lotOf = (name: string) => ({
  arn: `arn:${name}`,
  url: `https://${name}`,
  targetUrl: `https://${name}/target`,
  settledWithinSeconds: 60,
});

/** Answers what a name holds, and tells what it was asked for. */
function parameterStore(values: Record<string, string>) {
  const requests: string[] = [];
  const send = async ({ input: { Name } }: { input: { Name: string } }) => {
    requests.push(Name);
    if (!(Name in values)) throw Object.assign(new Error(Name), { name: 'ParameterNotFound' });
    return { Parameter: { Name, Value: values[Name] } };
  };
  return { requests, ssm: async () => ({ send }) as unknown as Pick<SSMClient, 'send'> };
}

function clockAt(start: number) {
  let time = start;
  return { now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
}

const fromEnvironment = (environment: Record<string, string>) => lotsIn(new EnvironmentReader(environment), environment);

test('lots that fit the environment need no request', async () => {
  const { requests, ssm } = parameterStore({});
  const settings = fromEnvironment({ BREAKWATER_PARKING_LOTS: JSON.stringify([lotOf('a')]) });
  await expect(withLots(settings, { clock: clockAt(0), ssm }, ({ lots }) => lots)()).resolves.toEqual([lotOf('a')]);
  expect(requests).toEqual([]);
});

test('lots in parameters are read once for five minutes', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `lot${index}`);
  const { requests, ssm } = parameterStore(Object.fromEntries(names.map((name) => [name, JSON.stringify(lotOf(name))])));
  const clock = clockAt(1000);
  const settings = fromEnvironment({ BREAKWATER_PARKING_LOT_PARAMETERS: JSON.stringify(names) });
  const read = withLots(settings, { clock, ssm }, ({ lots }) => lots);
  await expect(read()).resolves.toEqual(names.map(lotOf));
  expect(requests).toEqual(names);
  clock.pass(299_999);
  await read();
  expect(requests).toHaveLength(12);
  clock.pass(1);
  await read();
  expect(requests).toHaveLength(24);
});

test.each([
  [{}, /^lot$/],
  [{ lot: '{"arn":"a"}' }, /the parameter lot must be JSON of a parking lot, each with arn, url/],
  [{ lot: 'none' }, /the parameter lot must be JSON of a parking lot/],
])('a parameter that holds no lot stops the function, which asks again the next time: %j', async (values, message) => {
  const { requests, ssm } = parameterStore(values);
  const settings = fromEnvironment({ BREAKWATER_PARKING_LOT_PARAMETERS: '["lot"]' });
  const read = withLots(settings, { clock: clockAt(0), ssm }, ({ lots }) => lots);
  await expect(read()).rejects.toThrow(message);
  await expect(read()).rejects.toThrow(message);
  expect(requests).toHaveLength(2);
});

test('names that are none are a fault of the environment', () => {
  const environment = { BREAKWATER_PARKING_LOT_PARAMETERS: '[1]' };
  const reader = new EnvironmentReader(environment);
  lotsIn(reader, environment);
  expect(() => reader.check('desk', 'Advice.')).toThrow('BREAKWATER_PARKING_LOT_PARAMETERS must be a JSON array of names of parameters');
});
