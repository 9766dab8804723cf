import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { MetricNamespace } from './contract';

/** A metric that our runtime writes. */
export function breakwaterMetric(
  metricName: string,
  dimensionsMap: { [name: string]: string },
  statistic: string,
  options?: MetricOptions,
): Metric {
  return new Metric({ namespace: MetricNamespace, metricName, dimensionsMap, statistic, ...options });
}
