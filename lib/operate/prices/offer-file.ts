import type { PriceTier } from '../../review/cost/price-list';
import { isRecord } from '../../topology/record';

/** What an offer file says of one usage type. */
export interface OfferedPrice {
  readonly tiers: readonly PriceTier[];
  /** Units that cost nothing before the first tier. */
  readonly free?: string;
}

export interface Offer {
  readonly offer: string;
  /** Day on which AWS published the file, ISO 8601. */
  readonly publicationDate: string;
  /** By usage type without the Region's prefix. What products of one usage type don't agree on is left out. */
  readonly prices: ReadonlyMap<string, OfferedPrice>;
}

/** An offer file that isn't what AWS documents. */
export class OfferFileError extends Error {
  public override readonly name = 'OfferFileError';
}

/**
 * Reads a bulk price file of one service and Region.
 *
 * @see https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file.html
 * @throws OfferFileError with what is missing
 */
export function parseOfferFile(value: unknown, source: string): Offer {
  if (!isRecord(value) || typeof value.offerCode !== 'string' || typeof value.publicationDate !== 'string')
    throw new OfferFileError(`${source}: not a price file: offerCode or publicationDate is missing`);
  const onDemand = isRecord(value.terms) ? value.terms.OnDemand : undefined;
  if (!isRecord(value.products) || !isRecord(onDemand))
    throw new OfferFileError(`${source}: not a price file: products or terms.OnDemand is missing`);
  const found = new Map<string, OfferedPrice[]>();
  for (const [sku, product] of Object.entries(value.products)) {
    const attributes = isRecord(product) && isRecord(product.attributes) ? product.attributes : {};
    if (typeof attributes.usagetype !== 'string' || isOverhead(attributes.volumeType)) continue;
    const price = priceOf(onDemand[sku]);
    if (!price) continue;
    const usageType = commonName(attributes.usagetype);
    found.set(usageType, [...(found.get(usageType) ?? []), price]);
  }
  const agreed = [...found].flatMap(([usageType, prices]): Array<[string, OfferedPrice]> => {
    const agree = new Set(prices.map((price) => JSON.stringify(price.tiers))).size === 1;
    // Where two products cost the same, AWS puts the free tier on one of them.
    return agree ? [[usageType, prices.find((price) => price.free !== undefined) ?? prices[0]!]] : [];
  });
  return { offer: value.offerCode, publicationDate: value.publicationDate.slice(0, 10), prices: new Map(agreed) };
}

/** What S3 keeps of an archived object's name is metered as its standard storage, at prices of its own. */
function isOverhead(volumeType: unknown): boolean {
  return typeof volumeType === 'string' && volumeType.endsWith('S3ObjectOverhead');
}

/**
 * Outside us-east-1, and for some services inside it, usage types begin with the Region: `EUC1-Request`, `eu-west-1-KMS-Keys`. SQS alone calls its
 * requests in us-east-1 `Requests-RBP`, and `Requests-Tier1` everywhere else.
 */
function commonName(usageType: string): string {
  return usageType.replace(/^(?:[A-Z]{2,4}\d|EU|[a-z]{2}(?:-[a-z]+)+-\d)-/, '').replace(/^(Requests(?:-FIFO)?)-RBP$/, '$1-Tier1');
}

function priceOf(terms: unknown): OfferedPrice | undefined {
  if (!isRecord(terms)) return undefined;
  const [term] = Object.values(terms);
  if (!isRecord(term) || !isRecord(term.priceDimensions)) return undefined;
  const bands = Object.values(term.priceDimensions)
    .flatMap((dimension) => {
      if (!isRecord(dimension) || !isRecord(dimension.pricePerUnit)) return [];
      const { USD: price } = dimension.pricePerUnit;
      const { beginRange: above } = dimension;
      return typeof price === 'string' && typeof above === 'string' ? [{ above: plain(above), price: plain(price) }] : [];
    })
    .sort((a, b) => Number(a.above) - Number(b.above));
  const [first, second] = bands;
  if (first?.above !== '0') return undefined;
  // The free tier is a band that costs nothing: what follows is what a unit costs without it.
  if (first.price === '0' && second) return { free: second.above, tiers: [{ above: '0', price: second.price }, ...bands.slice(2)] };
  return { tiers: bands };
}

function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/0+$/, '').replace(/\.$/, '') : decimal;
}
