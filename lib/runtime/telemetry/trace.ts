const importTracer = () => import('@aws-lambda-powertools/tracer');
type Tracer = InstanceType<Awaited<ReturnType<typeof importTracer>>['Tracer']>;

/** What a trace can be searched by. Never secrets or parts of a body. */
export type Annotations = Readonly<Record<string, string | number | boolean>>;

/** An AWS SDK v3 client. */
export interface InstrumentableClient {
  readonly config: object;
  readonly middlewareStack: object;
}

export interface Trace {
  /** Runs `work` as a subsegment with these annotations; an error is recorded and thrown on. Just runs it when this invocation is not sampled. */
  subsegment<T>(name: string, annotations: Annotations, work: () => Promise<T>): Promise<T>;
  /** Shows each call of the client as a subsegment of what is open at that time. Returns the client. */
  captureClient<C extends InstrumentableClient>(client: C): C;
  /**
   * Loads the tracer when this invocation is sampled. `subsegment` does so itself; called beside a request that is waited for anyway, the
   * loading costs no time.
   */
  prepare(): Promise<void>;
  /** `AWSTraceHeader` for a message sent now, its parent the open subsegment. Undefined when there is no trace. */
  header(): string | undefined;
  /** Root trace id of this invocation. */
  traceId(): string | undefined;
}

/** Where newer runtimes of Lambda keep the trace, also when they run several invocations at once. */
interface LambdaGlobal {
  readonly awslambda?: { readonly InvokeStore?: { getXRayTraceId(): string | undefined } };
}

interface TraceData {
  readonly root: string;
  readonly parent?: string;
  readonly sampled: boolean;
}

/** Trace of the invocation as Lambda hands it in. Read anew each time: it changes with every invocation. */
function currentTrace(): TraceData | undefined {
  const raw = (globalThis as LambdaGlobal).awslambda?.InvokeStore?.getXRayTraceId() ?? process.env._X_AMZN_TRACE_ID ?? '';
  const fields = new Map(raw.split(';').map((field) => field.split('=', 2) as [string, string]));
  const root = fields.get('Root') ?? '';
  if (!/^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(root)) return undefined;
  const parent = fields.get('Parent');
  return { root, ...(parent !== undefined && /^[0-9a-f]{16}$/.test(parent) && { parent }), sampled: fields.get('Sampled') === '1' };
}

/** SQS refuses a message whose header is malformed, so what is passed on is written anew and what Lambda adds to it (`Lineage`) stays behind. */
function traceHeader(trace: TraceData, parent = trace.parent): string {
  return [`Root=${trace.root}`, ...(parent === undefined ? [] : [`Parent=${parent}`]), `Sampled=${trace.sampled ? 1 : 0}`].join(';');
}

/**
 * The Powertools Tracer, loaded with the first sampled invocation. Its X-Ray SDK costs every cold start a fifth of its init time, and most
 * invocations of a busy function are not sampled; header and trace id need neither.
 */
export function createTrace(onFailure: (error: unknown) => void): Trace {
  const clients = new Set<InstrumentableClient>();
  let loading: Promise<Tracer | undefined> | undefined;
  let loaded: Tracer | undefined;

  const load = async (): Promise<Tracer | undefined> => {
    try {
      const { Tracer } = await importTracer();
      const tracer = new Tracer({ captureHTTPsRequests: false });
      for (const client of clients) tracer.captureAWSv3Client(client);
      loaded = tracer;
      return tracer;
    } catch (error) {
      onFailure(error);
      return undefined;
    }
  };
  const tracerWhenSampled = async (): Promise<Tracer | undefined> => {
    if (!currentTrace()?.sampled) return undefined;
    loading ??= load();
    const tracer = await loading;
    return tracer?.isTracingEnabled() ? tracer : undefined;
  };

  return {
    async subsegment(name, annotations, work) {
      const tracer = await tracerWhenSampled();
      if (tracer === undefined) return work();
      return tracer.provider.captureAsyncFunc(name, async (subsegment) => {
        for (const [key, value] of Object.entries(annotations)) subsegment?.addAnnotation(key, value);
        try {
          return await work();
        } catch (error) {
          subsegment?.addError(error instanceof Error ? error : String(error));
          throw error;
        } finally {
          subsegment?.close();
        }
      }) as Promise<Awaited<ReturnType<typeof work>>>;
    },
    captureClient(client) {
      clients.add(client);
      return loaded?.captureAWSv3Client(client) ?? client;
    },
    async prepare() {
      if (loading !== undefined || !currentTrace()?.sampled) return;
      // Evaluating the tracer blocks: the request it is to hide behind must be on its way first.
      await new Promise((resolve) => setImmediate(resolve));
      await tracerWhenSampled();
    },
    header() {
      const trace = currentTrace();
      if (trace === undefined) return undefined;
      const open = trace.sampled && loaded?.isTracingEnabled() ? loaded.getSegment()?.id : undefined;
      return traceHeader(trace, open);
    },
    traceId: () => currentTrace()?.root,
  };
}
