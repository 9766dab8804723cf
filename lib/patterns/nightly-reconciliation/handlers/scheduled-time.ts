import { InputFault } from '../../../reconciliation-rules/input-fault';

/**
 * What EventBridge Scheduler puts in the place of `<aws.scheduler.scheduled-time>`, in milliseconds since the epoch.
 *
 * @throws InputFault for what is no time, so that a call whose words nobody replaced is not taken for today's
 */
export function scheduledTimeOf(text: string): number {
  const time = typeof text === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new InputFault(
    `scheduledTime: must be a time such as 2026-11-21T01:00:00Z, given ${JSON.stringify(text)}. EventBridge Scheduler replaces <aws.scheduler.scheduled-time>; without it, start a date: {"date":"2026-11-20"}`,
  );
}
