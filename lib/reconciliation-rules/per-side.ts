import type { ColumnName, PerSide, ReconciliationRules } from './rules';

/** What is said of a side: its name of a column, or anything else that may be said for each. */
export const sideOf = <T extends string>(given: PerSide<T>, side: 'left' | 'right'): T => (typeof given === 'string' ? given : given[side]);

/** What reports call a column that the sides may call differently. */
export const reportedName = (column: ColumnName): string => sideOf(column, 'left');

/** Whether rows of a side that have no counterpart are kept for the next night. */
export function carriesForward({ timing }: Pick<ReconciliationRules, 'timing'>, side: 'left' | 'right'): boolean {
  const { carryForward = false } = timing ?? {};
  return typeof carryForward === 'boolean' ? carryForward : (carryForward[side] ?? false);
}
