import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';

/** Those of the alarms that ring now. An alarm that does not exist does not ring. */
export async function ringing(names: readonly string[], cloudWatch: Pick<CloudWatchClient, 'send'>): Promise<string[]> {
  if (names.length === 0) return [];
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StateValue: 'ALARM' }),
  );
  return [...MetricAlarms, ...CompositeAlarms].flatMap(({ AlarmName }) => AlarmName ?? []);
}
