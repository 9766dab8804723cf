import { isRecord } from '../../topology/record';
import { parseJson, refuse } from './input-error';
import type { PriceList } from './price-list';

const AMOUNT = /^\d+(?:\.\d+)?$/;

/**
 * Reads a price list, for example one that `breakwater prices update` has written.
 *
 * @throws CostInputError with field, allowed and given value
 */
export function parsePriceList(file: string, text: string): PriceList {
  const value = parseJson(file, text);
  if (!isRecord(value) || value.version !== 1) refuse(file, 'version', '1', isRecord(value) ? value.version : value);
  const { region, currency, date, lines } = value as Record<string, unknown>;
  if (typeof region !== 'string' || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region))
    refuse(file, 'region', 'a Region such as eu-central-1', region);
  if (currency !== 'USD') refuse(file, 'currency', '"USD"', currency);
  if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(date)) refuse(file, 'date', 'an ISO 8601 date', date);
  if (!Array.isArray(lines)) refuse(file, 'lines', 'a list', lines);
  const seen = new Set<string>();
  for (const [index, line] of (lines as unknown[]).entries()) checkLine(file, `lines[${index}]`, line, seen);
  return value as unknown as PriceList;
}

function checkLine(file: string, field: string, line: unknown, seen: Set<string>) {
  if (!isRecord(line)) return refuse(file, field, 'an object', line);
  for (const name of ['offer', 'usageType', 'unit', 'source'] as const)
    if (typeof line[name] !== 'string' || line[name] === '') refuse(file, `${field}.${name}`, 'a text', line[name]);
  const key = `${line.offer}/${line.usageType}`;
  if (seen.has(key)) refuse(file, field, 'each offer and usage type once', key);
  seen.add(key);
  if (line.free !== undefined && !isAmount(line.free)) refuse(file, `${field}.free`, 'a decimal text', line.free);
  const tiers = Array.isArray(line.tiers) ? line.tiers : refuse(file, `${field}.tiers`, 'a list of at least one tier', line.tiers);
  if (tiers.length === 0) refuse(file, `${field}.tiers`, 'a list of at least one tier', tiers);
  for (const [index, tier] of tiers.entries()) {
    const at = `${field}.tiers[${index}]`;
    if (!isRecord(tier) || !isAmount(tier.above) || !isAmount(tier.price)) return refuse(file, at, 'above and price, decimal texts', tier);
    const before = index === 0 ? -1 : Number(tiers[index - 1].above);
    if (index === 0 ? Number(tier.above) !== 0 : Number(tier.above) <= before)
      refuse(file, `${at}.above`, index === 0 ? '"0" for the first' : `more than ${before}`, tier.above);
  }
}

function isAmount(value: unknown): value is string {
  return typeof value === 'string' && AMOUNT.test(value);
}
