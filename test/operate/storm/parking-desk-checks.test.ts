import { type Acts, foundFaults, type Left, leftFaults } from '../../../examples/parking-desk/storm/checks';
import { ALL_CAUSES, CAUSES, type Cause } from '../../../examples/parking-desk/storm/orders';
import type { AuditEntry, ParkedGroup, ParkedMessage, ParkingJob, PlannedEvent } from '../../../lib/operate/storm/contract';

const NONE = { parked: 0, sending: 0, sent: 0, done: 0, returned: 0, discarded: 0, handed_over: 0 };
const CANARY = 2;
const idOf = (cause: Cause, index: number) => `ord_s1_${ALL_CAUSES.indexOf(cause)}0000${index}`;
const EVENTS = ALL_CAUSES.flatMap((kind) => [0, 1, 2].map((index): PlannedEvent => ({ id: idOf(kind, index), kind, ends: ['done'] })));

const SENT = { events: EVENTS, deliveries: new Map(EVENTS.map(({ id }) => [id, 1])) };

function groupOf(cause: Cause, fields: Partial<ParkedGroup> = {}): ParkedGroup {
  const { error: errorName, fault } = CAUSES[cause];
  return { group: `group of ${cause}`, errorName, fault, state: 'open', counts: { ...NONE, parked: 3 }, ...fields } as ParkedGroup;
}

const FOUND = ALL_CAUSES.map((cause) => groupOf(cause));

function deskThatLists(change: (ids: string[]) => string[] = (ids) => ids) {
  const messages = async (group: string) => {
    const cause = ALL_CAUSES.find((one) => group === `group of ${one}`)!;
    return change([0, 1, 2].map((index) => idOf(cause, index))).map((id) => ({ idempotencyKey: `partners#${id}` }) as ParkedMessage);
  };
  return { messages };
}

describe('the groups as they were found', () => {
  test('have no fault when they are the five causes, each with its own orders', async () => {
    expect(await foundFaults(SENT, FOUND, deskThatLists())).toEqual([]);
  });

  test('are at fault when a cause fell into two groups, or one is missing', async () => {
    const split = [...FOUND, groupOf('no carrier', { group: 'another' })];
    expect(await foundFaults(SENT, split, deskThatLists())).toEqual([
      'the desk found 6 groups, not the 5 causes',
      'no carrier: 2 groups of PermanentError',
    ]);
    const merged = FOUND.filter(({ errorName }) => errorName !== 'RangeError');
    expect(await foundFaults(SENT, merged, deskThatLists())).toEqual([
      'the desk found 4 groups, not the 5 causes',
      'time in seconds: no group of RangeError',
    ]);
  });

  test.each<[string, (ids: string[]) => string[]]>([
    ['no carrier: of another cause: ord_s1_999999', (ids) => [...ids, 'ord_s1_999999']],
    [`no carrier: not there: ${idOf('no carrier', 0)}`, (ids) => ids.slice(1)],
    [`no carrier: there more often than sent: ${idOf('no carrier', 0)}`, (ids) => [...ids, ids[0]!]],
  ])('are at fault with orders that do not belong there: %s', async (fault, change) => {
    const counts = { ...NONE, parked: change(['a', 'b', 'c']).length };
    const found = ALL_CAUSES.map((cause) => groupOf(cause, { counts }));
    const faults = await foundFaults(SENT, found, deskThatLists(change));
    expect(faults).toHaveLength(ALL_CAUSES.length);
    expect(faults).toContain(fault);
  });

  test('have no fault with an order that lies there twice because it was sent twice', async () => {
    const twice = idOf('no carrier', 0);
    const sent = { ...SENT, deliveries: new Map([...SENT.deliveries, [twice, 2]]) };
    const found = FOUND.map((group) => (group.errorName === 'PermanentError' ? { ...group, counts: { ...NONE, parked: 4 } } : group));
    const desk = deskThatLists((ids) => (ids.includes(twice) ? [...ids, twice] : ids));
    expect(await foundFaults(sent, found, desk)).toEqual([]);
    expect(await foundFaults(SENT, found, desk)).toEqual([`no carrier: there more often than sent: ${twice}`]);
  });

  test('are at fault when one counts otherwise, is not open, or is blamed on the wrong side', async () => {
    const counted = groupOf('closed shop', { counts: { ...NONE, parked: 4 } });
    const blamed = groupOf('quantity in words', { fault: 'ours' });
    const acknowledged = groupOf('no carrier', { state: 'acknowledged' });
    const found = [...FOUND.slice(0, 2), acknowledged, counted, blamed];
    expect(await foundFaults(SENT, found, deskThatLists())).toEqual([
      'no carrier: the group is acknowledged, ours',
      'closed shop: the group counts 4 messages and lists 3',
      'quantity in words: the group is open, ours',
    ]);
  });
});

