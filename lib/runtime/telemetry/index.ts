export { createTelemetry, type MetricDimensions, type Telemetry, type TelemetryOptions } from './telemetry';
export type { Annotations, InstrumentableClient, Trace } from './trace';
