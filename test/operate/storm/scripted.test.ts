import { describeScripted, recordOf, type ScriptedResult, scriptedFailures } from '../../../lib/operate/storm/scripted';
import { usage } from '../../../lib/operate/storm/usage';

function result(fields: Partial<ScriptedResult> = {}): ScriptedResult {
  return {
    example: 'night',
    seed: 3,
    size: { of: 'rows a side', number: 200_000 },
    played: { text: 'first night  40 breaks\n', record: { nights: [{ breaks: 40 }] }, faults: [] },
    kills: { 'read after its put': 1, 'finish before its report': 1 },
    killsMissed: 0,
    requests: { 's3:PutObject': 40 },
    units: { 's3:PutObject runs': 40 },
    seconds: 91.2,
    clean: true,
    ...fields,
  };
}

test('its account is its own text, beside what the machine knows', () => {
  expect(describeScripted(result())).toMatchInlineSnapshot(`
"night, seed 3: 200,000 rows a side, 2 processes killed

  first night  40 breaks

  killed         1 x read after its put
                 1 x finish before its report
  in all         91.2 s"
`);
});

test('each fault is printed, and kills of which none struck are one', () => {
  const failed = result({ played: { ...result().played, faults: ['one break is missing'] }, kills: { read: 0 }, killsMissed: 1 });
  expect(scriptedFailures(failed)).toEqual([
    'one break is missing',
    'none of the 1 planned kills struck: this storm proves less than it claims',
  ]);
  expect(describeScripted(failed)).toMatch(/\n\nFAILED {2}one break is missing\n\nFAILED {2}none of the 1/);
});

test('for programs, its record stands beside the figures of the machine', () => {
  expect(recordOf(result())).toEqual({
    example: 'night',
    seed: 3,
    size: 200_000,
    nights: [{ breaks: 40 }],
    faults: [],
    kills: { 'read after its put': 1, 'finish before its report': 1 },
    killsMissed: 0,
    requests: { 's3:PutObject': 40 },
    units: { 's3:PutObject runs': 40 },
    seconds: 91.2,
    clean: true,
  });
});

test('help names what an example adds, its size and its options', () => {
  const help = usage(
    new Map([
      [
        'night',
        {
          context: {},
          size: { of: 'rows a side', usual: 200_000, least: 1_000, most: 1_000_000 },
          options: [{ name: 'files', argument: 'DIR', help: 'write the sides there' }],
          play: () => Promise.reject(),
        },
      ],
    ]),
  );
  expect(help).toContain(
    `
night: a script of its own, without --concurrency, --duplicates, --soak and --endpoint
  --events N          rows a side, 1000 to 1000000                      default 200000
  --files DIR         write the sides there
`,
  );
});
