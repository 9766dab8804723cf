/** What it means when a metric is over its threshold, and what to tell apart before anything is done. */
export interface MetricMeaning {
  readonly means: string;
  readonly decide: ReadonlyArray<readonly [picture: string, act: string]>;
}

const WAITS: MetricMeaning = {
  means:
    'Messages wait in the queue for longer than was promised, or more of them than was thought. Nothing is lost yet; effects are late.',
  decide: [
    ['deep, and emptying', 'a burst: wait, or raise the concurrency if what stands behind has room'],
    ['deep, not emptying, errors of the consumer', 'mend the consumer; messages come back after the visibility timeout'],
    ['deep, not emptying, throttles', 'reserved or account concurrency is used up: raise it'],
    ['nearly empty, one old message', 'one message fails again and again: it is parked when its receives are spent'],
  ],
};
/** The same metrics, where what waits has failed. */
const PARKED: MetricMeaning = {
  means: 'Events have failed for good and wait for a person; SQS deletes them when their retention ends.',
  decide: [],
};
/** The same metrics, where a desk should have taken what waits. */
const NOT_TAKEN: MetricMeaning = {
  means: 'The intake of the parking desk does not take in what failed: no group opens, and SQS deletes it when its retention ends.',
  decide: [
    ['the log of the intake names a permission or a store', 'mend it: what waits is taken in then'],
    ['it names a redaction that throws', 'mend the redaction function: nothing is stored that it has not seen'],
    ['the intake does not run at all', 'its event source is disabled, or its concurrency is used up'],
  ],
};
const GROUP: MetricMeaning = {
  means:
    'A group of parked events opened: for a cause that is new, or one that was taken to be done with. It rings once, however many follow.',
  decide: [],
};
const FAILS: MetricMeaning = {
  means: 'The function fails as a whole: an exception, a crash, a timeout, or too little memory.',
  decide: [
    ['began with a deployment', 'roll back'],
    [
      'Task timed out',
      'a slow dependency, or too large a batch: raise the timeout (and the visibility of its queue to 6 times it), or mend the dependency',
    ],
    ['memory used reaches memory size', 'raise the memory'],
    ['one event again and again', 'its data: it is parked or dropped after its attempts; mend the handler first'],
  ],
};
const THROTTLED: MetricMeaning = {
  means:
    'Lambda refuses to run the function. Each refusal of a queued message costs it one of its receives; a synchronous caller gets an error.',
  decide: [
    ['its reserved concurrency is reached', 'raise it, or lower the concurrency of what calls it'],
    ['the concurrency of the account is reached', 'find the neighbour that uses it, or ask for a higher quota'],
  ],
};
const SLOW: MetricMeaning = {
  means: 'Answers take longer than promised. Callers that give up send again: repetition, not loss.',
  decide: [
    ['slow after quiet times', 'cold starts: provisioned concurrency, more memory'],
    ['slow at all times', 'one call behind it: see the trace'],
  ],
};
const REFUSES: MetricMeaning = {
  means: 'Callers get 5xx: the integration failed, timed out, or could not be reached.',
  decide: [
    ['errors of the function behind it', 'mend the function'],
    ['no errors of the function', 'timeout or permission of the integration: see the access log of the API'],
  ],
};
const ASKED_WRONGLY: MetricMeaning = {
  means: 'Callers get 4xx: their requests are refused, by authorisation, validation or throttling.',
  decide: [
    ['403', 'credentials or signatures: has a secret been rotated?'],
    ['429', 'throttling: a burst, or a limit too low'],
    ['400, 404', 'a caller changed, or the API did'],
  ],
};
const BEHIND: MetricMeaning = {
  means: 'The reader of the stream is behind. Records that grow older than the retention are lost.',
  decide: [
    ['errors of the reader', 'one record may block its shard: mend the reader, or let it bisect and park'],
    ['no errors', 'too slow: raise parallelization, batch or memory'],
  ],
};
const EXECUTION: MetricMeaning = {
  means:
    'Executions of the state machine end without success. Standard executions stay and can be redriven for 14 days; Express executions are gone.',
  decide: [
    ['one state, one error', 'mend what the state calls, then redrive the failed executions'],
    ['timed out', 'a task without an answer: look for the last state that was entered'],
  ],
};
const NOT_HANDED_OVER: MetricMeaning = {
  means: 'The target could not be reached, or refused. After its retries the event is dropped, unless the target has a dead-letter queue.',
  decide: [
    ['denied', 'permission of the target, or of its key'],
    ['target throttled or gone', 'mend the target while the retries last'],
  ],
};
const STORE_REFUSES: MetricMeaning = {
  means: 'The table refuses requests. Callers retry; when their attempts are spent their events fail.',
  decide: [
    ['throttled on one key', 'a hot partition: spread the key'],
    ['throttled everywhere', 'capacity: on demand grows, provisioned must be raised'],
  ],
};

