import { type Case, differing, type Entry, type Maker, type Story } from '../maker';
import { type Currency, decimal, JSON_FILE } from '../rows';

/** As reconciliation.json has it: 2 minor units, or 0.1 % of the larger amount, whichever is more; and the class of its own. */
const FEE = { from: -500n, to: -1n } as const;

/** Both amounts of a pair. */
interface Amounts {
  readonly left: bigint;
  readonly right: bigint;
  readonly currency?: Currency;
}

/** Amounts of a row each that agree. */
function agreeing(maker: Maker, { left, right, currency }: Amounts): Story {
  return { now: maker.pair(maker.entry({ minor: left, ...(currency && { currency }) }), {}, { minor: right }) };
}

/** Amounts of a row each that do not. */
function apart(maker: Maker, { left, right, currency }: Amounts): Story {
  const entry = maker.entry({ minor: left, ...(currency && { currency }) });
  const difference = right - left;
  const found = { class: difference >= FEE.from && difference <= FEE.to ? 'bank_fee' : 'amount', difference };
  const [one, two] = [maker.left(entry), maker.right(entry, { minor: right })];
  return { now: differing(entry.key, one, two, found), settled: { rows: [one, maker.right(entry)], pairs: 1 } };
}

/** The larger amount and the smaller one, on either side and with either sign. */
function eitherWay(maker: Maker, larger: bigint, smaller: bigint): Amounts {
  const sign = maker.random.fraction() < 0.3 ? -1n : 1n;
  const [a, b] = maker.random.shuffle([larger * sign, smaller * sign]) as [bigint, bigint];
  return { left: a, right: b };
}

const small = (maker: Maker): bigint => BigInt(maker.random.integer(100, 1_900));
const thousands = (maker: Maker): bigint => BigInt(maker.random.integer(4, 9_000));
/** Sums of these have no exact floating point number. */
const beyondDoubles = (maker: Maker): bigint => 9_007_199_254_740n + BigInt(maker.random.integer(1, 999_999_999));

const shortened = (entry: Entry, sign: bigint): string => {
  const text = decimal(entry.minor * sign, entry.currency);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
};

export const AMOUNTS: readonly Case[] = [
  {
    planted: 'amounts within the minor tolerance',
    often: 200,
    plant: (maker) => {
      const minor = small(maker);
      return agreeing(maker, eitherWay(maker, minor + 1n, minor));
    },
  },
  {
    planted: 'amounts at the edge of the minor tolerance',
    often: 200,
    plant: (maker) => {
      const minor = small(maker);
      return agreeing(maker, eitherWay(maker, minor + 2n, minor));
    },
  },
  {
    planted: 'amounts just over the minor tolerance',
    often: 100,
    plant: (maker) => {
      const minor = small(maker);
      return apart(maker, eitherWay(maker, minor + 3n, minor));
    },
  },
  {
    planted: 'amounts within the percentage',
    often: 200,
    plant: (maker) => {
      const share = thousands(maker);
      return agreeing(maker, eitherWay(maker, share * 1_000n, share * 1_000n - share + 1n));
    },
  },
  {
    planted: 'amounts at the edge of the percentage',
    often: 200,
    plant: (maker) => {
      const share = thousands(maker);
      return agreeing(maker, eitherWay(maker, share * 1_000n, share * 1_000n - share));
    },
  },
  {
    planted: 'amounts just over the percentage',
    often: 100,
    plant: (maker) => {
      const share = thousands(maker);
      return apart(maker, eitherWay(maker, share * 1_000n, share * 1_000n - share - 1n));
    },
  },
  {
    planted: 'amounts over a percentage that is no whole number of minor units',
    often: 100,
    plant: (maker) => {
      const share = thousands(maker);
      return apart(maker, eitherWay(maker, share * 1_000n + 999n, share * 1_000n + 999n - share - 1n));
    },
  },
  {
    planted: 'amounts where the percentage begins to allow more than the minor units',
    often: 100,
    plant: (maker) => agreeing(maker, eitherWay(maker, 3_000n, 2_997n)),
  },
  {
    planted: 'amounts where the percentage does not yet allow more than the minor units',
    often: 100,
    plant: (maker) => apart(maker, eitherWay(maker, 2_999n, 2_996n)),
  },
  {
    planted: "the edges of the user's class",
    often: 100,
    plant: (maker, index) => {
      const left = BigInt(maker.random.integer(10_000, 90_000));
      return apart(maker, { left, right: left - (index % 2 === 0 ? 500n : 501n) });
    },
  },
  {
    planted: 'the same number in two currencies',
    often: 100,
    plant: (maker) => {
      const entry = maker.entry({ currency: 'EUR' });
      const [left, right] = [maker.left(entry), maker.right(entry, { currency: 'USD' })];
      return { now: differing(entry.key, left, right, { class: 'amount' }), settled: { rows: [left, maker.right(entry)], pairs: 1 } };
    },
  },
  {
    planted: 'yen, which have no decimals',
    often: 100,
    plant: (maker, index) => {
      const left = small(maker);
      const amounts = { left, right: left + (index % 2 === 0 ? 2n : 3n), currency: 'JPY' } as const;
      return index % 2 === 0 ? agreeing(maker, amounts) : apart(maker, amounts);
    },
  },
  {
    planted: 'dinars, which have three decimals',
    often: 100,
    plant: (maker, index) => {
      const left = small(maker);
      const amounts = { left, right: left - (index % 2 === 0 ? 2n : 3n), currency: 'KWD' } as const;
      return index % 2 === 0 ? agreeing(maker, amounts) : apart(maker, amounts);
    },
  },
  {
    planted: 'a zero with a sign',
    often: 50,
    plant: (maker, index) => {
      const [left, right, currency] = (
        [
          ['-0.00', '0', 'EUR'],
          ['0.0', '-0.00', 'USD'],
          ['-0', '0', 'JPY'],
        ] as const
      )[index % 3]!;
      return { now: maker.pair(maker.entry({ minor: 0n, currency }), { amount: left }, { amount: right }) };
    },
  },
  {
    planted: 'amounts beyond 2^53 at the edge of the percentage',
    often: 50,
    plant: (maker) => {
      const share = beyondDoubles(maker);
      return agreeing(maker, { ...eitherWay(maker, share * 1_000n, share * 1_000n - share), currency: 'EUR' });
    },
  },
  {
    planted: 'amounts beyond 2^53 just over the percentage',
    often: 50,
    plant: (maker) => {
      const share = beyondDoubles(maker);
      return apart(maker, { ...eitherWay(maker, share * 1_000n, share * 1_000n - share - 1n), currency: 'EUR' });
    },
  },
  {
    planted: 'amounts with fewer decimals than their currency has, with a plus or with zeros before them',
    often: 300,
    plant: (maker, index) => {
      const entry = maker.entry({ minor: BigInt(maker.random.integer(1, 90_000)) * 10n });
      const text = decimal(entry.minor, entry.currency);
      return { now: maker.pair(entry, { amount: index % 2 === 0 ? `+${text}` : `000${text}` }, { amount: shortened(entry, -1n) }) };
    },
  },
  {
    planted: 'amounts with an exponent, as a writer of floating point leaves them',
    often: 50,
    plant: (maker) => {
      const entry = maker.entry({ currency: 'EUR', minor: 125_000_000n });
      return { now: maker.pair(entry, { amount: '1.25E6', file: JSON_FILE }, { amount: '-1.25e+6', file: JSON_FILE }) };
    },
  },
];
