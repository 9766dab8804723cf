import type { ControlTotals } from './contract';

export interface Sum {
  readonly rows: number;
  readonly minor: bigint;
  readonly hash: bigint;
}

/** A sum as the database gives it. */
export interface SumRow {
  readonly currency: string;
  readonly rows: bigint;
  readonly minor: string;
  readonly hash: string;
}

const NONE: Sum = { rows: 0, minor: 0n, hash: 0n };

/** Control totals by currency, as they grow. */
export class Sums {
  readonly #byCurrency = new Map<string, Sum>();

  static of(totals: ControlTotals): Sums {
    const sums = new Sums();
    sums.addAll(totals);
    return sums;
  }

  add(currency: string, { rows, minor, hash }: Sum): void {
    const known = this.get(currency);
    this.#byCurrency.set(currency, { rows: known.rows + rows, minor: known.minor + minor, hash: known.hash + hash });
  }

  addAll(totals: ControlTotals): void {
    for (const [currency, { rows, minor, hash }] of Object.entries(totals))
      this.add(currency, { rows, minor: BigInt(minor), hash: BigInt(hash) });
  }

  addRows(sums: readonly SumRow[]): void {
    for (const { currency, rows, minor, hash } of sums)
      this.add(currency, { rows: Number(rows), minor: BigInt(minor), hash: BigInt(hash) });
  }

  /** Takes away what was counted; a currency of which nothing is left is as if it had never been there. */
  takeRows(sums: readonly SumRow[]): void {
    for (const { currency, rows, minor, hash } of sums) {
      this.add(currency, { rows: -Number(rows), minor: -BigInt(minor), hash: -BigInt(hash) });
      const left = this.get(currency);
      if (left.rows === 0 && left.minor === 0n && left.hash === 0n) this.#byCurrency.delete(currency);
    }
  }

  get(currency: string): Sum {
    return this.#byCurrency.get(currency) ?? NONE;
  }

  currencies(): readonly string[] {
    return [...this.#byCurrency.keys()];
  }

  total(): Sum {
    return [...this.#byCurrency.values()].reduce(
      (all, { rows, minor, hash }) => ({ rows: all.rows + rows, minor: all.minor + minor, hash: all.hash + hash }),
      NONE,
    );
  }

  written(): ControlTotals {
    return Object.fromEntries(
      [...this.currencies()].sort().map((currency) => {
        const { rows, minor, hash } = this.get(currency);
        return [currency, { rows, minor: String(minor), hash: String(hash) }];
      }),
    );
  }
}

/** Over all currencies. */
export const total = (totals: ControlTotals): Sum => Sums.of(totals).total();
