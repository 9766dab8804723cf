import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { refuse, requireKnownSeconds, requireWithin } from '../../blocks/rule';
import { MINUTES_A_DAY } from './business-schedule';
import type { NightlyReconciliationProps } from './nightly-reconciliation-props';
import { skippedTimeOf } from './skipped-times';

/** What follows from the props, checked. */
export interface NightlyTimes {
  /** Seconds after the time of the schedule from which on a run is late. */
  readonly lateAfterSeconds: number;
  readonly snapshotRetention: Duration;
}

/** @throws RuleViolation when props contradict each other or a limit of AWS */
export function checkNight(scope: Construct, props: NightlyReconciliationProps): NightlyTimes {
  props.schedule._check(scope);
  for (const source of [props.left, props.right]) source._check(scope);
  checkSkippedTime(scope, props);
  const duration = props.objective?.duration ?? Duration.hours(2);
  const minutes = requireKnownSeconds(scope, 'the objective of a run', duration) / 60;
  requireWithin(scope, 'objective of a run in minutes', minutes, [5, 960], 'Change objective.duration.');
  const snapshotRetention = props.snapshotRetention ?? Duration.days(35);
  const days = requireKnownSeconds(scope, 'the retention of snapshots', snapshotRetention) / 86_400;
  requireWithin(scope, 'retention of snapshots in days', days, [1, 3650], 'Change snapshotRetention.');
  requireWithin(scope, 'breaks up to which nobody is told', props.alarmAboveBreaks, [0, 1_000_000], 'Change alarmAboveBreaks.');
  return { lateAfterSeconds: (minutes + props.schedule._flexibleMinutes) * 60, snapshotRetention };
}

/** The second call on days that may skip the time must be for the same business day as the first. */
function checkSkippedTime(scope: Construct, { schedule }: NightlyReconciliationProps) {
  const minute = schedule._minuteOfDay;
  const skipped = skippedTimeOf(schedule._zone, minute);
  const { cutOffMinutes } = schedule._settings;
  const cutOff = cutOffMinutes % MINUTES_A_DAY;
  if (!skipped || cutOff <= minute || cutOff > minute + skipped.minutes) return;
  refuse(scope, {
    rule: `clocks in ${schedule._zone} skip the time of the schedule once a year, when it is called ${skipped.minutes} minutes later: no business day may end in between`,
    allowed: `a cut-off outside of these ${skipped.minutes} minutes`,
    given: `a cut-off ${cutOff - minute} minutes after the schedule`,
    remedy: 'Change the hour of the schedule, or cutOff.',
  });
}
