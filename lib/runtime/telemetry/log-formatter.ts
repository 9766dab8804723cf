import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';

type FormatParameters = Parameters<LogFormatter['formatAttributes']>;
type FormattedError = ReturnType<LogFormatter['formatError']>;

/**
 * The fields of Powertools' own format, with the correlation id of what is being worked on, and with errors cut down to what is safe to keep.
 *
 * Powertools prints every property of an error. The SDK hangs whole items on some of them (`CancellationReasons[].Item`), and those are bodies.
 */
export class TelemetryLogFormatter extends LogFormatter {
  readonly #correlationId: () => string | undefined;

  constructor(correlationId: () => string | undefined) {
    super();
    this.#correlationId = correlationId;
  }

  override formatAttributes(...[attributes, additional]: FormatParameters): LogItem {
    const { lambdaContext } = attributes;
    return new LogItem({
      attributes: {
        level: attributes.logLevel,
        message: attributes.message,
        timestamp: this.formatTimestamp(attributes.timestamp),
        service: attributes.serviceName,
        correlation_id: this.#correlationId(),
        cold_start: lambdaContext?.coldStart,
        function_arn: lambdaContext?.invokedFunctionArn,
        function_memory_size: lambdaContext?.memoryLimitInMB,
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        sampling_rate: attributes.sampleRateValue,
        xray_trace_id: attributes.xRayTraceId,
      },
    }).addAttributes(additional);
  }

  override formatError(error: Error): FormattedError {
    const requestId = (error as { readonly $metadata?: { readonly requestId?: unknown } }).$metadata?.requestId;
    return {
      name: error.name,
      location: this.getCodeLocation(error.stack),
      message: error.message,
      stack: error.stack,
      ...(error.cause instanceof Error && { cause: this.formatError(error.cause) }),
      ...(typeof requestId === 'string' && { requestId }),
    };
  }
}
