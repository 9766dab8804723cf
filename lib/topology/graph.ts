/** A template read as a flow of events: nodes hold or move events, edges hand them over. Nothing here knows how a template is read or what is concluded. */

/** A number that may have no bound, or that the template doesn't tell. */
export type Count = number | 'unlimited' | 'unknown';

export type NodeKind =
  | 'api'
  | 'function-url'
  | 'function'
  /** The internal queue of a function that is invoked asynchronously. Shares its logical id with the function. */
  | 'asynchronous-invocation'
  | 'queue'
  | 'topic'
  | 'bus'
  /** EventBridge rule: matches events of a bus, or is a schedule. */
  | 'rule'
  | 'schedule'
  | 'pipe'
  | 'stream'
  | 'table'
  | 'bucket'
  | 'state-machine'
  | 'delivery-stream'
  | 'cluster'
  | 'alarm'
  /** Anything else that keeps data: a relational database, a search domain, a cache. */
  | 'store'
  /** HTTP endpoints, mail addresses, phone numbers, API destinations, container tasks: the event leaves what can be followed. */
  | 'endpoint'
  /** Named in the template, but not resolvable, or of a type that isn't followed. Never left out. */
  | 'unknown';

/** A resource in a template, as a person finds it again. */
export interface ResourceRef {
  readonly stack: string;
  readonly logicalId: string;
  /** CloudFormation type; empty for nodes that are no resource of the reviewed templates. */
  readonly type: string;
  /** `aws:cdk:path` from the resource's metadata. */
  readonly constructPath?: string;
  /** File of the template as it was given. */
  readonly template: string;
}

export interface Node {
  /** Unique in the graph: `stack/logicalId`, with a suffix for nodes that share a resource. */
  readonly id: string;
  readonly kind: NodeKind;
  /** What reports call it: the logical id, or a description in parentheses for what is no resource of the templates. */
  readonly label: string;
  /** Absent for what stands outside the reviewed templates. */
  readonly resource?: ResourceRef;
  /** Events enter the reviewed stacks here: an API, a schedule, or anything that nothing reviewed writes to. */
  readonly ingress: boolean;
  /** Only runs while stacks are deployed, only hears alarms, or serves a parking desk: no event of the business passes. */
  readonly outsideFlow: boolean;
  /** Some edge parks failed events here. */
  readonly deadLetter: boolean;
  /** Metadata `cdk-breakwater:idempotent` says that repeating the handler repeats no effect. */
  readonly idempotent: boolean;
  /** Lambda durable function, or Step Functions machine: repeats steps, not the whole. */
  readonly durable: boolean;
  /** Failed executions stay and can be started again from where they failed: Step Functions Standard, for 14 days. */
  readonly keepsFailures: boolean;
  /** FIFO queue or topic. */
  readonly fifo: boolean;
  /** Largest event it takes, in bytes. */
  readonly acceptsBytes: Count;
  /** Seconds after which the service gives up on one run: function timeout, API integration timeout is on the edge. */
  readonly timeoutSeconds?: Count;
}

/** What an edge is for. */
export type EdgeRole =
  /** A service moves the event on. */
  | 'delivery'
  /** Code may write there; read from its policies and environment. */
  | 'write'
  /** Where the event goes when the hand-over is given up. */
  | 'failure'
  /** Where the result goes after success. */
  | 'result';

/** What happens to an event when all attempts are used up. */
export type Exhausted = 'error-to-caller' | 'drop' | 'dlq' | 'blocks' | 'unknown';

export type Order = 'none' | 'per-group' | 'per-shard' | 'unknown';

/** How records are handed over together. */
export interface Batch {
  readonly size: Count;
  /** Whether the handler can report single records as failed. */
  readonly reportsFailures: boolean;
}

export interface Edge {
  /** Unique in the graph and stable. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Row of the delivery table, for example `sqs-lambda`; see `EDGE_KINDS`. */
  readonly kind: EdgeKind;
  readonly role: EdgeRole;
  /** Resources which configure the hand-over: event source mapping, subscription, method, policy. */
  readonly via: readonly ResourceRef[];
  /** Whether the giver waits, so that a failure comes back to it. */
  readonly synchronous: boolean;
  readonly delivery: 'at-least-once' | 'at-most-once' | 'exactly-once' | 'unknown';
  /** Times the giver tries to hand over, the first included. Costs time, repeats no effect. */
  readonly handOverAttempts: Count;
  /** Times the receiver's handler may run for one accepted event, the first included. Each may repeat effects. */
  readonly handlerRuns: Count;
  /** Where the handler runs come from, for a person: `maxReceiveCount 5`. */
  readonly runsBecause: string;
  /** Seconds in which a handler that keeps failing uses up its runs; 0 where nothing runs it again. */
  readonly windowSeconds: Count;
  /** Seconds for which the giver tries to reach a receiver that is away; 0 where it tries once. */
  readonly handOverSeconds: Count;
  readonly exhausted: Exhausted;
  /** Node in which exhausted events are parked, when `exhausted` is `dlq`. */
  readonly deadLetter?: string;
  readonly order: Order;
  /** Largest event the receiver takes, in bytes. */
  readonly sizeLimitBytes: Count;
  readonly batch?: Batch;
  /** Only events that match a filter pass, here or by the pattern of a rule. */
  readonly filtered?: boolean;
  /** Whether waits between attempts are spread at random. Absent where there are no retries of its own. */
  readonly jitter?: boolean;
  /** Attempts of the SDK client behind a `write`: how often code behind the edge is called for one handler run. */
  readonly clientAttempts?: Count;
  /** Seconds the giver waits for an answer before it gives up, for synchronous edges. */
  readonly callerTimeoutSeconds?: Count;
  /** Name of the state of a machine that hands over. */
  readonly task?: string;
  /** Happens only when something before it in the same machine has failed. */
  readonly afterFailure?: boolean;
  /** Why something is `unknown`. */
  readonly unknown?: string;
}

