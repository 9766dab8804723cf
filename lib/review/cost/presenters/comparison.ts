import type { Decimal } from 'decimal.js';
import type { Change, Comparison } from '../compare';
import { dollars } from './figures';

const MOST_CHANGES = 12;

/** `+$12.40 a month at 10,000,000 events`, and what it comes from. */
export function presentComparison({ loads, notes }: Comparison): string {
  const blocks = loads.map(({ events, before, after, changes }) => {
    const difference = after.minus(before);
    const first = `${signed(difference)} a month at ${Number(events).toLocaleString('en-US')} events (${dollars(before.toFixed())} -> ${dollars(after.toFixed())})`;
    const rest = changes.length - MOST_CHANGES;
    return [first, ...changes.slice(0, MOST_CHANGES).flatMap(change), ...(rest > 0 ? [`  and ${rest} smaller changes`] : [])].join('\n');
  });
  return `${[...blocks, ...(notes.length > 0 ? [['note', ...notes.map((note) => `  ${note}`)].join('\n')] : [])].join('\n\n')}\n`;
}

function change({ logicalId, item, difference, before, after }: Change): string[] {
  const reason =
    before === undefined
      ? `new: ${after}`
      : after === undefined
        ? `gone: ${before}`
        : before === after
          ? `${after}, at another price`
          : `${before} -> ${after}`;
  return [`  ${signed(difference)} ${logicalId} ${item}`, `    ${reason}`];
}

function signed(amount: Decimal): string {
  return amount.isZero() ? '$0' : `${amount.isNegative() ? '-' : '+'}${dollars(amount.abs().toFixed())}`;
}
