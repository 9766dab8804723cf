import { type RegisterEntry, updateRegister } from '../../../lib/runtime/reconciliation/register';
import { difference, night } from '../../support/reconciliation/register';

type Report = ReturnType<typeof night>;

/** What the register is after these reports. */
function after(...reports: readonly Report[]): readonly RegisterEntry[] {
  const entries = new Map<string, RegisterEntry>();
  for (const report of reports) for (const { after: entry } of updateRegister([...entries.values()], report)) entries.set(entry.id, entry);
  return [...entries.values()];
}
const kinds = (known: readonly RegisterEntry[], report: Report) => updateRegister(known, report).map(({ kind }) => kind);

const [monday, tuesday, wednesday] = ['2026-11-16', '2026-11-17', '2026-11-18'] as const;
const [a, b] = [difference('a'), difference('b')];

test('a break opens on the first night that has it, and ages with the business dates', () => {
  expect(after(night(monday, a))).toMatchObject([
    { id: a.id, state: 'open', opened: monday, lastSeen: monday, ageDays: 0, class: 'amount' },
  ]);
  expect(after(night(monday, a), night(wednesday, a))).toMatchObject([{ opened: monday, lastSeen: wednesday, ageDays: 2 }]);
  // Over the night on which clocks are set back.
  expect(after(night('2026-10-24', a), night('2026-10-26', a))).toMatchObject([{ ageDays: 2 }]);
});

test('a break closes by itself on the night that does not have it any more', () => {
  const [closed, open] = after(night(monday, a, b), night(tuesday, b));
  expect(closed).toMatchObject({ id: a.id, state: 'closed', opened: monday, lastSeen: monday, closed: tuesday });
  expect(open).toMatchObject({ id: b.id, state: 'open' });
});

test('the same report again changes nothing, whatever the order of its breaks and of the rows in the files', () => {
  const known = after(night(monday, a, b), night(tuesday, b));
  expect(updateRegister(known, night(tuesday, b))).toEqual([]);
  const elsewhere = { ...b, left: { ...b.left!, record: 77, fields: { note: 'x' } } };
  expect(updateRegister(after(night(monday, a, b)), night(monday, elsewhere, a))).toEqual([]);
});

test('a restated source opens a closed break again and shows both versions', () => {
  const [entry] = after(night(monday, a), night(tuesday), night(tuesday, difference('a', 250)));
  expect(entry).toMatchObject({ state: 'open', opened: tuesday, ageDays: 0, differenceMinor: '250' });
  expect(entry!.closed).toBeUndefined();
  expect(entry!.versions).toMatchObject([{ differenceMinor: '100', opened: monday, lastSeen: monday, closed: tuesday }]);
});

test('a break that says something else while it is open keeps its age and what it said', () => {
  const [entry] = after(night(monday, a), night(tuesday, a), night(wednesday, difference('a', 5)));
  expect(entry).toMatchObject({ opened: monday, ageDays: 2, differenceMinor: '5' });
  expect(entry!.versions).toMatchObject([{ differenceMinor: '100', lastSeen: tuesday }]);
  expect(entry!.versions[0]!.closed).toBeUndefined();
});

test('a report of an earlier date says nothing about what a later one has seen or closed', () => {
  const known = after(night(monday, a, b), night(wednesday, b));
  expect(kinds(known, night(tuesday, a))).toEqual([]);
  expect(kinds(known, night(tuesday, difference('b', 7)))).toEqual([]);
});

test('owner and note stay over every change', () => {
  const [opened] = after(night(monday, a));
  const annotated = { ...opened!, owner: 'ann', note: 'asked the bank' };
  const [seen] = updateRegister([annotated], night(tuesday, a));
  const [closed] = updateRegister([seen!.after], night(wednesday));
  const [reopened] = updateRegister([closed!.after], night(wednesday, a));
  for (const change of [seen, closed, reopened]) expect(change!.after).toMatchObject({ owner: 'ann', note: 'asked the bank' });
  expect([seen, closed, reopened].map((change) => change!.kind)).toEqual(['seen', 'closed', 'reopened']);
});

test('an item keeps to its size: ten versions, and the first 256 characters of a key', () => {
  const nights = Array.from({ length: 15 }, (_, index) =>
    night(`2026-11-${index + 10}`, { ...difference('a', index), key: ['x'.repeat(999)] }),
  );
  const [entry] = after(...nights);
  expect(entry!.versions.map(({ differenceMinor }) => differenceMinor)).toEqual(['4', '5', '6', '7', '8', '9', '10', '11', '12', '13']);
  expect(entry!.key[0]).toHaveLength(256);
});
