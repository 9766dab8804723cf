import { InputFault } from '../../reconciliation-rules/input-fault';
import type { ReconciliationRules } from '../../reconciliation-rules/rules';
import type { Break } from './contract';

/** More than this is a wrong file. */
const USUAL_MOST_BREAKS = 1_000_000;

/** @throws InputFault with a sample above `limits.breaks` */
export function refuseTooMany(rules: ReconciliationRules, breaks: readonly Break[]): void {
  const most = rules.limits?.breaks ?? USUAL_MOST_BREAKS;
  if (breaks.length <= most) return;
  const sample = breaks.slice(0, 5).map((one) => `${one.key.join(' / ')}: ${one.class}`);
  throw new InputFault(
    `more than ${most} breaks, the most that limits.breaks allows: is one of the files a wrong one? ${sample.join('; ')}`,
  );
}
