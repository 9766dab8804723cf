import { HOURS_A_MONTH } from '../amounts';
import type { Counter } from '../charge';

const HIGH_RESOLUTION_BELOW_SECONDS = 60;

export const alarms: Counter = {
  types: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm', 'AWS::CloudWatch::AnomalyDetector'],
  count(alarm, counting) {
    if (alarm.type === 'AWS::CloudWatch::AnomalyDetector') return counting.unpriced(alarm, 'anomaly detection adds metrics to its alarm');
    if (alarm.type === 'AWS::CloudWatch::CompositeAlarm')
      return counting.quantity(alarm, 'metrics and alarms', 'AmazonCloudWatch/CW:CompositeAlarmMonitorUsage', 1, () => '1 composite alarm');
    const period = alarm.get('Period').number(300);
    const fast = typeof period === 'number' && period < HIGH_RESOLUTION_BELOW_SECONDS;
    const queries = alarm.get('Metrics').items();
    const watched = Math.max(1, queries.filter((query) => !query.get('MetricStat').isAbsent).length);
    counting.quantity(
      alarm,
      'metrics and alarms',
      fast ? 'AmazonCloudWatch/CW:HighResAlarmMonitorUsage' : 'AmazonCloudWatch/CW:AlarmMonitorUsage',
      watched,
      () => `alarm on ${watched} metric${watched === 1 ? '' : 's'}`,
    );
  },
};

export const dashboards: Counter = {
  types: ['AWS::CloudWatch::Dashboard'],
  count(dashboard, counting) {
    counting.quantity(dashboard, 'metrics and alarms', 'AmazonCloudWatch/DashboardsUsageHour', 1, () => '1 dashboard');
  },
};

/** Each filter makes a metric. */
export const metricFilters: Counter = {
  types: ['AWS::Logs::MetricFilter'],
  count(filter, counting) {
    const metrics = filter.get('MetricTransformations').items().length;
    counting.quantity(
      filter,
      'metrics and alarms',
      'AmazonCloudWatch/CW:MetricMonitorUsage',
      metrics,
      () => `${metrics} metrics from logs`,
    );
  },
};

export const keys: Counter = {
  types: ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'],
  count(key, counting) {
    counting.quantity(key, 'keys and secrets', 'awskms/KMS-Keys', 1, () => '1 key, not yet rotated');
    const users = [...counting.topology.model.resources.values()].filter((resource) => resource !== key && uses(resource, key.id)).length;
    // Services keep a data key for five minutes: AWS, "Data key reuse".
    const requests = users * HOURS_A_MONTH * 12 * 2;
    counting.quantity(
      key,
      'keys and secrets',
      'awskms/KMS-Requests',
      requests,
      () => `${users} resources that ask for a data key every five minutes, to encrypt and to decrypt`,
    );

    function uses(resource: { readonly get: (...path: readonly string[]) => { texts(): string[] } }, id: string): boolean {
      return KEY_PROPERTIES.some((path) =>
        resource
          .get(...path)
          .texts()
          .some((text) => counting.topology.model.marks.resourcesIn(text).some((mark) => mark.resource === id)),
      );
    }
  },
};

const KEY_PROPERTIES: ReadonlyArray<readonly string[]> = [
  ['KmsMasterKeyId'],
  ['KmsKeyId'],
  ['KmsKeyArn'],
  ['KMSMasterKeyID'],
  ['SSESpecification', 'KMSMasterKeyId'],
  ['StreamEncryption', 'KeyId'],
  ['EncryptionConfiguration', 'KmsKeyId'],
];
