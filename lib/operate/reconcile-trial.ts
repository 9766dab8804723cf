import type { ReconciliationReport } from '../runtime/reconciliation/contract';
import { type Move, type MovedRow, type MoveSum, nameOf, type RowEnd, type RulesTrial } from '../runtime/reconciliation/rules-trial';
import { placeOf, some } from './reconcile-text';

/** What other rules would win and lose, for a person; every row of it is in `--json`. */
export function describeTrial(trial: RulesTrial, files: { readonly rules: string; readonly against: string }): string {
  const { date, matched, counts, sums, won, lost, changed } = trial;
  const matches = ({ pairs, oneToMany, manyToOne }: ReconciliationReport['matched']): string =>
    `${pairs} pairs, ${oneToMany} one to many, ${manyToOne} many to one`;
  return [
    `${trial.name}, ${date}: ${files.rules} against ${files.against}`,
    `  matched    ${matches(matched.now)}; before ${matches(matched.against)}`,
    ...Object.entries(counts).map(([name, { against, now }]) => `  ${name.padEnd(15)} ${now}; before ${against}`),
    `  won ${won.length}, lost ${lost.length}, changed ${changed.length}`,
    ...(sums.length === 0 ? ['', 'every row ends as before'] : ['', ...sums.map(sumLine)]),
    ...some(won.map(line), 'won'),
    ...some(lost.map(line), 'lost'),
    ...some(changed.map(line), 'changed'),
  ].join('\n');
}

function sumLine({ from, to, moves, rows, minor }: MoveSum): string {
  const side = (name: 'left' | 'right'): string => {
    const sums = Object.entries(minor[name]).map(([currency, sum]) => `${currency} ${sum}`);
    return `${rows[name]} rows ${name}${sums.length === 0 ? '' : ` (${sums.join(', ')})`}`;
  };
  return `${from} -> ${to}: ${moves}; ${side('left')}, ${side('right')}`;
}

const ROWS_SHOWN = 4;

function line({ from, to, rows }: Move): string {
  const shown = rows.slice(0, ROWS_SHOWN).map(rowText);
  const more = rows.length > ROWS_SHOWN ? [`... ${rows.length} rows`] : [];
  return `${nameOf(from)} -> ${nameOf(to)} ${keyText(from) ?? keyText(to) ?? ''}: ${[...shown, ...more].join(' | ')}`;
}

const keyText = (end: RowEnd): string | undefined => ('key' in end ? end.key.join(' / ') : undefined);

function rowText({ side, amountMinor, currency, ...place }: MovedRow): string {
  return `${side} ${placeOf(place)}${amountMinor === undefined ? '' : ` ${currency} ${amountMinor}`}`;
}
