import {
  checkOperated,
  checkScripted,
  eventsOf,
  OptionError,
  parseStormOptions,
  type StormOptions,
  sizeOf,
  wordsOf,
} from '../../../lib/operate/storm/options';

test('what is not given is the default', () => {
  expect(parseStormOptions([])).toEqual({
    example: 'webhook-ingestion',
    concurrency: 10,
    seeds: [1],
    duplicates: 0.2,
    keep: false,
    json: false,
    soak: false,
  });
});

test('a storm is of a thousand events, a soak of twenty thousand, an example with a number of its own of that, unless told otherwise', () => {
  const events = (usual: { usualEvents?: number }, ...args: string[]) => eventsOf(parseStormOptions(args) as StormOptions, usual);
  expect(events({})).toBe(1_000);
  expect(events({}, '--soak')).toBe(20_000);
  expect(events({ usualEvents: 3_600 })).toBe(3_600);
  expect(events({ usualEvents: 3_600 }, '--soak', '--events', '400')).toBe(400);
  expect(events({ usualEvents: 3_600 }, '--events', '1')).toBe(1);
});

test.each([
  ['--seed=1,2', '--seed: one at a time for parking-desk'],
  ['--soak', '--soak: not for parking-desk'],
  ['--endpoint=http://127.0.0.1:4566', '--endpoint: not for parking-desk'],
])('%s is refused for an example with an operator, and for no other', (option, refusal) => {
  const options = parseStormOptions(['parking-desk', option]) as StormOptions;
  expect(() => checkOperated(options, { operate: () => Promise.reject() })).toThrow(refusal);
  expect(() => checkOperated(options, {})).not.toThrow();
});

test('everything can be given', () => {
  const args = [
    'other',
    '--events',
    '300',
    '--concurrency=5',
    '--seed',
    '1,2,3',
    '--duplicates',
    '0',
    '--endpoint',
    'http://127.0.0.1:4566',
  ];
  expect(parseStormOptions([...args, '--keep', '--json'])).toEqual({
    example: 'other',
    events: 300,
    concurrency: 5,
    seeds: [1, 2, 3],
    duplicates: 0,
    keep: true,
    json: true,
    soak: false,
    endpoint: 'http://127.0.0.1:4566',
  });
});

test.each([
  [['--events', '0'], "--events: must be a whole number from 1 to 100000, given '0'"],
  [['--events', '1e3'], "--events: must be a whole number from 1 to 100000, given '1e3'"],
  [['--events', '-5'], '--events'],
  [['--concurrency', '101'], "--concurrency: must be a whole number from 1 to 100, given '101'"],
  [['--seed', '1,'], "--seed: must be a whole number from 0 to 4294967295, given ''"],
  [['--seed', '4294967296'], '--seed'],
  [['--seed', '2,2'], '--seed: each seed once'],
  [['--duplicates', '1.1'], "--duplicates: must be a number from 0 to 1, given '1.1'"],
  [['--duplicates', ''], '--duplicates'],
  [['--endpoint', 'localhost:4566'], '--endpoint: must be a URL'],
  [['--colour'], '--colour'],
  [['one', 'two'], 'one example at a time'],
  [['../secrets'], 'example: must be the name of a folder'],
])('%j is refused', (args, message) => {
  expect(() => parseStormOptions(args)).toThrow(OptionError);
  expect(() => parseStormOptions(args)).toThrow(message);
});

test('help is help, whatever else is said', () => {
  expect(parseStormOptions(['--help', '--events', 'none'])).toBe('help');
});

describe('a scripted storm', () => {
  const night = {
    size: { of: 'rows a side', usual: 200_000, least: 1_000, most: 1_000_000 },
    options: [{ name: 'files', argument: 'DIR', help: 'write the sides there' }],
  };
  const parse = (...args: string[]) => parseStormOptions(['night', ...args], night) as StormOptions;

  test('has a size of its own within bounds of its own', () => {
    expect(sizeOf(parse(), night)).toBe(200_000);
    expect(sizeOf(parse('--events', '1000000'), night)).toBe(1_000_000);
    expect(() => parse('--events', '999')).toThrow("--events: must be a whole number from 1000 to 1000000, given '999'");
  });

  test('is given the values of the options it declared, and no other storm knows them', () => {
    expect(parse().own).toEqual({});
    expect(parse('--files', 'there', '--seed', '3')).toMatchObject({ example: 'night', own: { files: 'there' }, seeds: [3] });
    expect(() => parseStormOptions(['--files', 'there'])).toThrow(/--files/);
    expect(wordsOf(['--seed', '3', '--files', 'there', 'night'])).toEqual(['there', 'night']);
  });

  test.each([
    [['--concurrency', '10'], '--concurrency: not for night, which is sent no deliveries'],
    [['--duplicates=0.2'], '--duplicates: not for night'],
    [['--soak'], '--soak: not for night'],
    [['--endpoint=http://127.0.0.1:4566'], '--endpoint: not for night'],
    [['--keep', '--seed', '1,2'], '--keep: with one seed only for night'],
  ])('%j is refused', (args, refusal) => {
    expect(() => checkScripted(parse(...args))).toThrow(refusal);
  });

  test('may be of several seeds, or kept', () => {
    expect(() => checkScripted(parse('--seed', '1,2,3', '--json'))).not.toThrow();
    expect(() => checkScripted(parse('--keep'))).not.toThrow();
  });
});