describe('what the acts came to', () => {
  const ACTS: Acts = {
    groups: Object.fromEntries(ALL_CAUSES.map((cause) => [cause, groupOf(cause)])) as Acts['groups'],
    canary: CANARY,
    edited: 3,
    struck: { 'intake after its S3 put': 0, 'job after it sent': 1, 'job after its transaction': 1 },
  };
  const counts = { total: 3, sent: 0, done: 0, returned: 0, discarded: 0, handedOver: 0, taken: 0 };
  const finished = (cause: Cause): ParkingJob =>
    ({ id: cause, kind: 'redrive', group: `group of ${cause}`, state: 'finished', counts: { ...counts, sent: 3, done: 3 } }) as ParkingJob;
  const JOBS: readonly ParkingJob[] = [
    finished('gift without a note'),
    finished('time in seconds'),
    finished('quantity in words'),
    { ...finished('closed shop'), kind: 'discard', counts: { ...counts, discarded: 3 } },
    { ...finished('no carrier'), state: 'stopped', because: 'it came back', counts: { ...counts, sent: CANARY, returned: 1 } },
  ];
  const entry = (action: string, group: string): AuditEntry => ({ at: 'now', by: 'me', action, group, because: 'so' });
  const LEFT: Left = {
    groups: [
      ...(['gift without a note', 'time in seconds', 'quantity in words'] as const).map((cause) =>
        groupOf(cause, { state: 'resolved', counts: { ...NONE, done: 3 } }),
      ),
      groupOf('closed shop', { state: 'resolved', counts: { ...NONE, discarded: 3 } }),
      groupOf('no carrier', { counts: { ...NONE, parked: 3, returned: CANARY } }),
    ],
    jobs: JOBS,
    audit: [...JOBS.map(({ kind, group }) => entry(kind, group!)), ...[1, 2, 3].map(() => entry('edit', 'group of quantity in words'))],
  };
  const replaced = <T extends { readonly group?: string }>(all: readonly T[], cause: Cause, fields: Partial<T>): T[] =>
    all.map((one) => (one.group === `group of ${cause}` ? { ...one, ...fields } : one));

  test('has no fault when every group, job and entry is as it must be', () => {
    expect(leftFaults(ACTS, LEFT)).toEqual([]);
    expect(leftFaults({ ...ACTS, struck: undefined }, LEFT)).toEqual([]);
  });

  test.each<[string, Partial<Left>, string]>([
    [
      'a message whose end nobody knows',
      { groups: replaced(LEFT.groups, 'time in seconds', { counts: { ...NONE, done: 2, sent: 1 } }) },
      'time in seconds: 1 messages are sent, not 0',
    ],
    [
      'a message that came back to nobody',
      { groups: replaced(LEFT.groups, 'no carrier', { counts: { ...NONE, parked: 2, returned: CANARY } }) },
      'no carrier: 2 messages are parked, not 3',
    ],
    [
      'a group that stays open with nothing in it',
      { groups: replaced(LEFT.groups, 'closed shop', { state: 'open' }) },
      'closed shop: the group is open, not resolved',
    ],
    [
      'a lock that nobody gave back',
      { groups: replaced(LEFT.groups, 'no carrier', { job: 'j1' }) },
      'no carrier: job j1 still holds the group',
    ],
    ['a group that is gone', { groups: LEFT.groups.slice(1) }, 'gift without a note: the group is gone'],
    ['a job that was begun twice', { jobs: [...JOBS, finished('time in seconds')] }, '6 jobs, not 5'],
    [
      'a job that nobody ended',
      { jobs: replaced(JOBS, 'gift without a note', { state: 'waiting' }) },
      'gift without a note: the redrive is waiting after',
    ],
    [
      'a redrive that went on after its canary',
      { jobs: replaced(JOBS, 'no carrier', { counts: { ...counts, sent: 3, returned: 3 } }) },
      'no carrier: the redrive is stopped after',
    ],
    [
      'an act that nobody wrote down',
      { audit: LEFT.audit.slice(1) },
      'audit: redrive group of gift without a note stands there 0 times, not 1',
    ],
    ['an act that nobody did', { audit: [...LEFT.audit, entry('ignore', 'x')] }, 'audit: ignore x stands there 1 times, not 0'],
    ['an act of nobody', { audit: LEFT.audit.map((one) => ({ ...one, by: '' })) }, 'audit: an entry does not say by whom'],
    ['an act without a reason', { audit: LEFT.audit.map(({ because: _, ...one }) => one) }, 'audit: an edit or a discard does not say why'],
  ])('is at fault with %s', (_, change, fault) => {
    expect(leftFaults(ACTS, { ...LEFT, ...change }).join('\n')).toContain(fault);
  });

  test('is at fault when the job was not killed where it had to be', () => {
    expect(leftFaults({ ...ACTS, struck: { ...ACTS.struck, 'job after it sent': 0 } }, LEFT)).toEqual([
      'job after it sent: killed 0 times, not once',
    ]);
  });
});
