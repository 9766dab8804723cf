import type { PriceLine, PriceList } from '../../review/cost/price-list';
import { type Offer, parseOfferFile } from './offer-file';

/** Where AWS publishes its prices; no credentials are needed. */
export const PRICE_FILES = 'https://pricing.us-east-1.amazonaws.com';
/** Hundreds of megabytes for the two lines that are of interest. */
const TOO_LARGE: ReadonlySet<string> = new Set(['AmazonEC2']);

/** A line that was not found in AWS's files. */
export interface KeptLine {
  readonly line: string;
  readonly reason: string;
}

export interface UpdatedPrices {
  readonly list: PriceList;
  /** Lines of the former list that are in the new one only where it is for the same Region. */
  readonly notFound: readonly KeptLine[];
}

/**
 * Makes a price list for a Region from AWS's public bulk price files, with the lines of a list that is known.
 *
 * @param fetchJson gets a JSON document, or undefined where there is none
 * @throws OfferFileError, and whatever `fetchJson` throws; an Error when there is no file at all
 */
export async function updatePrices(
  known: PriceList,
  region: string,
  fetchJson: (url: string) => Promise<unknown>,
  files: string = PRICE_FILES,
): Promise<UpdatedPrices> {
  const offers = new Map<string, Offer>();
  for (const offer of new Set(known.lines.map((line) => line.offer))) {
    if (TOO_LARGE.has(offer)) continue;
    const url = `${files}/offers/v1.0/aws/${offer}/current/${region}/index.json`;
    const file = await fetchJson(url);
    if (file !== undefined) offers.set(offer, parseOfferFile(file, url));
  }
  if (offers.size === 0) throw new Error(`${files}: no price file of ${region}; is the Region's name right?`);
  const notFound: KeptLine[] = [];
  const lines = known.lines.flatMap((line): PriceLine[] => {
    const offer = offers.get(line.offer);
    const price = offer?.prices.get(line.usageType);
    if (offer && price) {
      const { tiers, free } = price;
      return [
        {
          offer: line.offer,
          usageType: line.usageType,
          unit: line.unit,
          tiers,
          ...(free === undefined ? {} : { free }),
          source: `AWS price file of ${offer.publicationDate}`,
        },
      ];
    }
    const reason = offer
      ? 'not in the file, or its products disagree'
      : TOO_LARGE.has(line.offer)
        ? 'the file is too large to be fetched for it'
        : `${line.offer} has no file for this Region`;
    notFound.push({
      line: `${line.offer}/${line.usageType}`,
      reason: known.region === region ? `${reason}: kept from ${line.source}` : `${reason}: left out`,
    });
    return known.region === region ? [line] : [];
  });
  const date =
    [...offers.values()]
      .map((offer) => offer.publicationDate)
      .sort()
      .at(-1) ?? known.date;
  return { list: { version: 1, region, currency: 'USD', date, lines }, notFound };
}
