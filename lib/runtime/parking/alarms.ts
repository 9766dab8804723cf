import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';

/** Those of the metric alarms that ring now; composite ones need a permission for all alarms of the account. One that does not exist does not ring. */
export async function ringing(names: readonly string[], cloudWatch: Pick<CloudWatchClient, 'send'>): Promise<string[]> {
  if (names.length === 0) return [];
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm'], StateValue: 'ALARM' }),
  );
  return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
}
