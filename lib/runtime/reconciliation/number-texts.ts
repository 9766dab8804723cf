import { sideOf } from '../../reconciliation-rules/per-side';
import type { NumberStyle } from '../../reconciliation-rules/rules';
import type { SideName } from './row-expressions';

/** Each as a class of characters: banks write the apostrophe and the blank also as typographers do. */
const SEPARATORS: Readonly<Record<string, string>> = { '.': '[.]', ',': '[,]', "'": "[''’]", ' ': '[ \u00a0\u202f]' };

const isUsual = ({ decimal = '.', thousands }: NumberStyle, side: SideName): boolean =>
  sideOf(decimal, side) === '.' && thousands === undefined;

/** SQL of a number as it is written with a decimal point and nothing between thousands; empty when the text isn't written in the style of its side. */
export function plainNumber(sql: string, style: NumberStyle, side: SideName): string {
  if (isUsual(style, side)) return sql;
  const point = SEPARATORS[sideOf(style.decimal ?? '.', side)]!;
  const separator = style.thousands === undefined ? undefined : SEPARATORS[sideOf(style.thousands, side)]!;
  const whole = separator === undefined ? '[0-9]+' : `([0-9]+|[0-9]{1,3}(${separator}[0-9]{3})+)`;
  const together = separator === undefined ? sql : `regexp_replace(${sql}, '${separator}', '', 'g')`;
  return `CASE WHEN regexp_full_match(${sql}, '[+-]?${whole}(${point}[0-9]+)?') THEN regexp_replace(${together}, '${point}', '.') ELSE '' END`;
}

/** How numbers of a side are written, for reasons of bad rows; empty for a decimal point and nothing between thousands. */
export function describeStyle(style: NumberStyle, side: SideName): string {
  if (isUsual(style, side)) return '';
  const separator = style.thousands === undefined ? 'nothing' : JSON.stringify(sideOf(style.thousands, side));
  return ` with ${JSON.stringify(sideOf(style.decimal ?? '.', side))} before decimals and ${separator} between thousands`;
}