const MEANINGS: Readonly<Record<string, MetricMeaning>> = {
  'AWS/SQS ApproximateNumberOfMessagesVisible': WAITS,
  'AWS/SQS ApproximateAgeOfOldestMessage': WAITS,
  'AWS/SQS ApproximateNumberOfMessagesNotVisible': WAITS,
  'AWS/Lambda Errors': FAILS,
  'AWS/Lambda Throttles': THROTTLED,
  'AWS/Lambda ConcurrentExecutions': THROTTLED,
  'AWS/Lambda Duration': SLOW,
  'AWS/Lambda IteratorAge': BEHIND,
  'AWS/Lambda DeadLetterErrors': NOT_HANDED_OVER,
  'AWS/Lambda DestinationDeliveryFailures': NOT_HANDED_OVER,
  'AWS/Lambda AsyncEventsDropped': NOT_HANDED_OVER,
  'Breakwater ParkedGroupOpened': GROUP,
  'AWS/Kinesis GetRecords.IteratorAgeMilliseconds': BEHIND,
  'AWS/ApiGateway Latency': SLOW,
  'AWS/ApiGateway IntegrationLatency': SLOW,
  'AWS/ApiGateway 5XXError': REFUSES,
  'AWS/ApiGateway 5xx': REFUSES,
  'AWS/ApiGateway 4XXError': ASKED_WRONGLY,
  'AWS/ApiGateway 4xx': ASKED_WRONGLY,
  'AWS/States ExecutionsFailed': EXECUTION,
  'AWS/States ExecutionsTimedOut': EXECUTION,
  'AWS/States ExecutionsAborted': EXECUTION,
  'AWS/States ExecutionThrottled': THROTTLED,
  'AWS/Events FailedInvocations': NOT_HANDED_OVER,
  'AWS/Events InvocationsFailedToBeSentToDlq': NOT_HANDED_OVER,
  'AWS/SNS NumberOfNotificationsFailed': NOT_HANDED_OVER,
  'AWS/SNS NumberOfNotificationsFailedToRedriveToDlq': NOT_HANDED_OVER,
  'AWS/DynamoDB ThrottledRequests': STORE_REFUSES,
  'AWS/DynamoDB ReadThrottleEvents': STORE_REFUSES,
  'AWS/DynamoDB WriteThrottleEvents': STORE_REFUSES,
  'AWS/DynamoDB SystemErrors': STORE_REFUSES,
};

/**
 * @param failed whether what is watched holds events that have failed
 * @param atDesk whether a parking desk takes them from there
 */
export function meaningOf(
  namespace: string | undefined,
  metric: string | undefined,
  failed: boolean,
  atDesk = false,
): MetricMeaning | undefined {
  const key = `${namespace ?? ''} ${metric ?? ''}`;
  const meaning = Object.hasOwn(MEANINGS, key) ? MEANINGS[key] : undefined;
  if (meaning !== WAITS || !failed) return meaning;
  return atDesk ? NOT_TAKEN : PARKED;
}