/** Rows of the delivery table. Each has a reader and a test. */
export const EDGE_KINDS = [
  'api-lambda',
  'api-service',
  'function-url-lambda',
  'lambda-async',
  'lambda-destination',
  'lambda-write',
  'sqs-lambda',
  'sqs-redrive',
  'sns-sqs',
  'sns-lambda',
  'sns-http',
  'sns-firehose',
  'sns-endpoint',
  'eventbridge-bus-rule',
  'eventbridge-rule-target',
  'eventbridge-v2-subscriber',
  'pipe-source',
  'pipe-enrichment',
  'pipe-target',
  'scheduler-target',
  'dynamodb-stream-lambda',
  'kinesis-lambda',
  'kafka-lambda',
  's3-notification',
  's3-eventbridge',
  'step-functions-task',
  'alarm-action',
  'firehose-transform',
  'firehose-destination',
  'durable-function',
  'appsync-lambda',
  'dead-letter',
  /** A service which no row describes hands something over; shown so that nothing is left out. */
  'unfollowed',
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/** A CloudWatch alarm and whom it tells. */
export interface Alarm {
  readonly resource: ResourceRef;
  readonly composite: boolean;
  readonly description?: string;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly statistic?: string;
  /** Names and values, as far as the template tells them. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly threshold?: number;
  readonly comparison?: string;
  /** Nodes whose metrics it watches. For a composite alarm, those of the alarms in its rule. */
  readonly watches: readonly string[];
  /** Nodes that are told when it fires. */
  readonly actions: readonly string[];
  readonly okActions: readonly string[];
  readonly actionsEnabled: boolean;
}

/** Takes what is parked in a queue into a store of its own, where it waits for a person and is sent back from. */
export interface ParkingDesk {
  /** Node of the queue. Events end there as parked. */
  readonly lot: string;
  /** Node of the function that empties it. */
  readonly intake: string;
  /** Event source mapping between the two. */
  readonly via: ResourceRef;
  /** Ids of the table and the bucket that the intake writes to. */
  readonly keeps: readonly string[];
}

/** What the readers couldn't follow. Reported, so that a clean report is never clean by ignorance. */
export interface Unknown {
  readonly resource: ResourceRef;
  /** Property that holds the reference, for example `EventSourceArn`. */
  readonly property: string;
  readonly reason: string;
}

export interface Graph {
  /** By id, in stable order. */
  readonly nodes: ReadonlyMap<string, Node>;
  readonly edges: readonly Edge[];
  readonly edgesFrom: ReadonlyMap<string, readonly Edge[]>;
  readonly edgesTo: ReadonlyMap<string, readonly Edge[]>;
  readonly alarms: readonly Alarm[];
  /** By parking lot. */
  readonly desks: ReadonlyMap<string, ParkingDesk>;
  readonly unknowns: readonly Unknown[];
}

/** One factor of the handler runs on a path. */
export interface RunFactor {
  readonly edge: Edge;
  readonly runs: Count;
  readonly because: string;
}

export type PathEnd = 'effect' | 'dlq' | 'drop' | 'error-to-caller' | 'blocks' | 'unknown';

/** One way of one event from where it enters to where it ends. Success and each way to fail are paths of their own. */
export interface Path {
  /** Ids of the nodes, first to last. */
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
  readonly ends: PathEnd;
  /** Handler runs of the last handler on the path for one event, at worst: the product of `factors`. */
  readonly handlerRuns: Count;
  readonly factors: readonly RunFactor[];
  /** Hand-over attempts on the path, summed. */
  readonly handOverAttempts: Count;
  /** Seconds until an event that keeps failing at the end of this path has left it, at worst. */
  readonly secondsUntilParked: Count;
}

export interface Paths {
  readonly paths: readonly Path[];
  /** Why the list isn't complete; absent when it is. */
  readonly truncated?: string;
}
