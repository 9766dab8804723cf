import type { Telemetry } from '../../../lib/runtime/telemetry';

const silent = () => {};

/** One for all: what it would say is no state of the world. */
export const silentTelemetry = {
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  trace: { subsegment: (_name: string, _annotations: object, work: () => unknown) => work() },
  invocation: (_context: object, work: () => unknown) => work(),
  correlated: (_id: string, work: () => unknown) => work(),
  count: silent,
  time: silent,
} as unknown as Telemetry;
