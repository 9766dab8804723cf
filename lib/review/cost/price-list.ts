import { Decimal } from 'decimal.js';

/** Price of the units above an amount, up to the next tier. Decimal text, never a binary fraction. */
export interface PriceTier {
  readonly above: string;
  readonly price: string;
}

/** One line of a price list. */
export interface PriceLine {
  /** AWS offer code, for example `AWSLambda`. */
  readonly offer: string;
  /** AWS usage type without the Region's prefix, for example `Lambda-GB-Second-ARM`. */
  readonly usageType: string;
  /** What one unit is, for example `GB-s`. */
  readonly unit: string;
  /** Ascending; the first begins above 0. Tiers count the whole account's use in a Region and month. */
  readonly tiers: readonly PriceTier[];
  /** Units a month that cost nothing, when the free tier is asked for. */
  readonly free?: string;
  /** Where the figure was read, with its date. */
  readonly source: string;
}

/** Prices of one Region on one day. */
export interface PriceList {
  readonly version: 1;
  /** Region code, for example `us-east-1`. */
  readonly region: string;
  readonly currency: 'USD';
  /** Day on which the newest line was read, ISO 8601. */
  readonly date: string;
  readonly lines: readonly PriceLine[];
}

/** Name of a line: offer and usage type. */
export type PriceKey = `${string}/${string}`;

/** Prices of a list by their keys. */
export class Prices {
  private readonly lines: ReadonlyMap<string, PriceLine>;

  /** @param freeTier whether the units that AWS gives each month are taken off; new accounts get credits instead */
  public constructor(
    public readonly list: PriceList,
    public readonly freeTier: boolean,
  ) {
    this.lines = new Map(list.lines.map((line) => [`${line.offer}/${line.usageType}`, line]));
  }

  public line(key: PriceKey): PriceLine | undefined {
    return this.lines.get(key);
  }

  /**
   * What an amount costs by the tiers of its line.
   *
   * @returns undefined when the list has no such line: what can't be priced is never taken as free
   */
  public of(key: PriceKey, amount: Decimal): Decimal | undefined {
    const line = this.lines.get(key);
    if (!line) return undefined;
    const billed = this.freeTier && line.free !== undefined ? Decimal.max(0, amount.minus(line.free)) : amount;
    return line.tiers.reduce((sum, tier, index) => {
      const next = line.tiers[index + 1];
      const top = next ? Decimal.min(billed, next.above) : billed;
      return sum.plus(Decimal.max(0, top.minus(tier.above)).times(tier.price));
    }, new Decimal(0));
  }
}
