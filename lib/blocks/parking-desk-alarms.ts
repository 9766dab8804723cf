import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { AlarmNotice, type AlarmSet } from './alarm-set';
import { breakwaterMetric } from './metrics';
import { type Fault, ParkingMetric } from './parking-contract';

/** Groups that opened or came back, each counted once, however many messages it holds. */
export function groupsOpened(service: string, fault: Fault) {
  return breakwaterMetric(ParkingMetric.GROUP_OPENED, { service, fault }, Stats.SUM);
}

/** They fire once per group. That no other one opens in the next minute does not mean that this one is done, so they tell only of their beginning. */
export function addGroupAlarms(alarms: AlarmSet, service: string) {
  const period = Duration.minutes(1);
  alarms.add('parkedMessages', {
    meaning: 'Messages are parked for a cause that is ours, and wait for a decision.',
    metric: groupsOpened(service, 'ours').with({ period }),
    threshold: 1,
    notice: AlarmNotice.BEGIN,
  });
  alarms.add('parkedCustomerFaults', {
    meaning: 'Many messages of customers are parked for the same fault of theirs.',
    metric: groupsOpened(service, 'customer').with({ period }),
    threshold: 1,
    notice: AlarmNotice.BEGIN,
  });
}

/** The intake takes messages at once. Those which grow old in the queue are seen by nobody else. */
export function addIntakeAlarm(alarms: AlarmSet, lot: IQueue) {
  alarms.add('parkedMessageAge', {
    meaning: 'The parking desk does not take in what is parked.',
    metric: lot.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
    threshold: Duration.minutes(15).toSeconds(),
  });
}

/** For gradual deployments: a version that parks messages of a known cause opens no group, so that nothing rings. */
export function addArrivalAlarm(alarms: AlarmSet, lot: IQueue) {
  alarms.add('parkedArrivals', {
    meaning: 'Messages were parked, of new or known groups; a gradual deployment rolls back on it and nobody else is told.',
    metric: lot.metricNumberOfMessagesReceived({ period: Duration.minutes(1), statistic: Stats.SUM }),
    threshold: 1,
    notice: AlarmNotice.NOTHING,
  });
}
