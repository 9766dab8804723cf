import { xml } from '../../markup/xml';
import { currencyOf } from './amounts';
import { annotation, keyOf, money, type Page } from './page-context';
import { more, table, told, whole } from './page-tables';
import type { BreakFacts, FormerVersion, RegisterEntry } from './register';

const MOST = 25;

/** Breaks that this run closed, and those that say something else than before, with both versions. */
export function registerSection(page: Page): string {
  const { register, report } = page;
  if (register === undefined) return '';
  const closed = register.filter((entry) => entry.closed === report.date);
  const restated = register.flatMap((entry) => {
    const former = entry.versions.at(-1);
    return entry.state === 'open' && former !== undefined ? [{ entry, former }] : [];
  });
  if (closed.length + restated.length === 0) return '<p>There is none.</p>';
  return [closedTable(page, closed), restatedTable(page, restated)].filter(Boolean).join('\n');
}

function closedTable(page: Page, closed: readonly RegisterEntry[]): string {
  if (closed.length === 0) return '';
  const shown = closed.slice(0, MOST);
  return [
    '<h3>Closed by this run</h3>',
    table(
      [['break'], ['said', 'number'], ['opened'], ['owner and note']],
      shown.map((entry) => [named(entry), facts(page, entry), xml(entry.opened), annotation(entry)]),
    ),
    more(closed.length, shown.length, 'closed breaks'),
  ].join('\n');
}

function restatedTable(page: Page, restated: ReadonlyArray<{ readonly entry: RegisterEntry; readonly former: FormerVersion }>): string {
  if (restated.length === 0) return '';
  const shown = restated.slice(0, MOST);
  return [
    '<h3>Open, and restated</h3>',
    table(
      [['break'], ['now', 'number'], ['before', 'number']],
      shown.map(({ entry, former }) => [
        named(entry),
        `${facts(page, entry)}<br><small>open since ${xml(entry.opened)}</small>`,
        `${facts(page, former)}<br><small>${former.closed === undefined ? `until ${xml(former.lastSeen)}` : `closed ${xml(former.closed)}`}</small>`,
      ]),
    ),
    more(restated.length, shown.length, 'restated breaks'),
  ].join('\n');
}

const named = ({ key, id }: RegisterEntry): string => `${keyOf(key)}<br><small><code>${told(id)}</code></small>`;

function facts(page: Page, one: BreakFacts): string {
  const sides = [one.left, one.right].map((row) => (row === undefined ? '-' : money(page, row.amountMinor, row.currency)));
  const difference = one.differenceMinor === undefined ? [] : [`difference ${money(page, one.differenceMinor, currencyOf(one))}`];
  return [`<code>${told(one.class)}</code>${one.count > 1 ? ` ${whole(one.count)} rows` : ''}`, sides.join(' | '), ...difference].join(
    '<br>',
  );
}
