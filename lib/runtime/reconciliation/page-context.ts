import { xml } from '../../markup/xml';
import { decimalText, grouped } from './amounts';
import type { ReconciliationReport } from './contract';
import type { RunFigures } from './figures';
import { told } from './page-tables';
import type { RegisterEntry } from './register';

/** What a page shows beside its report. */
export interface PageContext {
  /** Entries of the register that are open, and those that this run closed. */
  readonly register?: readonly RegisterEntry[];
  /** Figures of earlier runs; those of this one are counted from the report. */
  readonly runs?: readonly RunFigures[];
  /** Decimals of currencies that the rules add or change. */
  readonly minorUnits?: Readonly<Record<string, number>>;
}

/** What a part of the page is made from. */
export interface Page extends PageContext {
  readonly report: ReconciliationReport;
  readonly digits: ReadonlyMap<string, number>;
}

/** An amount with its currency; in minor units when its decimals are not known. */
export function money({ digits }: Pick<Page, 'digits'>, minor: string, currency: string): string {
  const known = digits.get(currency);
  if (known === undefined) return `${xml(grouped(minor))} minor units${currency === '' ? '' : ` of ${told(currency)}`}`;
  return `${told(currency)} ${xml(grouped(decimalText(minor, known)))}`;
}

export const keyOf = (key: readonly string[]): string => told(key.join(' / '));

/** What people wrote. */
export function annotation(entry: Pick<RegisterEntry, 'owner' | 'note'> = {}): string {
  return [entry.owner, entry.note]
    .filter((text) => text !== undefined)
    .map(told)
    .join('<br>');
}
