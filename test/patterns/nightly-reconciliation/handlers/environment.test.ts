import { NightEnvironment } from '../../../../lib/patterns/nightly-reconciliation/contract';

const CALENDAR = { timeZone: 'Europe/Zurich', cutOffMinutes: 1440, weekdays: [1], holidays: [] };
const SOURCES = { left: { kind: 's3', bucket: 'bank', prefix: '' }, right: { kind: 'scan', table: 'ledger', segments: 1, readUnits: 0.5 } };
const SETTINGS: Readonly<Record<string, string>> = {
  [NightEnvironment.NAME]: 'ledger',
  [NightEnvironment.BUCKET]: 'night',
  [NightEnvironment.TABLE]: 'register',
  [NightEnvironment.STATE_MACHINE]: 'arn:aws:states:eu-central-1:123456789012:stateMachine:Night',
  [NightEnvironment.CALENDAR]: JSON.stringify(CALENDAR),
  [NightEnvironment.SOURCES]: JSON.stringify(SOURCES),
  [NightEnvironment.LATE_AFTER_SECONDS]: '7200',
};
const { NAME, BUCKET, TABLE, STATE_MACHINE, CALENDAR: CALENDAR_NAME, SOURCES: SOURCES_NAME, LATE_AFTER_SECONDS } = NightEnvironment;
const FUNCTIONS = [
  ['start', [TABLE, NAME, STATE_MACHINE, CALENDAR_NAME]],
  ['watch', [TABLE, NAME, CALENDAR_NAME, LATE_AFTER_SECONDS]],
  ['snapshot', [BUCKET, SOURCES_NAME]],
  ['fail', [BUCKET, TABLE, NAME]],
] as const;

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
  jest.resetModules();
});

const load = (name: string) => import(`../../../../lib/patterns/nightly-reconciliation/handlers/${name}.lambda`);

describe.each(FUNCTIONS)('the %s function', (name, needed) => {
  test('starts with what the construct sets', async () => {
    Object.assign(process.env, { AWS_REGION: 'eu-central-1' }, Object.fromEntries(needed.map((one) => [one, SETTINGS[one]])));
    expect(await load(name)).toMatchObject({ handler: expect.any(Function) });
  });

  test('names everything that is missing at once', async () => {
    const message: string = await load(name).then(
      () => '',
      (error: Error) => error.message,
    );
    for (const one of needed) expect(message).toContain(`${one} must be`);
  });
});

test.each([
  ['a source of no kind', { ...SOURCES, left: { kind: 'ftp' } }],
  ['one side only', { left: SOURCES.left }],
  ['a bucket without name', { ...SOURCES, left: { ...SOURCES.left, bucket: '' } }],
  ['no segments', { ...SOURCES, right: { ...SOURCES.right, segments: 0 } }],
  ['no read units', { ...SOURCES, right: { ...SOURCES.right, readUnits: 0 } }],
  ['an unknown format', { ...SOURCES, left: { ...SOURCES.left, content: 'xml' } }],
  ['an export of nothing', { ...SOURCES, left: { kind: 'export' } }],
])('the snapshot function refuses %s', async (_, sources) => {
  Object.assign(process.env, { [BUCKET]: 'night', [SOURCES_NAME]: JSON.stringify(sources) });
  await expect(load('snapshot')).rejects.toThrow(`${SOURCES_NAME} must be JSON of the sources left and right`);
});
