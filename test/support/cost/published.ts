import { Decimal } from 'decimal.js';
import { estimate } from '../../../lib/review/cost/estimate';
import { type PriceKey, type PriceLine, Prices, type PriceTier } from '../../../lib/review/cost/price-list';
import { Traffic, type TrafficProfile } from '../../../lib/review/cost/traffic';
import { read } from '../topology/read';
import type { Resources } from '../topology/resources';
import { costOfItem } from './estimates';

/** Price of a unit, or tiers; and the units that are free each month. */
type PagePrice = string | { readonly tiers: readonly PriceTier[] } | { readonly price: string; readonly free: string };

/** An example that AWS computes for its readers, with the prices that stand beside it. */
interface Published {
  readonly page: string;
  /** When the page was as it is cited: its own date, or that of its stored copy. */
  readonly asOf: string;
  readonly prices: Readonly<Record<PriceKey, PagePrice>>;
  /** The page's figures by what they are for, and their sum. */
  readonly figures: Readonly<Record<PriceKey, string>>;
  readonly total: string;
}

export interface Modelled extends Published {
  readonly resources: Resources;
  readonly profile: Omit<TrafficProfile, 'version'>;
}

/** What the model derives in another way than the page: by its quantities alone. */
export interface Counted extends Published {
  readonly amounts: Readonly<Record<PriceKey, string | number>>;
}

export function expectFromTemplate(example: Modelled) {
  const { charges } = estimate(read(example.resources), new Traffic({ version: 1, ...example.profile }), pricesOf(example));
  expectFigures(example, (item) => new Decimal(costOfItem(charges, item)));
}

export function expectFromQuantities(example: Counted) {
  const prices = pricesOf(example);
  expectFigures(example, (item) => prices.of(item, new Decimal(example.amounts[item]!))!);
}

/** Pages round each figure and sum up what is rounded. */
function expectFigures({ figures, total }: Published, costOf: (item: PriceKey) => Decimal) {
  const items = Object.keys(figures) as PriceKey[];
  const cents = items.map((item) => costOf(item).toDecimalPlaces(2));
  expect(Object.fromEntries(items.map((item, index) => [item, cents[index]!.toFixed(2)]))).toEqual(figures);
  expect(Decimal.sum(...cents).toFixed(2)).toBe(total);
}

function pricesOf({ page, asOf, prices }: Published): Prices {
  const lines = Object.entries(prices).map(([key, price]): PriceLine => {
    const [offer, usageType] = key.split('/') as [string, string];
    const source = `${page}, ${asOf}`;
    if (typeof price === 'string') return { offer, usageType, unit: 'unit', tiers: [{ above: '0', price }], source };
    if ('tiers' in price) return { offer, usageType, unit: 'unit', tiers: price.tiers, source };
    return { offer, usageType, unit: 'unit', tiers: [{ above: '0', price: price.price }], free: price.free, source };
  });
  return new Prices({ version: 1, region: 'us-east-1', currency: 'USD', date: '2026-11-21', lines }, true);
}
