import type { LaterMatch } from './contract';
import { money, type Page } from './page-context';
import { more, table, told, whole } from './page-tables';

const MOST_ROWS = 50;

/** What later rules matched: who trusts a looser rule wants to see it. Empty where the rules have none. */
export function laterSection(page: Page): string {
  const { later } = page.report;
  if (later === undefined) return '';
  if (later.length === 0) return '<p>There is none.</p>';
  const counts = new Map<string, number>();
  for (const { rule } of later) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const shown = later.slice(0, MOST_ROWS);
  const key = ({ key: { left, right } }: LaterMatch): string => {
    const [one, other] = [left, right].map((parts) => told(parts.join(' / ')));
    return one === other ? one! : `${one}<br>${other}`;
  };
  return [
    '<p class="muted">Pairs that the first rule does not match. They count as matched.</p>',
    table(
      [['rule'], ['pairs', 'number']],
      [...counts].map(([rule, pairs]) => [`<code>${told(rule)}</code>`, whole(pairs)]),
    ),
    table(
      [['keys'], ['rule'], ['left', 'number'], ['right', 'number'], ['difference', 'number'], ['days', 'number']],
      shown.map((match) => [
        key(match),
        `<code>${told(match.rule)}</code>`,
        money(page, match.left.amountMinor, match.left.currency),
        money(page, match.right.amountMinor, match.right.currency),
        money(page, match.differenceMinor, match.left.currency),
        match.days === undefined ? '-' : whole(match.days),
      ]),
    ),
    more(later.length, shown.length, 'pairs'),
  ].join('\n');
}
