import type { Break } from '../../../lib/runtime/reconciliation/contract';
import { ageOf, figuresOf } from '../../../lib/runtime/reconciliation/figures';
import { reportPage } from '../../../lib/runtime/reconciliation/report-page';
import { contextOf, HOSTILE, hostileReport } from '../../support/reconciliation/hostile-report';
import { difference } from '../../support/reconciliation/register';

const report = hostileReport();
const empty = { ...report, breaks: [], inTransit: [], badRows: [], proof: undefined };
/** Text of a page without its tags. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

test('no text of a source is markup, and none hides what it says', async () => {
  const page = await reportPage(report, contextOf(report));
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img');
  for (const hidden of '\u202e\u200b\u0000') expect(page).not.toContain(hidden);
  expect(page).toContain('&#60;script&#62;document.title=&#34;taken&#34;&#60;/script&#62;');
  // Long texts are cut: the page stays as small as its tables.
  expect(page).not.toContain(HOSTILE.at(-1)!.slice(0, 200));
  expect(page).toMatch(/<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
  expect(page).not.toMatch(/\s(?:src|href)="(?!#|data:,")/);
});

test('without breaks it says that both sides agree, and shows no empty table', async () => {
  const page = await reportPage(empty);
  expect(textOf(page)).toContain('both sides agree');
  expect(page).not.toContain('<tbody>\n\n</tbody>');
  for (const id of ['runs', 'register', 'proof', 'largest']) expect(page).not.toContain(`id="${id}"`);
  expect(textOf(await reportPage({ ...empty, badRows: report.badRows }))).toContain('what could be read agrees');
});

test('breaks are counted by age, the bounds included', async () => {
  const aged = (id: string, date: string | undefined): Break => ({
    ...difference('a'),
    id,
    left: { ...difference('a').left!, date },
    right: undefined,
  });
  const dates = ['2026-11-22', '2026-11-20', '2026-11-19', '2026-11-14', '2026-11-13', '2026-10-22', '2026-10-21', undefined];
  const page = textOf(await reportPage({ ...empty, breaks: dates.map((date, index) => aged(String(index), date)) }));
  expect(page).toContain('0 to 1 day 2 0 2 to 7 days 2 0 8 to 30 days 2 0 over 30 days 1 0 without a date 1 0');
  // Of two dates the earlier.
  expect(ageOf(difference('a'), '2026-11-21')).toBe(20);
});

test('the largest breaks come first, by their difference, each currency by itself', async () => {
  const of = (id: string, minor: string, currency = 'EUR'): Break => ({
    ...{ id, class: 'missing_right', key: [`key-${id}`], count: 1, differenceMinor: `-${minor}` },
    left: { record: 1, amountMinor: minor, currency },
  });
  const breaks = [...Array.from({ length: 12 }, (_, index) => of(`e${index}`, String(index * 100))), of('y', '99999999', 'JPY')];
  const page = await reportPage({ ...empty, breaks });
  const shown = [...page.matchAll(/key-(\w+)/g)].map(([, id]) => id);
  expect(shown).toEqual(['e11', 'e10', 'e9', 'e8', 'e7', 'e6', 'e5', 'e4', 'e3', 'e2', 'y']);
  expect(textOf(page)).toContain('2 more breaks: the JSON file has all.');
  expect(textOf(page)).toContain('JPY -99,999,999');
});

test('both versions of a restated break stand side by side, with its owner', async () => {
  const page = textOf(await reportPage(report, contextOf(report)));
  expect(page).toContain('Open, and restated');
  expect(page).toMatch(/open since 2026-10-02 .*? 7 rows .*? until 2026-10-02/);
  expect(page).toContain('Closed by this run');
});

test('a plot is drawn from two runs on, of earlier dates alone', async () => {
  const { runs } = contextOf(report);
  const bars = async (given: typeof runs) =>
    ((await reportPage(report, { runs: given })).match(/<rect class="breaks" [^>]*><title>/g) ?? []).length;
  expect(await bars([])).toBe(0);
  expect(await bars(runs.slice(0, 1))).toBe(2);
  expect(await bars([...runs, figuresOf(report), { ...runs[0]!, date: '2026-12-01' }])).toBe(30);
});

test('the proof shows rows and sums by currency', async () => {
  const page = textOf(await reportPage(report));
  expect(page).toContain('left: 1,234,660 read = 1,234,660 compared + 0 bad');
  expect(page).toContain('38 rows EUR 34,227,357,168,015,773.78');
});
