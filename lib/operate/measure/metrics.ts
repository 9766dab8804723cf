import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';

/** A metric of one resource over the whole time that is measured. */
export interface MetricRequest {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Sum' | 'Average';
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Answers in the order of the requests; undefined where CloudWatch has no value. */
export type Metrics = (requests: readonly MetricRequest[], span: Span) => Promise<ReadonlyArray<number | undefined>>;

/** A call takes this many queries: AWS, "GetMetricData". */
const MOST_QUERIES = 500;
/** Metrics older than fifteen days are kept by the five minutes, older than 63 days by the hour. */
const PERIOD_SECONDS = 3600;

export function cloudWatchMetrics(client: Pick<CloudWatchClient, 'send'>): Metrics {
  return async (requests, { from, to }) => {
    const values = new Array<number[]>(requests.length);
    for (let start = 0; start < requests.length; start += MOST_QUERIES) {
      const queries = requests.slice(start, start + MOST_QUERIES).map((request, index) => queryOf(request, start + index));
      let token: string | undefined;
      do {
        const page = await client.send(
          new GetMetricDataCommand({
            MetricDataQueries: queries,
            StartTime: from,
            EndTime: to,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        );
        for (const { Id, Values } of page.MetricDataResults ?? []) {
          const index = Number(Id!.slice(1));
          values[index] = [...(values[index] ?? []), ...(Values ?? [])];
        }
        token = page.NextToken;
      } while (token !== undefined);
    }
    return requests.map(({ statistic }, index) => {
      const found = values[index] ?? [];
      if (found.length === 0) return undefined;
      const sum = found.reduce((all, value) => all + value, 0);
      return statistic === 'Sum' ? sum : sum / found.length;
    });
  };
}

function queryOf({ namespace, name, statistic, dimensions }: MetricRequest, index: number): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) },
      Period: PERIOD_SECONDS,
      Stat: statistic,
    },
  };
}
