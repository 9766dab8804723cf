import { describe as describeResult, failures, provesLess, type SoakFigures, type StormResult } from '../../../lib/operate/storm/report';

function result(fields: Partial<StormResult> = {}): StormResult {
  return {
    example: 'webhook-ingestion',
    seed: 7,
    senders: 10,
    events: 1_000,
    deliveries: 1_402,
    answered: { 202: 1_290, 401: 110, 502: 2 },
    rejected: { 'forged signature': 30, 'stale timestamp': 70 },
    done: 840,
    doneAfterRetry: 37,
    parked: { permanent: 40, budget_spent: 20 },
    discarded: {},
    lost: [],
    doubled: [],
    wronglyAccepted: [],
    misplaced: [],
    strangers: [],
    booksOff: [],
    booksTotal: 41_234_567,
    unsettled: 0,
    supersededCopies: 14,
    latencyMs: { answer: { p50: 101, p95: 250, p99: 1_403 }, endToEnd: { p50: 180, p95: 5_100, p99: 6_200 } },
    kills: { 'worker after its commit': 4, 'receiver after its enqueue': 2 },
    killsMissed: 1,
    dynamoDbRequestsPerEvent: 1.4,
    requests: { 'dynamodb:TransactWriteItems': 1_232 },
    units: { 'dynamodb:TransactWriteItems Ledger': 2_464 },
    deliveriesPerSecond: 71.2,
    seconds: { sending: 19.7, untilQuiet: 25.4 },
    clean: true,
    ...fields,
  };
}

test('the account reads as a balance in which every event has its end', () => {
  expect(describeResult(result())).toMatchInlineSnapshot(`
"webhook-ingestion, seed 7: 1,000 events, 1,402 deliveries, 10 senders, 6 processes killed

  rejected         100   stale timestamp 70, forged signature 30
  done once        840   37 of them after a retry
  parked            60   permanent 40, budget spent 20
  lost               0
  done twice         0
  --------------------
  events         1,000   each with exactly one end; the books hold 41,234,567, as the done events say

  answers        202 x 1,290, 401 x 110, 502 x 2
  answer time    p50 101 ms, p95 250 ms, p99 1,403 ms
  whole way      p50 180 ms, p95 5,100 ms, p99 6,200 ms
  rate           71 deliveries/s for 19.7 s, quiet after 25.4 s
  DynamoDB       1.40 requests per accepted event
  killed         4 x worker after its commit
                 2 x receiver after its enqueue
                 1 never came to their moment
  parked copies  14 beside an event that has its end already"
`);
});

test('what must not be is said with its ids, each kind on a line', () => {
  const faulty = result({
    clean: false,
    lost: ['evt_1'],
    doubled: ['evt_2', 'evt_3'],
    wronglyAccepted: ['evt_4'],
    misplaced: [{ id: 'evt_5', kind: 'negative amount', end: 'done', right: ['parked'] }],
    strangers: ['effect of evt_6'],
    booksOff: [{ book: 'cus_1', expected: 10, found: 2_000 }],
    unsettled: 3,
  });
  expect(failures(faulty)).toEqual([
    'lost: evt_1',
    'done twice: evt_2 evt_3',
    'accepted, but had to be refused: evt_4',
    'ended elsewhere than they must: evt_5 (negative amount) done',
    'of no event that was sent: effect of evt_6',
    'books: cus_1 holds 2,000, the done events say 10',
    '3 messages still in the queue when waiting was given up',
  ]);
  expect(describeResult(faulty)).toContain('FAILED  lost: evt_1');
  expect(describeResult(faulty)).not.toContain('exactly one end');
});

test('a storm none of whose kills struck fails, unless they could not', () => {
  const missed = { kills: { a: 0 }, killsMissed: 3 };
  const shortcoming = 'none of the 3 planned kills struck: this storm proves less than it claims';
  expect(provesLess(missed)).toEqual([shortcoming]);
  expect(failures(result(missed))).toEqual([shortcoming]);
  expect(provesLess({ kills: { a: 1 }, killsMissed: 3 })).toEqual([]);
  expect(provesLess({ kills: {}, killsMissed: 0 })).toEqual([]);
  expect(provesLess({ ...missed, notKilled: 'this is win32' })).toEqual([]);
  expect(describeResult(result({ ...missed, notKilled: 'this is win32' }))).toContain('none: this is win32');
});

test('what a person did is printed below the account, and what is not as it must be fails the storm', () => {
  const operated = {
    pages: [{ title: 'groups', text: 'group  messages\n3f2a  40\n\nnext: nothing\n' }],
    record: {},
    faults: ['the job was killed 1 times, not twice'],
  };
  const seconds = { sending: 19.7, untilQuiet: 25.4, operating: 61.25 };
  const printed = describeResult(result({ operated, seconds, parked: { permanent: 20 }, discarded: { permanent: 40 }, killsMissed: 0 }));
  expect(printed).toContain(`
  parked            20   permanent 20
  discarded         40   permanent 40
  lost               0
  done twice         0
  --------------------
  events         1,000   each`);
  expect(printed).toContain('  operator       61.3 s at work\n');
  expect(printed.slice(printed.indexOf('groups\n'))).toBe(`groups

  group  messages
  3f2a  40

  next: nothing

FAILED  the job was killed 1 times, not twice`);
});

describe('a soak', () => {
  const soak: SoakFigures = {
    disturbances: [
      { name: 'outage', seconds: 12, unanswered: 11 },
      { name: 'restart', seconds: 4.25, unanswered: 1 },
    ],
    planned: 2,
    resources: { stormMegabytes: 280, engineMegabytes: 1_200, functions: 17 },
  };

  test('says what befell the engine, what that cost the senders, and how much memory it took', () => {
    expect(describeResult(result({ soak, killsMissed: 0 }))).toContain(`
  outage         the engine stood still for 12.0 s; 11 requests without an answer, sent again
  restart        the engine was stopped, and was back with all that stood in it after 4.3 s; 1 request without an answer, sent again
  at most        280 MB here, 1,200 MB in the engine, 17 function processes`);
    expect(failures(result({ soak, killsMissed: 0 }))).toEqual([]);
  });

  test.each<[string, Partial<StormResult>]>([
    ['only 79 of the 100 planned kills struck', { soak, kills: { a: 79 }, killsMissed: 21 }],
    ['no process could be killed', { soak, kills: {}, killsMissed: 0, notKilled: 'this is win32' }],
    ['only 1 of 2 disturbances befell the engine', { soak: { ...soak, disturbances: soak.disturbances.slice(1) } }],
    [
      'no request met the restart',
      { soak: { ...soak, disturbances: [soak.disturbances[0]!, { name: 'restart', seconds: 4, unanswered: 0 }] } },
    ],
  ])('that proves less than it claims fails: %s', (shortcoming, fields) => {
    expect(failures(result({ killsMissed: 0, ...fields }))).toEqual([`${shortcoming}: this storm proves less than it claims`]);
  });
});
