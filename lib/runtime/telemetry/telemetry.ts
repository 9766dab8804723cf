import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { TelemetryLogFormatter } from './log-formatter';
import { createTrace, type Trace } from './trace';

export interface TelemetryOptions {
  /** The `service` of log lines and metrics. @default `POWERTOOLS_SERVICE_NAME`, else the function's name */
  readonly service?: string;
  readonly metricNamespace: string;
}

export type MetricDimensions = Readonly<Record<string, string>>;

/**
 * Powertools' Logger, Metrics and Tracer as one function of this package uses them. Make one per function, outside the handler.
 *
 * Never hand it bodies, headers or secrets.
 */
export interface Telemetry {
  /** JSON lines. Inside `correlated` each carries `correlation_id`, also from records worked on side by side. */
  readonly logger: Logger;
  /** Dimension `service`. What is added is published at the end of `invocation`. */
  readonly metrics: Metrics;
  readonly trace: Trace;
  /** Wraps a handler run: Lambda's context in every log line, the cold start metric, and metrics published whatever `work` does. */
  invocation<T>(context: Context, work: () => Promise<T>): Promise<T>;
  /** Log lines of `work` carry this id. */
  correlated<T>(correlationId: string, work: () => T): T;
  /** Adds to a count. With dimensions it is also counted without them, so that an alarm needs no sum. */
  count(name: string, dimensions?: MetricDimensions, value?: number): void;
  /** Adds a time in milliseconds. */
  time(name: string, milliseconds: number): void;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const service = options.service || process.env.POWERTOOLS_SERVICE_NAME || process.env.AWS_LAMBDA_FUNCTION_NAME || 'breakwater';
  const correlation = new AsyncLocalStorage<string>();
  const logger = new Logger({ serviceName: service, logFormatter: new TelemetryLogFormatter(() => correlation.getStore()) });
  const metrics = new Metrics({ namespace: options.metricNamespace, serviceName: service, logger });
  const trace = createTrace((error) => logger.warn('tracing is off: the tracer could not be loaded', { error: error as Error }));

  return {
    logger,
    metrics,
    trace,
    async invocation(context, work) {
      logger.addContext(context);
      metrics.captureColdStartMetric(context.functionName);
      try {
        return await work();
      } finally {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      }
    },
    correlated: (correlationId, work) => correlation.run(correlationId, work),
    count(name, dimensions, value = 1) {
      if (dimensions === undefined) {
        metrics.addMetric(name, MetricUnit.Count, value);
        return;
      }
      // A document of its own: dimensions hold for every metric in one. The empty set stands for `service` alone.
      metrics.singleMetric().addDimensions({}).addDimensions(dimensions).addMetric(name, MetricUnit.Count, value);
    },
    time: (name, milliseconds) => void metrics.addMetric(name, MetricUnit.Milliseconds, milliseconds),
  };
}
