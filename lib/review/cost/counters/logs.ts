import type { Resource } from '../../../topology';
import { DAYS_A_MONTH, shown } from '../amounts';
import type { Counting } from '../charge';

/** Archived logs are billed compressed. An example on the pricing page of AWS has a fifth left of access logs; JSON lines compress better. */
const COMPRESSED = 0.15;
const A_YEAR_IN_DAYS = 365;

/** Bytes of logs that lie there in a month, once as much expires as comes in; after a year, where nothing expires. */
export function archivedBytes(
  monthly: number,
  group: Resource | undefined,
  counting: Counting,
): { readonly bytes: number; readonly because: () => string } {
  const days = keptDays(group, counting);
  return {
    bytes: monthly * COMPRESSED * (days / DAYS_A_MONTH),
    because: () => `what ${shown(days)} days of logs hold, compressed to 15 %`,
  };
}

function keptDays(group: Resource | undefined, counting: Counting): number {
  const given = group && counting.traffic.given('keptDays', group);
  if (given !== undefined) return given;
  const retention = group?.get('RetentionInDays').number(A_YEAR_IN_DAYS);
  if (typeof retention === 'number' && !(group?.get('RetentionInDays').isAbsent ?? true)) return retention;
  return counting.traffic.assume(
    group?.ref.logicalId ?? '*',
    'keptDays',
    A_YEAR_IN_DAYS,
    'logs without a retention are never deleted: storage after a year',
  );
}
